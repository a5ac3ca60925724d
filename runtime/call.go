package grid

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// callTable holds the calls that this end has in flight. A call lives in a slot
// that is used again and again; its id is the slot's index and a generation that
// only grows, so no id is ever used twice in a session and an answer that comes
// too late finds nobody (measured against a map under a mutex: 1.00 to 0.85).
type callTable struct {
	s     *session
	count atomic.Int64 // calls in flight

	mu     sync.Mutex
	closed *Error // set once the session is over
	free   []*call
	idle   chan struct{}           // closed once no call is in flight; made on demand
	slots  atomic.Pointer[[]*call] // replaced under mu, read without
}

const (
	slotBits = 16
	maxSlots = 1 << slotBits // calls in flight, each session
)

// call is one slot, and the call that is in it at the moment.
//
// state holds the id of the call in flight, or 0. Whoever swaps it from the id
// to 0 owns the outcome: the reader with an answer, the clock with a deadline,
// the end of the session, or the caller who gives up.
type call struct {
	s     *session
	index uint64
	gen   uint64 // guarded by the table's mu
	state atomic.Uint64
	done  chan struct{} // capacity 1: tells the caller that reply or err is set

	// Written by the owner of the outcome before it signals done.
	reply []byte
	err   *Error

	deadline atomic.Int64 // manager clock, read by the clock's scan

	// Guarded by the writer's lock. body belongs to the caller until request returns.
	item  outItem
	id    uint64
	route uint64
	meta  []byte
	body  []byte
	sent  bool // a frame that lets the handler run is in a batch
	large *transfer
}

func (t *callTable) init(s *session) {
	t.s = s
	t.slots.Store(new([]*call))
}

func (t *callTable) inFlight() int { return int(t.count.Load()) }

// take returns a free slot, readied for a call with that deadline.
func (t *callTable) take(deadline int64) (*call, uint64, *Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return nil, 0, t.closed.withOutcome(NotSent)
	}
	if len(t.free) == 0 {
		if err := t.growLocked(); err != nil {
			return nil, 0, err
		}
	}
	c := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	c.gen++
	id := c.gen<<slotBits | c.index
	c.deadline.Store(deadline)
	t.count.Add(1)
	c.state.Store(id)
	return c, id, nil
}

func (t *callTable) growLocked() *Error {
	old := *t.slots.Load()
	if len(old) >= maxSlots {
		return &Error{Code: ResourceExhausted, Outcome: NotSent, Message: "65536 calls are in flight to this peer"}
	}
	grown := make([]*call, len(old), max(8, 2*len(old)))
	copy(grown, old)
	for len(grown) < cap(grown) {
		c := &call{s: t.s, index: uint64(len(grown)), done: make(chan struct{}, 1)}
		c.item.src = c
		grown = append(grown, c)
		t.free = append(t.free, c)
	}
	t.slots.Store(&grown)
	return nil
}

func (t *callTable) put(c *call) {
	left := t.count.Add(-1)
	t.mu.Lock()
	t.free = append(t.free, c)
	if left == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
	t.mu.Unlock()
}

// finished returns a channel that is closed once no call is in flight.
func (t *callTable) finished() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count.Load() == 0 {
		return closedChan
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	return t.idle
}

// find returns the call in flight with that id, or nil.
func (t *callTable) find(id uint64) *call {
	slots := *t.slots.Load()
	if i := id & (maxSlots - 1); i < uint64(len(slots)) && slots[i].state.Load() == id && id != 0 {
		return slots[i]
	}
	return nil
}

// claim makes the caller of it the owner of the outcome.
func (c *call) claim(id uint64) bool { return c.state.CompareAndSwap(id, 0) }

// complete hands the outcome to the caller. Only after claim.
func (c *call) complete(reply []byte, err *Error) {
	c.reply, c.err = reply, err
	c.done <- struct{}{}
}

// request makes one call and waits for its one outcome. The reply is a pooled
// buffer that the caller owns.
func (s *session) request(ctx context.Context, r *peerRoute, o *callSettings, payload []byte) ([]byte, error) {
	if s.peerDraining.Load() {
		return nil, &Error{Code: Unavailable, Outcome: NotSent, Message: "the peer is shutting down"}
	}
	deadline := s.m.clock.deadline(ctx, o.timeout)
	c, id, err := s.calls.take(deadline)
	if err != nil {
		return nil, err
	}
	s.m.clock.arm()
	if early := c.enqueue(ctx, id, r.number, o, payload); early != nil {
		s.calls.put(c)
		return nil, early
	}
	return c.wait(ctx, id)
}

// enqueue hands the request to the writer, waiting for room in its queue if it
// must. It returns an error only if the call is over already.
func (c *call) enqueue(ctx context.Context, id, route uint64, o *callSettings, payload []byte) *Error {
	w := &c.s.out
	w.mu.Lock()
	for {
		room := w.roomLocked(o.priority.class())
		if room == nil || w.closed {
			break
		}
		w.mu.Unlock()
		select {
		case <-room:
		case <-c.done:
			return c.err.withOutcome(NotSent)
		case <-ctx.Done():
			return c.abandonUnqueued(ctx, id)
		}
		w.mu.Lock()
	}
	if w.closed {
		w.mu.Unlock()
		return nil // the end of the session completes the call
	}
	c.id, c.route, c.meta, c.body, c.sent, c.large = id, route, o.meta, payload, false, nil
	c.item.class = o.priority.class()
	w.pushLocked(&c.item, queueCost(payload))
	w.flush(true)
	return nil
}

// abandonUnqueued gives up a call whose request was never queued.
func (c *call) abandonUnqueued(ctx context.Context, id uint64) *Error {
	if !c.claim(id) {
		<-c.done
	}
	return contextError(ctx.Err()).withOutcome(NotSent)
}

// wait blocks until the call has its outcome.
func (c *call) wait(ctx context.Context, id uint64) ([]byte, error) {
	if done := ctx.Done(); done != nil {
		select {
		case <-c.done:
		case <-done:
			if c.claim(id) {
				c.reply, c.err = nil, contextError(ctx.Err())
			} else {
				<-c.done // the answer won
			}
		}
	} else {
		<-c.done
	}
	reply, err := c.reply, c.err
	c.reply, c.err = nil, nil
	if err != nil && !err.Remote {
		err = c.giveUp(id, err)
	} else {
		c.release()
	}
	c.s.calls.put(c)
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// release lets go of the request. The writer may still have it if the peer
// answered before it was written out, which happens to large ones.
func (c *call) release() {
	w := &c.s.out
	w.mu.Lock()
	c.unqueueLocked(w)
	w.mu.Unlock()
}

// giveUp ends a call that failed here: what is not yet written never will be,
// and the peer is told to stop if it may have begun.
func (c *call) giveUp(id uint64, err *Error) *Error {
	w := &c.s.out
	w.mu.Lock()
	begun := c.sent || c.large != nil
	c.unqueueLocked(w)
	outcome := err.Outcome // set where more is known than this table knows
	switch {
	case outcome != 0:
	case c.sent:
		outcome = MayHaveRun
	default:
		outcome = NotSent
	}
	if begun && !w.closed {
		w.ctl = appendReset(w.ctl, targetCall, id, err.Code)
	}
	w.flush(false)
	c.s.parts.forget(targetReply, id)
	return err.withOutcome(outcome)
}

func (c *call) unqueueLocked(w *writer) {
	if c.item.queued {
		w.lanes.remove(&c.item)
		w.unqueuedLocked(&c.item, queueCost(c.body))
	}
	if c.large != nil {
		c.large.dropLocked(w)
		c.large = nil
	}
	c.body, c.meta = nil, nil
	w.wakeLocked()
}

// pull implements source: it writes the request, if it is still wanted.
func (c *call) pull(b []byte) ([]byte, bool) {
	w := &c.s.out
	w.unqueuedLocked(&c.item, queueCost(c.body))
	now := w.now
	deadline := c.deadline.Load()
	if c.state.Load() != c.id || now >= deadline {
		return b, false // given up, or expired in the queue: the clock says so to the caller
	}
	q := requestFrame{id: c.id, route: c.route, timeout: time.Duration(deadline - now), meta: c.meta, payload: c.body}
	if len(c.body) <= chunkSize {
		c.sent = true
		return q.append(b, kindCall), false
	}
	c.large = newTransfer(c.s, targetCall, c.id, c.body, c.item.class, func() { c.sent = true })
	q.large, q.size, q.payload = true, uint64(len(c.body)), nil
	return q.append(b, kindCall), false
}

// handleReply completes a call with its answer.
func (t *callTable) handleReply(body []byte) error {
	p, err := parsePayload(body, kindReply)
	if err != nil {
		return err
	}
	c := t.find(p.id)
	if p.large {
		return t.beginLarge(c, &p)
	}
	switch {
	case c == nil:
		return nil // given up: the answer comes too late
	case t.s.parts.tooLarge(p.length()):
		t.failLarge(p.id, p.length())
		return nil
	}
	if c.claim(p.id) {
		c.complete(t.s.m.buffers.copyOf(p.payload), nil)
	}
	return nil
}

// beginLarge takes the announcement of a large answer. One that comes too late is
// answered by a reset: the peer keeps it until it may send it or is told not to.
func (t *callTable) beginLarge(c *call, p *payloadFrame) error {
	if c == nil {
		return t.s.out.answer(func(b []byte) []byte { return appendReset(b, targetCall, p.id, Canceled) })
	}
	if err := t.s.parts.begin(targetReply, p.id, p.size); err != nil {
		return err
	}
	if t.find(p.id) == nil {
		t.s.parts.forget(targetReply, p.id) // given up meanwhile, perhaps before there was something to forget
	}
	return nil
}

// deliverLarge completes a call with an answer that came in chunks.
func (t *callTable) deliverLarge(id uint64, reply []byte) {
	if c := t.find(id); c != nil && c.claim(id) {
		c.complete(reply, nil)
	}
}

// failLarge ends a call whose answer is larger than this node takes.
func (t *callTable) failLarge(id, size uint64) {
	if c := t.find(id); c != nil && c.claim(id) {
		c.complete(nil, &Error{Code: TooLarge, Outcome: Ran, Message: fmt.Sprintf("the answer has %d bytes, at most %d are taken here", size, t.s.limits.Message)})
	}
}

// handleError completes a call with the peer's error.
func (t *callTable) handleError(body []byte) error {
	id, w, err := parseError(body)
	if err != nil {
		return err
	}
	if c := t.find(id); c != nil && c.claim(id) {
		c.complete(nil, w.received())
	}
	return nil
}

// handleGrant lets the chunks of a large request go.
func (t *callTable) handleGrant(id uint64) {
	w := &t.s.out
	w.mu.Lock()
	if c := t.find(id); c != nil && c.id == id && c.large != nil {
		c.large.grantLocked(w)
	}
	w.flush(false)
}

// expire completes the calls whose deadline has passed, and reports whether any
// are left.
func (t *callTable) expire(now int64) bool {
	if t.count.Load() == 0 {
		return false
	}
	for _, c := range *t.slots.Load() {
		id := c.state.Load()
		if id != 0 && now >= c.deadline.Load() && c.claim(id) {
			c.complete(nil, contextError(context.DeadlineExceeded))
		}
	}
	return true
}

// failAll completes every call with err, and lets no new one begin.
func (t *callTable) failAll(err *Error) {
	t.mu.Lock()
	t.closed = err
	t.mu.Unlock()
	for _, c := range *t.slots.Load() {
		if id := c.state.Load(); id != 0 && c.claim(id) {
			c.complete(nil, err)
		}
	}
}
