package streams

import (
	"context"
	"io"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// HandleOpen admits a stream, or answers at once why not.
func (t *Table) HandleOpen(body []byte) error {
	q, err := wire.ParseRequest(body, wire.KindOpen)
	if err != nil {
		return err
	}
	if q.ID <= t.lastPeer || q.ID&1 == t.ownParity() {
		return errStreamID(q.ID)
	}
	t.lastPeer = q.ID
	st, why, err := t.admit(&q)
	if err != nil {
		return err
	}
	if why != nil {
		return t.registry.Refuse(t.s, &q, true, why)
	}
	if q.Large {
		if err := st.beginLarge(q.Size); err != nil {
			return err
		}
		return t.s.Out.CheckAnswers()
	}
	var payload []byte
	if len(q.Payload) > 0 {
		payload = t.s.M.Buffers.CopyOf(q.Payload) // A copy: out of the reader's buffer, see CopyOf.
	}
	st.start(payload)
	return nil
}

// admit decides whether a stream may be served. An error breaks the session.
func (t *Table) admit(q *wire.RequestFrame) (*Stream, *wire.Failure, error) {
	s := t.s
	h, meta, why, err := t.registry.Admit(s, q, true)
	switch {
	case err != nil || why != nil:
		return nil, why, err
	case t.Unread.Bytes() > s.Limits.Unread:
		return nil, wire.Once(&t.behind, func() *wire.Failure {
			return wire.RefuseAll(status.ResourceExhausted, "more than %d bytes of streams are unread here: Limits.Unread allows no more", s.Limits.Unread)
		}), nil
	}
	st := NewStream(t, h.Lane, h.InCap)
	st.H = h
	if s.Observers != nil {
		st.tally = new(tally)
	}
	st.Began.Store(s.Heard.Load())
	st.Ctx = &handlers.Context{S: s, H: h}
	st.Ctx.SetMeta(meta)
	st.id, st.opened, st.TakesInput = q.ID, true, true
	st.credits = int32(min(q.Credit, wire.MaxCapacity)) // fits: at most MaxCapacity
	st.window = s.Agreed.Window
	t.Mu.Lock()
	defer t.Mu.Unlock()
	if t.closed != nil {
		return nil, wire.ErrSessionOver, nil
	}
	if t.served.N >= s.Limits.OpenStreams {
		return nil, wire.Once(&t.full, func() *wire.Failure {
			return wire.RefuseAll(status.ResourceExhausted, "%d streams of this session are open: Limits.OpenStreams allows no more", s.Limits.OpenStreams)
		}), nil
	}
	st.Ctx.SetDeadline(s.Heard.Load(), q.Timeout) // under the lock: a scan sees the stream, or finds the clock armed
	t.addLocked(q.ID, st)
	t.served.Add(1)
	return st, nil, nil
}

// start runs the handler, fences its panics and ends the stream with what it
// returned. A stream that ended while its payload was on the way is dropped, not
// run.
//
// A goroutine's stack has 2 KiB at first, of which 1.1 are for frames. A handler
// that waits for messages stays within, if the frames around it are few and
// small: 2.1 KiB of stack for each idle stream in the mean instead of 4.0
// (BenchmarkIdleStreams), with some 300 bytes for the handler's own
// (TestHandlerOfIdleStreamKeepsSmallStack). So this is the goroutine's first
// function, and what can be done elsewhere is.
func (st *Stream) start(payload []byte) {
	if !st.In.begin() {
		st.S.M.Buffers.Put(payload)
		return
	}
	st.Began.Store(st.S.Heard.Load())
	if st.S.ByCaller() {
		st.S.M.Afresh(func() { st.run(payload) })
		return
	}
	st.run(payload)
}

// run starts the goroutine of the handler from the present one. See start, which does not
// let it begin on the goroutine of a caller.
func (st *Stream) run(payload []byte) {
	st.S.M.Goroutines.Begin()
	go func() {
		defer st.served()
		if st.endedLate() {
			return
		}
		var err error
		if st.Ctx.Intercepted() || st.tally != nil {
			err = st.surrounded(payload)
		} else {
			err = st.H.Stream(st.Ctx, payload, st)
		}
		st.handled(payload, err)
		st.returned = true
	}()
}

// served is the last thing that the goroutine of a handler does, whatever that did.
// The payload of one that panicked is left to the garbage collector: not to have
// it here is 24 bytes less of stack.
func (st *Stream) served() {
	defer st.S.M.Goroutines.Done()
	if st.returned {
		return
	}
	fail := handlers.NoReturn(st.Ctx)
	defer func() { st.finish(fail) }() // the log may end the goroutine, too
	fail = st.H.Crashed(st.Ctx, "handler", recover())
}

// endedLate ends a stream that nobody waits for any more. It is no part of run's
// frame.
//
//go:noinline
func (st *Stream) endedLate() bool {
	st.returned = st.Ctx.Over() || st.Ctx.Expired()
	if st.returned {
		st.counted = true
		st.Ctx.Dropped(handlers.ErrLate)
		st.finish(handlers.ErrLate)
	}
	return st.returned
}

// PayloadDecoded gives the payload back while the handler runs, which has what
// it decoded from it.
func (st *Stream) PayloadDecoded(payload []byte) {
	if !st.Ctx.Intercepted() {
		st.decoded = true
		st.S.M.Buffers.Put(payload)
	}
}

// handled ends a stream whose handler is over.
func (st *Stream) handled(payload []byte, err error) {
	if !st.decoded && !st.Ctx.Abandoned() {
		st.S.M.Buffers.Put(payload)
	}
	var fail *wire.Failure
	if err = st.result(err); err != nil {
		fail = st.H.ToWire(st.Ctx, err)
		st.tally.keep(err)
	}
	st.Ctx.Stage.Close()
	st.finish(fail)
}

// finish ends a served stream: its last frame says how.
func (st *Stream) finish(fail *wire.Failure) {
	st.count(fail)
	st.Ctx.SealTrailer()
	st.endSending(fail, io.ErrClosedPipe, st.Ctx.Trailer())
	st.In.abort(st, io.ErrClosedPipe)
	st.Ctx.Returned()
	st.table().remove(st)
	st.forgetLarge(st.id)
}

// stopServing cancels a served stream. Its handler ends when it returns; nothing
// more is sent or delivered. One whose payload never arrived ends here.
func (st *Stream) stopServing(end handlers.EndKind, cause *status.Error) {
	st.stopSending(cause) // first: a handler that returns at once must not send an end
	st.Ctx.Cancel(end, cause)
	st.In.abort(st, cause)
	if !st.In.begun() && st.table().remove(st) {
		st.Ctx.Dropped(handlers.GivenUp(end, cause))
	}
	// A message that is on its way gives its room back now: the handler may take
	// its time to return. Last: see beginLarge.
	st.forgetLarge(st.id)
}

// surrounded calls the handler through what stands around it, observers first.
func (st *Stream) surrounded(payload []byte) error {
	ctx := context.Context(st.Ctx)
	if st.tally != nil {
		ctx = st.begin(len(payload))
	}
	if !st.Ctx.Intercepted() {
		return st.H.Stream(ctx, payload, st)
	}
	return st.H.AroundStream(ctx, st.S.Peer, payload, func(ctx context.Context, payload []byte) error {
		if !st.Ctx.Stage.Enter() {
			return handlers.ErrNotAgain
		}
		defer st.Ctx.Stage.Leave()
		return st.result(st.H.Stream(ctx, payload, st))
	})
}

// begin tells the observers of a stream whose handler is about to run, and returns its
// context.
func (st *Stream) begin(payload int) context.Context {
	x := st.tally
	x.received.Add(uint64(payload))
	x.began = st.S.M.Clock.Now()
	x.queued = max(0, x.began-st.Began.Load())
	x.told.Ctx = st.Ctx
	st.S.Observers.Begin(&x.told, st.Ctx.Info())
	return x.told.Ctx
}

// count counts a served stream that is over, once, and tells the observers. It is no
// part of the frames of a handler that waits.
//
//go:noinline
func (st *Stream) count(fail *wire.Failure) {
	if st.counted {
		return
	}
	st.counted = true
	now := st.S.M.Clock.Now()
	end := handlers.EndOf(fail, nil)
	said := ""
	if fail != nil {
		said = fail.Message
	}
	st.H.Meter.Ended(now-st.Began.Load(), end.Code, end.Outcome, said, now)
	x := st.tally
	if x == nil {
		return
	}
	if fail != nil && x.err != nil {
		end.Err = x.err
	}
	end.Took, end.Queued = time.Duration(now-x.began), time.Duration(x.queued)
	x.fill(&end)
	st.S.Observers.End(&x.told, st.Ctx.Info(), &end)
}
