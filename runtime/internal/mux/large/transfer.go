package large

import (
	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Transfer sends one large message in chunks. The frame that announced it, with
// its size, has gone out; the chunks follow when the peer has granted room for
// the whole, each taking from the session's credit for chunks. It is guarded by
// the writer's lock. body is read until the last chunk is in a batch; it belongs to
// whoever sends it and does not count against the send queue.
type Transfer struct {
	w         *out.Writer
	target    wire.Target
	ID        uint64
	item      lanes.Item
	lane      lanes.Class // ClassHigh, ClassNormal or ClassLow
	body      bufs.Encoded
	off       int
	gone      bool
	Announced bool   // the frame with its size is in a batch
	done      func() // runs under the writer's lock when the last chunk is in a batch

	// For a sender who waits, else nil: closed when the body is needed no more.
	Ended chan struct{}
	Sent  bool // the last chunk is in a batch; to be read after ended
}

func NewTransfer(w *out.Writer, t wire.Target, id uint64, body bufs.Encoded, lane lanes.Class, done func()) *Transfer {
	x := &Transfer{w: w, target: t, ID: id, body: body, lane: lane, done: done}
	x.item.Src = x
	x.item.Class = lane.Bulk(body.Size(), body.Size())
	return x
}

// GrantLocked lets the chunks go. A second grant means nothing.
func (x *Transfer) GrantLocked(w *out.Writer) {
	if !x.gone && x.off == 0 && !x.item.Queued && !w.Closed {
		w.Lanes.Add(&x.item)
	}
}

// DropLocked gives the message up, wherever it stands.
func (x *Transfer) DropLocked(w *out.Writer) {
	if x.item.Queued {
		w.Lanes.Remove(&x.item)
	}
	x.endLocked()
}

// endLocked lets go of the body.
func (x *Transfer) endLocked() {
	if x.Ended != nil && !x.gone {
		close(x.Ended)
	}
	x.gone, x.body = true, bufs.Encoded{}
}

// Pull implements source: one chunk a turn.
func (x *Transfer) Pull(b []byte) ([]byte, bool) {
	w := x.w
	size := x.body.Size()
	n := min(wire.ChunkSize, size-x.off, int(min(w.Bulk, wire.ChunkSize))) // fits: at most ChunkSize
	b = wire.AppendChunk(b, x.target, x.ID, x.body, x.off, x.off+n)
	x.off += n
	w.Bulk -= int64(n)
	if x.off < size {
		w.Lanes.Move(&x.item, x.lane.Bulk(size, size-x.off))
		return b, true
	}
	x.Sent = true
	x.endLocked()
	x.done()
	return b, false
}
