package grid

import (
	"context"
	"sync/atomic"
	"time"
)

// call is one slot, and the call that is in it at the moment.
//
// state holds the id of the call in flight, or 0. Whoever swaps it from the id
// to 0 owns the outcome: the reader with an answer, the clock with a deadline,
// the end of the session, or the caller who gives up.
type call struct {
	s     *link
	t     *callTable
	index uint64
	gen   uint64 // guarded by the table's mu
	state atomic.Uint64
	done  chan struct{} // capacity 1: tells the caller that reply or err is set

	// Written by the owner of the outcome before it signals done.
	reply []byte
	err   *Error

	deadline atomic.Int64 // manager clock, read by the clock's scan

	// asked is the id of the call once its request is in a batch. An answer that
	// comes before that answers nothing.
	asked atomic.Uint64

	// Guarded by the writer's lock. body belongs to the caller until request returns.
	item  outItem
	id    uint64
	route uint64
	meta  []byte
	body  encoded
	sent  bool // a frame that lets the handler run is in a batch
	large *transfer
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
func (t *callTable) request(ctx context.Context, route uint64, o *callSettings, payload []byte) ([]byte, error) {
	if t.s.peerDraining.Load() {
		return nil, errPeerLeaving
	}
	c, id, err := t.take(o)
	if err != nil {
		return nil, err
	}
	t.s.m.clock.arm()
	if early := c.enqueue(ctx, id, route, o, payload); early != nil {
		t.put(c)
		return nil, early
	}
	return c.wait(ctx, id)
}

// enqueue hands the request to the writer, waiting for room in its queue if it
// must. It returns an error only if the call is over already.
func (c *call) enqueue(ctx context.Context, id, route uint64, o *callSettings, payload []byte) *Error {
	w := &c.s.out
	w.mu.Lock()
	c.id, c.sent, c.large = 0, false, nil // of the call that was in the slot before
	for {
		room := w.roomLocked(o.lane.class())
		if room == nil || w.closed || w.peerLeaving {
			break
		}
		w.mu.Unlock()
		select {
		case <-room:
		case <-c.done:
			return withOutcome(c.err, NotSent)
		case <-ctx.Done():
			return c.abandonUnqueued(id, withOutcome(contextError(ctx), NotSent))
		}
		w.mu.Lock()
	}
	if w.closed {
		w.mu.Unlock()
		return nil // the end of the session completes the call
	}
	if w.peerLeaving {
		w.mu.Unlock()
		return c.abandonUnqueued(id, errPeerLeaving)
	}
	c.id, c.route, c.meta, c.body = id, route, o.meta, encoded{payload, o.lent}
	c.item.class = o.lane.class()
	w.pushLocked(&c.item, queueCost(c.body.size()))
	w.flushAs(true, c.t.inFlight() > 1)
	return nil
}

// abandonUnqueued gives up a call whose request was never queued.
func (c *call) abandonUnqueued(id uint64, why *Error) *Error {
	if !c.claim(id) {
		<-c.done
	}
	return why
}

// wait blocks until the call has its outcome.
func (c *call) wait(ctx context.Context, id uint64) ([]byte, error) {
	if c.t.vacancy.enter() {
		c.t.readFor(ctx, c, id)
	}
	if done := ctx.Done(); done != nil {
		select {
		case <-c.done:
		case <-done:
			if c.claim(id) {
				c.reply, c.err = nil, contextError(ctx)
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
	c.t.put(c)
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
	return withOutcome(err, outcome)
}

func (c *call) unqueueLocked(w *writer) {
	if c.item.queued {
		w.lanes.remove(&c.item)
		w.unqueuedLocked(&c.item, queueCost(c.body.size()))
	}
	if c.large != nil {
		c.large.dropLocked(w)
		c.large = nil
	}
	c.body, c.meta = encoded{}, nil
	w.wakeLocked()
}

// pull implements source: it writes the request, if it is still wanted.
func (c *call) pull(b []byte) ([]byte, bool) {
	w := &c.s.out
	size := c.body.size()
	w.unqueuedLocked(&c.item, queueCost(size))
	now := w.now
	deadline := c.deadline.Load()
	if c.state.Load() != c.id || now >= deadline {
		return b, false // given up, or expired in the queue: the clock says so to the caller
	}
	c.asked.Store(c.id)
	q := requestFrame{id: c.id, route: c.route, timeout: time.Duration(deadline - now), meta: c.meta, payload: c.body.flat}
	if size <= maxPayload {
		c.sent = true
		return q.append(b, kindCall), false
	}
	c.large = newTransfer(w, targetCall, c.id, c.body, c.item.class, func() { c.sent = true })
	q.large, q.size, q.payload = true, uint64(size), nil
	return q.append(b, kindCall), false
}
