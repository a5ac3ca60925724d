package out

import (
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// refusals is the queue of calls and opens that are refused, until the peer has been told.
// On a slow link a peer that reads may be refused faster than the link carries the
// refusals, and must not lose its session for that. So a queued refusal takes a few bytes,
// refusals take turns with everything else, and as many may wait as a peer can have
// requests under way. The queue is guarded by the writer's lock.
type refusals struct {
	item    lanes.Item
	queue   []Unserved // from at on
	at      int
	singles int // of those in the queue that have a reason of their own

	added, written uint64 // in all
}

// Unserved is one call or open, and why it is not served.
type Unserved struct {
	ID     uint64
	Stream bool
	Why    *wire.Failure
}

const (
	// maxRefusals is more than a peer can have under way: 65,536 calls, and twice
	// the streams that are served.
	maxRefusals = MaxSlots + MaxSlots/2
	// refusalTurn is how many bytes of refusals are written before others have their
	// turn.
	refusalTurn = 4 << 10
	// keptRefusals is the largest queue that is kept when it is empty.
	keptRefusals = 64
)

// Refuse queues a refusal. It is called on the reader; see Answer.
func (w *Writer) Refuse(r Unserved) error {
	err := w.awaitControl(func() (int, bool) {
		if w.refusals == nil {
			w.refusals = newRefusals()
		}
		x := w.refusals
		n := len(x.queue) - x.at
		return n, n < maxRefusals && (r.Why.Common || x.singles < w.limits.OwedAnswers)
	})
	if err != nil {
		return err
	}
	if w.Closed {
		w.Mu.Unlock()
		return nil
	}
	x := w.refusals
	x.add(r)
	if !x.item.Queued {
		w.Lanes.Add(&x.item)
	}
	w.Flush(false)
	return nil
}

func newRefusals() *refusals {
	x := new(refusals)
	x.item.Src = x
	x.item.Class = lanes.ClassHigh
	return x
}

// refused counts the refusals that were queued, and those of them that were written.
func (w *Writer) refused() (added, written uint64) {
	if w.refusals == nil {
		return 0, 0
	}
	return w.refusals.added, w.refusals.written
}

func (x *refusals) add(r Unserved) {
	if !r.Why.Common {
		x.singles++
	}
	x.queue = append(x.queue, r)
	x.added++
}

// Pull implements source.
func (x *refusals) Pull(b []byte) ([]byte, bool) {
	limit := len(b) + refusalTurn
	for x.at < len(x.queue) && len(b) < limit {
		r := x.queue[x.at]
		x.queue[x.at] = Unserved{}
		x.at++
		x.written++
		if !r.Why.Common {
			x.singles--
		}
		if r.Stream {
			b = wire.AppendEnd(b, r.ID, r.Why)
		} else {
			b = wire.AppendError(b, r.ID, r.Why)
		}
	}
	x.compact()
	return b, x.at < len(x.queue)
}

// compact gives back the room of what is written, once it is the larger part.
func (x *refusals) compact() {
	switch {
	case x.at == len(x.queue) && cap(x.queue) > keptRefusals:
		x.queue, x.at = nil, 0
	case 2*x.at >= len(x.queue):
		x.queue, x.at = x.queue[:copy(x.queue, x.queue[x.at:])], 0
	}
}
