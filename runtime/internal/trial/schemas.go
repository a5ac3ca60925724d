package trial

import (
	"testing"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/schema"
)

// SchemaOf is a table with one handler, whose request is a message of these
// fields.
func SchemaOf(stream bool, fields ...schema.Field) *schema.Table {
	request := &schema.Type{Kind: schema.Message}
	h := schema.Handler{ID: uint16(IdCall), Name: "shop.Shop.Buy", Request: request, Response: request}
	if stream {
		h = schema.Handler{ID: uint16(IdStream), Name: "shop.Shop.Watch", Stream: true, Request: request, Out: request, OutCapacity: 4}
	}
	return &schema.Table{Shapes: []schema.Shape{{Kind: schema.Message, Name: "shop.Order", Fields: fields}}, Handlers: []schema.Handler{h}}
}

func Field(name string, number int, kind schema.Kind) schema.Field {
	return schema.Field{Name: name, Number: number, Type: schema.Type{Kind: kind}}
}

// Buy is the handler as one build knows it.
func Buy(t *schema.Table) *grid.SingleHandler[*grid.Bytes, *grid.Bytes] {
	return grid.NewSingleHandler(IdCall, grid.NewBytes, grid.NewBytes, grid.WithName("shop.Shop.Buy"), grid.WithSchema(t))
}

// StorageWorld serves the generated Storage service on one disk.
func StorageWorld(t *testing.T, r Role, s *storage.StorageFuncs) (*World, *storage.StorageClient) {
	t.Helper()
	w := r.World(t, Setup{Register: func(m *grid.Manager) error { return storage.RegisterStorage(m, "d1", s) }})
	return w, storage.NewStorageClient(w.Conn, "d1")
}

// Stored is a message with bytes, as gridc generates it.
type Stored struct{ Data []byte }

func NewStored() *Stored { return new(Stored) }

func (v *Stored) DecodeGrid(d *codec.Decoder) {
	v.Data = v.Data[:0]
	for n := d.Begin(); n > 0 && d.OK(); n-- {
		if d.Key() == 1 {
			v.Data = d.Bytes(v.Data)
		}
	}
	d.End("stored")
}

func (v *Stored) MarshalMsg(b []byte) ([]byte, error) {
	var e codec.Encoder
	e.Start(b, v.Msgsize())
	at := e.Begin(1)
	e.Bytes(1, v.Data)
	e.End(at, "stored")
	return e.Done()
}

func (v *Stored) UnmarshalMsg(b []byte) ([]byte, error) {
	var d codec.Decoder
	d.Start(b)
	v.DecodeGrid(&d)
	return d.Done()
}

func (v *Stored) Msgsize() int { return len(v.Data) + 20 }
