package codec

import (
	"reflect"

	"github.com/tinylib/msgp/msgp"
)

// OwnedFrom is the size from which it is worth keeping the input of a decode: a
// blob that is most of the input need not be copied. With calls of 16 MiB that
// takes the p99 of small ones next to them from 5 ms to 3.5 (bench, cell
// beside/512B/2pump). With 64 KiB it loses 5 %, because a new buffer must be
// made, and cleared, to replace the one that is kept.
const OwnedFrom = 1 << 20

// UnmarshalOwned sets m to the message in b, which nobody else uses. If kept is
// true, long bytes of m are in b, and b belongs to m from now on. Otherwise m has
// copies, as after UnmarshalMsg. After an error, the previous content of m is
// lost.
func UnmarshalOwned(m msgp.Unmarshaler, b []byte) (kept bool, err error) {
	g, ok := m.(interface{ DecodeGrid(d *Decoder) })
	if !ok || len(b) < OwnedFrom || embeds(m) {
		_, err = m.UnmarshalMsg(b)
		return false, err
	}
	d := Decoder{owned: true}
	d.Start(b)
	g.DecodeGrid(&d)
	_, err = d.Done()
	return d.kept, err
}

// mayKeep reports whether bytes of the input, instead of a copy, may become part of
// the message: if they are most of the input, the rest is not held for nothing.
func (d *Decoder) mayKeep(data []byte) bool {
	return d.owned && len(data) >= OwnedFrom/2 && 2*len(data) >= d.size
}

// embeds reports whether m may have its DecodeGrid from what it embeds, and an
// UnmarshalMsg of its own. Generated messages embed nothing.
func embeds(m any) bool {
	t := reflect.TypeOf(m)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if t.Field(i).Anonymous {
			return true
		}
	}
	return false
}
