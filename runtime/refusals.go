package grid

// refusals are calls and opens that are not served, until their peer has been told.
// A peer that is refused more than its link can carry the answers of is no peer that
// does not read: so a refusal that waits takes a few bytes, goes out in turns with
// everything else, and there may be as many as a peer can have under way. It is
// guarded by the writer's lock.
type refusals struct {
	item    outItem
	queue   []unserved // from at on
	at      int
	singles int // of those in the queue that have a reason of their own

	added, written uint64 // in all
}

// unserved is one call or open, and why it is not served.
type unserved struct {
	id     uint64
	stream bool
	why    *wireError
}

const (
	// maxRefusals is more than a peer can have under way: 65,536 calls, and twice
	// the streams that are served.
	maxRefusals = maxSlots + maxSlots/2
	// refusalTurn is how many bytes of refusals are written before others have their
	// turn.
	refusalTurn = 4 << 10
	// keptRefusals is the largest queue that is kept when it is empty.
	keptRefusals = 64
)

// refuse queues a refusal. It is called on the reader; see answer.
func (w *writer) refuse(r unserved) error {
	x := &w.refusals
	err := w.awaitOwed(func() (int, bool) {
		n := len(x.queue) - x.at
		return n, n < maxRefusals && (r.why.common || x.singles < w.limits.OwedAnswers)
	})
	if err != nil {
		return err
	}
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	x.add(r)
	if !x.item.queued {
		w.lanes.add(&x.item)
	}
	w.flush(false)
	return nil
}

func (x *refusals) init() {
	x.item.src = x
	x.item.class = classHigh
}

func (x *refusals) add(r unserved) {
	if !r.why.common {
		x.singles++
	}
	x.queue = append(x.queue, r)
	x.added++
}

// pull implements source.
func (x *refusals) pull(b []byte) ([]byte, bool) {
	limit := len(b) + refusalTurn
	for x.at < len(x.queue) && len(b) < limit {
		r := x.queue[x.at]
		x.queue[x.at] = unserved{}
		x.at++
		x.written++
		if !r.why.common {
			x.singles--
		}
		if r.stream {
			b = appendEnd(b, r.id, r.why)
		} else {
			b = appendError(b, r.id, r.why)
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

// refuseAll makes one answer for many requests, which takes memory once.
func refuseAll(code Code, format string, args ...any) *wireError {
	e := refuse(code, format, args...)
	e.common = true
	return e
}

var (
	errServerLeaving = refuseAll(Unavailable, "the server is shutting down")
	errSessionOver   = refuseAll(Unavailable, "the session is over")
)

// once returns the reason that is kept at p, made by f where there is none yet. It is
// guarded by the lock of its owner.
func once(p **wireError, f func() *wireError) *wireError {
	if *p == nil {
		*p = f()
	}
	return *p
}
