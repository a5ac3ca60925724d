package calls

import (
	"sync"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/status"
)

// Table holds the calls that this end has in flight. A call lives in a slot
// that is used again and again; its id is the slot's index and a generation that
// only grows, so no id is ever used twice in a session and an answer that comes
// too late finds nobody (26 ns instead of 53 with a map under a mutex, BenchmarkCallTable).
type Table struct {
	s          *link.Link
	reader     reader
	LoneCaller LoneCaller

	taken atomic.Uint64 // calls begun
	left  atomic.Uint64 // calls that are over

	mu      sync.Mutex
	closed  *status.Error // set once the session is over
	leaving bool          // this end is shutting down
	free    []*Call
	idle    chan struct{}           // closed once no call is in flight; made on demand
	slots   atomic.Pointer[[]*Call] // replaced under mu, read without
}

func (t *Table) Init(l *link.Link, r reader) {
	t.s, t.reader = l, r
	t.slots.Store(new([]*Call))
}

func (t *Table) InFlight() int {
	left := t.left.Load()             // first: a call is begun before it is over
	return int(t.taken.Load() - left) // fits: calls that are in memory
}

// Take returns a free slot, readied for a call.
func (t *Table) Take(o *Options) (*Call, uint64, *status.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return nil, 0, status.WithOutcome(t.closed, status.NotSent)
	}
	if t.leaving && !o.From.Running() {
		return nil, 0, link.ErrLeaving
	}
	if len(t.free) == 0 {
		if err := t.growLocked(); err != nil {
			return nil, 0, err
		}
	}
	c := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	c.gen++
	c.what = o.Callee
	id := c.gen<<out.SlotBits | uint64(c.index)
	c.deadline.Store(o.Deadline)
	t.taken.Add(1)
	c.state.Store(id)
	return c, id, nil
}

// firstSlots is how many calls a session has memory for once it has made one: a slot takes 350
// bytes, and most sessions of a large cluster are idle.
const firstSlots = 2

func (t *Table) growLocked() *status.Error {
	old := *t.slots.Load()
	if len(old) >= out.MaxSlots {
		return &status.Error{Code: status.ResourceExhausted, Outcome: status.NotSent, Message: "65536 calls are in flight to this peer"}
	}
	grown := make([]*Call, len(old), max(firstSlots, 2*len(old)))
	copy(grown, old)
	for len(grown) < cap(grown) {
		c := &Call{s: t.s, t: t, index: uint16(len(grown)), Done: make(chan struct{}, 1)}
		c.item.Src = c
		grown = append(grown, c)
		t.free = append(t.free, c)
	}
	t.slots.Store(&grown)
	return nil
}

func (t *Table) Put(c *Call) {
	t.mu.Lock()
	t.left.Add(1)
	t.free = append(t.free, c)
	if t.InFlight() == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
	t.mu.Unlock()
}

// Finished returns a channel that is closed once no call is in flight.
func (t *Table) Finished() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.InFlight() == 0 {
		return node.ClosedChan
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	return t.idle
}

// Find returns the call in flight with that id, or nil.
func (t *Table) Find(id uint64) *Call {
	slots := *t.slots.Load()
	if i := id & (out.MaxSlots - 1); i < uint64(len(slots)) && slots[i].state.Load() == id && id != 0 {
		return slots[i]
	}
	return nil
}

// Expire completes the calls whose deadline has passed, and reports whether any
// are left.
func (t *Table) Expire(now int64) bool {
	if t.InFlight() == 0 {
		return false
	}
	for _, c := range *t.slots.Load() {
		id := c.state.Load()
		if id != 0 && now >= c.deadline.Load() && c.Claim(id) {
			c.complete(nil, status.DeadlinePassed())
			t.interrupt(c)
		}
	}
	return true
}

// FailAll completes every call with err, and lets no new one begin.
func (t *Table) FailAll(err *status.Error) {
	t.mu.Lock()
	t.closed = err
	t.mu.Unlock()
	for _, c := range *t.slots.Load() {
		if id := c.state.Load(); id != 0 && c.Claim(id) {
			c.complete(nil, err)
			t.interrupt(c) // the socket may live on, see awaitPeerClose
		}
	}
}
