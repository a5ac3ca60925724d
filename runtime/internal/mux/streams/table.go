package streams

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Table holds the streams of a session.
type Table struct {
	s        *link.Link
	registry *handlers.Registry
	lastPeer uint64      // owned by the reader: the last id that the peer opened
	found    foundStream // owned by the reader
	Unread   unreadBudget
	behind   *wire.Failure // owned by the reader: why streams are refused then; made on demand

	Mu      sync.Mutex
	closed  *status.Error
	byID    map[uint64]*Stream
	Opening map[*Stream]struct{} // the client's that have no id yet
	nextID  uint64
	served  node.Latch                // handlers of streams running here
	asked   node.Latch                // streams that this end has opened
	expect  map[*Stream]chan struct{} // see expectTaken
	leaving bool                      // this end is shutting down
	full    *wire.Failure             // why streams are refused; made on demand
	told    bool                      // link.drain is closed

	removed atomic.Uint64 // counts the streams that were taken out
}

// foundStream is the stream that the reader looked up last, and how many streams had been
// removed by then. Most frames are for the same stream as the frame before. Measured with
// messages of 512 B down one stream: 0.91 µs of CPU each instead of 0.94 (bench).
type foundStream struct {
	id      uint64
	st      *Stream
	removed uint64
}

func (t *Table) Init(l *link.Link, r *handlers.Registry) {
	t.s, t.registry = l, r
	t.Unread.limits = l.Limits
	l.Drain = make(chan struct{})
	t.nextID = 2 // the acceptor's ids are even
	if l.Dialer {
		t.nextID = 1
	}
}

func (t *Table) AddOpening(st *Stream, o *Opening) error {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	if t.closed != nil {
		return status.WithOutcome(t.closed, status.NotSent)
	}
	if len(t.Opening)+len(t.byID) >= 2*t.s.Limits.OpenStreams {
		return &status.Error{Code: status.ResourceExhausted, Outcome: status.NotSent, Message: "too many streams are open to this peer"}
	}
	if t.leaving && !o.From.Running() {
		return link.ErrLeaving
	}
	if t.Opening == nil {
		t.Opening = make(map[*Stream]struct{})
	}
	t.Opening[st] = struct{}{}
	t.asked.Add(1)
	return nil
}

// number gives a stream its id, in the order in which open frames are written,
// so that ids only grow on the wire. It runs under the writer's lock.
func (t *Table) number(st *Stream) uint64 {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	delete(t.Opening, st)
	id := t.nextID
	t.nextID += 2
	t.addLocked(id, st)
	return id
}

// addLocked makes the map for the first stream: few sessions have any.
func (t *Table) addLocked(id uint64, st *Stream) {
	if t.byID == nil {
		t.byID = make(map[uint64]*Stream)
	}
	t.byID[id] = st
}

// Busy reports whether there are streams.
func (t *Table) Busy() bool {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	return len(t.byID)+len(t.Opening) > 0
}

// find returns the stream of that id, or nil. Only the session's reader calls it.
func (t *Table) find(id uint64) *Stream {
	if f := &t.found; f.st != nil && f.id == id && f.removed == t.removed.Load() {
		return f.st
	}
	t.Mu.Lock()
	defer t.Mu.Unlock()
	t.found = foundStream{id, t.byID[id], t.removed.Load()}
	return t.found.st
}

// remove takes a stream out of the table, and reports whether it was there.
func (t *Table) remove(st *Stream) bool {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	switch _, opening := t.Opening[st]; {
	case opening:
		delete(t.Opening, st)
	case t.byID[st.id] == st:
		delete(t.byID, st.id)
		t.removed.Add(1)
	default:
		return false
	}
	if st.Client {
		t.asked.Add(-1)
		t.takenLocked(st)
	} else {
		t.served.Add(-1)
	}
	return true
}

func (t *Table) ownParity() uint64 {
	if t.s.Dialer {
		return 1
	}
	return 0
}

// FailAll ends every stream with the session.
func (t *Table) FailAll(err *status.Error) {
	t.Mu.Lock()
	t.closed = err
	all := make([]*Stream, 0, len(t.byID)+len(t.Opening))
	for _, st := range t.byID {
		all = append(all, st)
	}
	for st := range t.Opening {
		all = append(all, st)
	}
	t.Mu.Unlock()
	for _, st := range all {
		if !st.Client {
			st.stopServing(handlers.EndCanceled, err)
			continue
		}
		st.over(status.WithOutcome(err, st.Outcome()))
	}
	t.TellDraining()
}

// Expire cancels the handlers of streams whose deadline has passed, and reports
// whether any has one.
func (t *Table) Expire(now int64) bool {
	t.Mu.Lock()
	var late []*Stream
	busy := false
	for _, st := range t.byID {
		if st.Client || st.Ctx.DueAt == 0 {
			continue
		}
		busy = true
		if now > st.Ctx.DueAt && !st.Ctx.Ended() {
			late = append(late, st)
		}
	}
	t.Mu.Unlock()
	for _, st := range late {
		st.stopServing(handlers.EndLate, status.DeadlinePassed())
	}
	return busy
}

// TellDraining tells the streams that one end is shutting down.
func (t *Table) TellDraining() {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	if !t.told {
		t.told = true
		close(t.s.Drain)
	}
}

// Drained returns a channel that is closed once no stream is served here.
func (t *Table) Drained() <-chan struct{} {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	return t.served.Released()
}

// Finished returns a channel that is closed once no stream that this end has opened
// is left.
func (t *Table) Finished() <-chan struct{} {
	t.Mu.Lock()
	defer t.Mu.Unlock()
	return t.asked.Released()
}

// checkKnown accepts frames for streams that are over and refuses those for
// streams that never were.
func (t *Table) checkKnown(id uint64) error {
	if id&1 == t.ownParity() {
		t.Mu.Lock()
		defer t.Mu.Unlock()
		if id < t.nextID {
			return nil
		}
	} else if id <= t.lastPeer {
		return nil
	}
	return errStreamID(id)
}

func errStreamID(id uint64) error {
	return fmt.Errorf("%w: stream id %d is impossible here", wire.ErrFrame, id)
}
