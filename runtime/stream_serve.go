package grid

import (
	"context"
	"io"
)

// handleOpen admits a stream, or answers at once why not.
func (t *streamTable) handleOpen(body []byte) error {
	q, err := parseRequest(body, kindOpen)
	if err != nil {
		return err
	}
	if q.id <= t.lastPeer || q.id&1 == t.ownParity() {
		return errStreamID(q.id)
	}
	t.lastPeer = q.id
	st, why, err := t.admit(&q)
	if err != nil {
		return err
	}
	if why != nil {
		return t.s.out.refuse(unserved{id: q.id, stream: true, why: why})
	}
	if q.large {
		if err := st.beginLarge(q.size); err != nil {
			return err
		}
		return t.s.out.checkOwed()
	}
	var payload []byte
	if len(q.payload) > 0 {
		payload = t.s.m.buffers.copyOf(q.payload)
	}
	st.start(payload)
	return nil
}

func (t *streamTable) admit(q *requestFrame) (*stream, *wireError, error) {
	s := t.s
	h, refusal := t.registry.admit(q.route, true)
	if refusal != nil {
		return nil, refusal, nil
	}
	meta, err := parseMetadata(q.meta)
	switch {
	case err != nil:
		return nil, nil, err
	case s.draining.Load():
		s.late.Add(1)
		return nil, errServerLeaving, nil
	case s.parts.tooLarge(q.length()):
		return nil, refuse(TooLarge, "the payload has %d bytes, at most %d are taken", q.length(), s.limits.Message), nil
	case t.unread.bytes() > s.limits.Unread:
		return nil, once(&t.behind, func() *wireError {
			return refuseAll(ResourceExhausted, "more than %d bytes of streams are unread here", s.limits.Unread)
		}), nil
	}
	st := newStream(t, h.lane, h.inCap)
	st.h = h
	st.ctx = &handlerContext{s: s, h: h, meta: meta}
	st.out.id, st.out.opened = q.id, true
	st.out.credits = int32(min(q.credit, maxCapacity)) // fits: at most maxCapacity
	st.out.window = s.agreed.window
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return nil, errSessionOver, nil
	}
	if t.served.n >= s.limits.OpenStreams {
		return nil, once(&t.full, func() *wireError {
			return refuseAll(ResourceExhausted, "%d streams of this session are open", s.limits.OpenStreams)
		}), nil
	}
	st.ctx.setDeadline(s.heard.Load(), q.timeout) // under the lock: a scan sees the stream, or finds the clock armed
	t.byID[q.id] = st
	t.served.add(1)
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
func (st *stream) start(payload []byte) {
	st.in.begin()
	if st.s.byCaller() {
		st.s.m.afresh(func() { st.run(payload) })
		return
	}
	st.run(payload)
}

// run is start without care for who starts the goroutine.
func (st *stream) run(payload []byte) {
	st.s.m.goroutines.begin()
	go func() {
		defer st.served()
		if st.endedLate() {
			return
		}
		var err error
		if st.ctx.observed() {
			err = st.intercepted(payload)
		} else {
			err = st.h.stream(st.ctx, payload, st)
		}
		st.handled(payload, err)
		st.returned = true
	}()
}

// served is the last thing that the goroutine of a handler does, whatever that did.
// The payload of one that panicked is left to the garbage collector: not to have
// it here is 24 bytes less of stack.
func (st *stream) served() {
	defer st.s.m.goroutines.done()
	if st.returned {
		return
	}
	fail := noReturn(st.ctx)
	defer func() { st.finish(fail) }() // the log may end the goroutine, too
	fail = st.h.crashed(st.ctx, "handler", recover())
}

// endedLate ends a stream that nobody waits for any more. It is no part of run's
// frame.
//
//go:noinline
func (st *stream) endedLate() bool {
	st.returned = st.ctx.over() || st.ctx.expired()
	if st.returned {
		st.finish(errLate)
	}
	return st.returned
}

// payloadDecoded gives the payload back while the handler runs, which has what
// it decoded from it.
func (st *stream) payloadDecoded(payload []byte) {
	if !st.ctx.observed() {
		st.decoded = true
		st.s.m.buffers.put(payload)
	}
}

// handled ends a stream whose handler is over.
func (st *stream) handled(payload []byte, err error) {
	if !st.decoded && !st.ctx.abandoned() {
		st.s.m.buffers.put(payload)
	}
	var fail *wireError
	if err = st.result(err); err != nil {
		fail = st.h.toWire(st.ctx, err)
	}
	st.ctx.stage.close()
	st.finish(fail)
}

// finish ends a served stream: its last frame says how.
func (st *stream) finish(fail *wireError) {
	st.endSending(fail, io.ErrClosedPipe)
	st.in.abort(io.ErrClosedPipe)
	st.ctx.returned()
	st.table().remove(st)
	st.forgetLarge(st.out.id)
}

// stopServing cancels a served stream. Its handler ends when it returns; nothing
// more is sent or delivered. One whose payload never arrived ends here.
func (st *stream) stopServing(end endKind, cause *Error) {
	st.stopSending(cause) // first: a handler that returns at once must not send an end
	st.ctx.cancel(end, cause)
	st.in.abort(cause)
	if !st.in.begun() {
		st.table().remove(st)
	}
	// A message that is on its way gives its room back now: the handler may take
	// its time to return. Last: see beginLarge.
	st.forgetLarge(st.out.id)
}

// intercepted calls the handler through what stands around it.
func (st *stream) intercepted(payload []byte) error {
	return st.h.aroundStream(st.ctx, st.s.peer, payload, func(ctx context.Context, payload []byte) error {
		if !st.ctx.stage.enter() {
			return errNotAgain
		}
		defer st.ctx.stage.leave()
		return st.result(st.h.stream(ctx, payload, st))
	})
}
