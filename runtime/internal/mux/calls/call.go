package calls

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/large"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Call is one slot, and the call that is in it at the moment.
//
// state holds the id of the call in flight, or 0. Whoever swaps it from the id
// to 0 owns the outcome: the reader with an answer, the clock with a deadline,
// the end of the session, or the caller who gives up.
//
// It fits the allocator's class of 256 bytes, which is aligned to cache lines. The first line is what the
// reader needs of it.
type Call struct {
	state atomic.Uint64
	Done  chan struct{} // static; capacity 1: tells the caller that reply or err is set

	// Written by the owner of the outcome before it signals done.
	reply []byte
	err   *status.Error
	came  int64 // manager clock, when the reply came; without one it means nothing

	// asked is the id of the call once its request, or its announcement, is in a batch and
	// the writer no longer needs the rest of the slot. An answer that comes earlier breaks the
	// protocol: nobody has asked.
	asked atomic.Uint64

	deadline atomic.Int64 // manager clock, read by the clock's scan

	s    *link.Link        // static
	t    *Table            // static
	gen  uint64            // guarded by the writer's lock
	what *handlers.Handler // the same: of the call that is or was in it
	next *Call             // of the slots that are in no use

	// Guarded by the writer's lock. body belongs to the caller until request returns.
	id    uint64
	route uint64
	item  lanes.Item
	meta  []byte
	want  *handlers.Wanted
	body  bufs.Encoded
	large *large.Transfer
	sent  bool // a frame that lets the handler run is in a batch

	index uint16 // static
}

// Claim makes the goroutine that calls it the owner of the outcome. It reports false if
// there is an owner already.
func (c *Call) Claim(id uint64) bool { return c.state.CompareAndSwap(id, 0) }

// answer hands a reply to the caller, which came with what the reader has read last. Only
// after Claim.
func (c *Call) answer(reply []byte) {
	c.came = c.s.Heard.Load()
	c.complete(reply, nil)
}

// complete hands the outcome to the caller. Only after Claim.
func (c *Call) complete(reply []byte, err *status.Error) {
	c.reply, c.err = reply, err
	c.Done <- struct{}{}
}

// Request makes one call and waits for its one outcome. The reply is a pooled
// buffer that the caller owns.
func (t *Table) Request(ctx context.Context, route uint64, o *Options, payload []byte) ([]byte, error) {
	if t.s.PeerDraining.Load() {
		return nil, link.ErrPeerLeaving
	}
	done := ctx.Done() // code of others: before there is anything to be left behind
	c, id, err := t.enqueue(ctx, done, route, o, payload)
	if err != nil {
		return nil, err
	}
	if t.LoneCaller.enter() {
		c.readForItself(ctx, id)
	}
	if done == nil {
		<-c.Done
	} else {
		c.wait(ctx, done, id)
	}
	o.Came = c.came
	return c.outcome(id)
}

// readForItself has the call hold the reader's role. Where its caller's context slips,
// which goes up to the caller, nothing of the call is left behind.
func (c *Call) readForItself(ctx context.Context, id uint64) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if c.Claim(id) {
			_ = c.giveUp(id, &status.Error{Code: status.Canceled}) // nobody is left to be told
		} else {
			<-c.Done
			c.release(id)
		}
		c.reply, c.err = nil, nil
		c.t.Put(c)
	}()
	c.t.readFor(ctx, c, id)
	returned = true
}

// enqueue takes a slot for a call and hands its request to the writer. It returns an error
// only if the call is over already.
func (t *Table) enqueue(ctx context.Context, done <-chan struct{}, route uint64, o *Options, payload []byte) (*Call, uint64, *status.Error) {
	running := o.From.Running()
	w := &t.s.Out
	w.Mu.Lock()
	c, id, err := t.TakeLocked(o, running)
	if err != nil {
		w.Mu.Unlock()
		return nil, 0, err
	}
	t.s.M.Clock.Arm()
	class := o.Lane.Class()
	c.id, c.sent, c.large = 0, false, nil // of the call that was in the slot before
	if w.FullLocked(class) {
		if err := c.awaitBudgetLocked(ctx, done, id, class); err != nil {
			t.Put(c)
			return nil, 0, err
		}
	}
	if w.Closed {
		w.Mu.Unlock()
		return c, id, nil // the end of the session completes the call
	}
	if w.PeerLeaving {
		w.Mu.Unlock()
		err := c.abandonUnqueued(id, link.ErrPeerLeaving)
		t.Put(c)
		return nil, 0, err
	}
	c.id, c.route, c.meta, c.want, c.body = id, route, o.Meta, o.Want, bufs.Encoded{Flat: payload, Lent: o.Lent}
	c.item.Class = class
	w.PushLocked(&c.item, out.QueueCost(c.body.Size()))
	w.FlushAs(true, t.InFlight()-int(t.large) > 1)
	return c, id, nil
}

// awaitBudgetLocked waits for room in the queue of a class. It returns without the lock, and
// with an error, if the call is over already.
func (c *Call) awaitBudgetLocked(ctx context.Context, done <-chan struct{}, id uint64, class lanes.Class) *status.Error {
	w := &c.s.Out
	for {
		freed := w.FreedLocked(class)
		if freed == nil || w.Closed || w.PeerLeaving {
			return nil
		}
		w.Mu.Unlock()
		select {
		case <-freed:
		case <-c.Done:
			return status.WithOutcome(c.err, status.NotSent)
		case <-done:
			return c.abandonUnqueued(id, status.WithOutcome(status.ContextError(ctx), status.NotSent))
		}
		w.Mu.Lock()
	}
}

// abandonUnqueued gives up a call whose request was never queued.
func (c *Call) abandonUnqueued(id uint64, why *status.Error) *status.Error {
	if !c.Claim(id) {
		<-c.Done
	}
	return why
}

// wait blocks until the call has its outcome, or done is closed.
func (c *Call) wait(ctx context.Context, done <-chan struct{}, id uint64) {
	select {
	case <-c.Done:
	case <-done:
		if c.Claim(id) {
			c.reply, c.err = nil, status.ContextError(ctx)
		} else {
			<-c.Done // the answer won
		}
	}
}

// outcome is the reply or the error of a call that has either. It frees the slot.
func (c *Call) outcome(id uint64) ([]byte, error) {
	reply, err := c.reply, c.err
	c.reply, c.err = nil, nil
	if err != nil && !err.Remote {
		err = c.giveUp(id, err)
	} else {
		c.release(id)
	}
	c.t.Put(c)
	if err != nil {
		return nil, err
	}
	return reply, nil
}

// release takes the request of a call that was answered back from the writer. A large one may not
// be written out yet when its answer comes, for example because the peer refused it. One
// of a single frame was, and the writer knows the slot no more.
func (c *Call) release(id uint64) {
	if c.asked.Load() == id && c.large == nil {
		c.body, c.meta, c.want = bufs.Encoded{}, nil, nil
		return
	}
	w := &c.s.Out
	w.Mu.Lock()
	c.unqueueLocked(w)
	w.Mu.Unlock()
}

// giveUp ends a call that failed here: what is not yet written never will be,
// and the peer is told to stop if it may have begun.
func (c *Call) giveUp(id uint64, err *status.Error) *status.Error {
	w := &c.s.Out
	w.Mu.Lock()
	begun := c.sent || c.large != nil
	c.unqueueLocked(w)
	outcome := err.Outcome // set where more is known than this table knows
	switch {
	case outcome != 0:
	case c.sent:
		outcome = status.MayHaveRun
	default:
		outcome = status.NotSent
	}
	if begun && !w.Closed {
		w.Ctl = wire.AppendReset(w.Ctl, wire.TargetCall, id, err.Code)
	}
	w.Flush(false)
	c.s.Parts.Forget(wire.TargetReply, id)
	return status.WithOutcome(err, outcome)
}

func (c *Call) unqueueLocked(w *out.Writer) {
	if c.item.Queued {
		w.Lanes.Remove(&c.item)
		w.UnqueuedLocked(&c.item, out.QueueCost(c.body.Size()))
	}
	if c.large != nil {
		c.large.DropLocked(w)
		c.large = nil
		c.t.large--
	}
	c.body, c.meta, c.want = bufs.Encoded{}, nil, nil
	w.WakeLocked()
}

// Pull implements source: it writes the request, if it is still wanted.
func (c *Call) Pull(b []byte) ([]byte, bool) {
	w := &c.s.Out
	size := c.body.Size()
	w.UnqueuedLocked(&c.item, out.QueueCost(size))
	now := w.Now
	deadline := c.deadline.Load()
	if c.state.Load() != c.id || now >= deadline {
		return b, false // given up, or expired in the queue: the clock says so to the caller
	}
	q := wire.RequestFrame{ID: c.id, Route: c.route, Timeout: time.Duration(deadline - now), Meta: c.meta}
	if size > wire.MaxPayload {
		return c.announceLocked(b, &q, size), false
	}
	q.Payload = c.body.Flat
	c.sent = true
	b = q.Append(b, wire.KindCall)
	w.Lanes.Remove(&c.item)
	c.asked.Store(c.id) // last: see release
	return b, false
}

// announceLocked appends the announcement of a large request, whose chunks wait until the peer grants
// them.
func (c *Call) announceLocked(b []byte, q *wire.RequestFrame, size int) []byte {
	w := &c.s.Out
	c.large = large.NewTransfer(w, wire.TargetCall, c.id, c.body, c.item.Class, func() { c.sent = true })
	c.t.large++
	w.AnnouncesLocked()
	q.Large, q.Size = true, uint64(size)
	c.asked.Store(c.id)
	return q.Append(b, wire.KindCall)
}
