package mux_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// byHand is a peer whose batches a test writes, and reads, itself.
type byHand struct {
	conn *memconn.Conn
	in   *websocket.Reader
	out  *websocket.Writer
}

// write sends each batch in a message of its own, and all of them at once.
func (p *byHand) write(t *testing.T, batches ...[]byte) {
	t.Helper()
	var all []byte
	for _, b := range batches {
		all = append(all, p.out.Seal(append(make([]byte, websocket.HeaderMax), b...), ws.OpBinary)...)
	}
	if _, err := p.conn.Write(all); err != nil {
		t.Fatal(err)
	}
}

// kinds reads what has come, a list of the kinds of frames for each batch.
func (p *byHand) kinds(t *testing.T) (batches [][]wire.Kind) {
	t.Helper()
	synctest.Wait()
	p.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	for {
		_, batch, err := p.in.Next()
		if err != nil {
			return batches // the deadline: nothing more is there
		}
		var kinds []wire.Kind
		for len(batch) > 0 {
			kind, _, rest, err := wire.CutFrame(batch)
			if err != nil {
				t.Fatal(err)
			}
			kinds, batch = append(kinds, wire.Kind(kind&^wire.Ignorable)), rest
		}
		batches = append(batches, kinds)
	}
}

// The reader finds a small call and two chunks in its buffer. The answer does not wait for the chunks,
// nor the room for one chunk for the other.
func TestNothingWaitsForChunksThatAreHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newEnd(t)
		near, far := memconn.Pair(memconn.Options{Buffer: 4 << 20})
		x.session(near, false).Start()
		p := &byHand{conn: far, in: websocket.NewReader(far, true, new(bufs.Pool), wire.MaxBatch, nil), out: websocket.NewWriter(true)}

		body := bufs.Encoded{Flat: make([]byte, 8*wire.ChunkSize)}
		chunk := func(at int) []byte {
			return wire.AppendChunk(nil, wire.TargetCall, 1, body, at*wire.ChunkSize, (at+1)*wire.ChunkSize)
		}
		large := wire.RequestFrame{ID: 1, Large: true, Size: uint64(body.Size()), Timeout: time.Minute}
		small := wire.RequestFrame{ID: 2, Payload: make([]byte, 512), Timeout: time.Minute}
		p.write(t, large.Append(nil, wire.KindCall))
		p.kinds(t)           // routes, and the grant
		p.write(t, chunk(0)) // the reader expects more of them now, and takes a large buffer
		p.kinds(t)
		p.write(t, small.Append(nil, wire.KindCall), chunk(1), chunk(2))

		want := [][]wire.Kind{{wire.KindReply}, {wire.KindCredit}, {wire.KindCredit}}
		if got := p.kinds(t); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("the peer gets frames of the kinds %v, want %v", got, want)
		}
		x.close()
		far.Close()
	})
}
