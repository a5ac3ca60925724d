package grid

import (
	"context"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/observe"
)

// exposed reports whether somebody between here and the network sees payloads
// and answers, and may keep them.
func (c *Connection) exposed() bool { return c != nil && len(c.m.clientInterceptors) > 0 }

// intercepted makes a call through the client's interceptors, which may make it more than
// once, or answer it themselves.
func (c *Connection) intercepted(ctx context.Context, key handlers.RouteKey, o *calls.Options, payload []byte) ([]byte, error) {
	if c.m.observers != nil {
		began := c.m.node.Clock.Now()
		defer func() { o.Took = time.Duration(c.m.node.Clock.Now() - began) }()
		o.Trace = new(calls.Trace)
	}
	as := *o // o stays on the stack of its caller
	h := &HandlerInfo{ID: key.ID, Name: o.Of.Name, Subroute: key.Subroute, Peer: c.name, Annotations: o.Of.Annotations}
	return interceptCall(ctx, c.m.clientInterceptors, h, payload, func(ctx context.Context, payload []byte) ([]byte, error) {
		settings := as
		return c.requestWith(ctx, key, &settings, payload)
	})
}

// interceptedOpen begins a stream through the client's interceptors.
func (c *Connection) interceptedOpen(ctx context.Context, key handlers.RouteKey, o calls.Options, payload []byte) (*streams.Stream, error) {
	h := &HandlerInfo{ID: key.ID, Name: o.Of.Name, Subroute: key.Subroute, Peer: c.name, Stream: true, Annotations: o.Of.Annotations}
	var st *streams.Stream
	returned := false
	defer func() {
		if !returned && st != nil { // an interceptor panicked: nobody has the stream
			st.GiveUp(&Error{Code: Canceled, Message: "an interceptor panicked"})
		}
	}()
	err := interceptStream(ctx, c.m.clientInterceptors, h, payload, func(ctx context.Context, payload []byte) error {
		settings := o
		var err error
		st, err = c.openDirect(ctx, key, &settings, payload)
		return err
	})
	returned = true
	switch {
	case err == nil && st == nil:
		return nil, &Error{Code: Internal, Outcome: NotSent, Message: "an interceptor neither began the stream nor returned an error"}
	case err != nil && st != nil:
		st.GiveUp(&Error{Code: Canceled, Message: "an interceptor refused the stream"})
		return nil, err
	case err != nil:
		return nil, err
	}
	st.OnEnd(func(err error) { tellEnded(ctx, &c.m.node, c.m.clientInterceptors, h, err) })
	return st, nil
}

// toldCall is a call that observers or interceptors are told of. It is on the stack of the
// caller. That stack and the code are cold when the answer comes, often on another processor:
// so a toldCall holds little, and mostly one function puts together what observers are told of
// the end (bench, peer gridc-observed).
type toldCall struct {
	err      error
	received int
	over     bool // it has returned

	// Set before the call. They are the last because its Options come next on the stack of
	// request: Go 1.26 orders such variables by their names.
	sent int
	on   *link.Link        // the session that info is of, nil: none
	info *observe.CallInfo // nil: no observers, or all were told of the end
	told observers.Told
}

// beginTold tells the observers, if there are any, of a call that is about to be made, with
// the context of t. endTold tells how it has ended; guardTold must be deferred, for what does
// not get there.
func (c *Connection) beginTold(ctx context.Context, t *toldCall, key handlers.RouteKey, o *calls.Options, payload []byte) {
	t.told.Ctx = ctx
	if c.m.observers == nil {
		return
	}
	t.on = c.liveLink()
	t.info = c.infoOn(t.on, o, key.Subroute, false)
	t.sent = len(payload) + o.Lent.Len()
	c.m.observers.Begin(&t.told, t.info)
}

// endTold tells the observers, if there are any, of a call that has returned.
func (c *Connection) endTold(t *toldCall, o *calls.Options, reply []byte, err error) {
	t.received, t.err, t.over = len(reply), err, true
	info := t.info
	if info == nil {
		return
	}
	var end observe.CallEnd // a literal is made elsewhere on the stack and copied
	end.Outcome, end.Took, end.Attempts, end.BytesSent, end.BytesReceived = Ran, o.Took, o.Attempts, uint64(t.sent), uint64(t.received)
	if err != nil || o.On != t.on || o.Trace != nil {
		info = c.endOf(&end, t, o)
	}
	for {
		observer := c.m.observers.Last(&t.told)
		if observer == nil {
			break
		}
		observer.End(t.told.Ctx, info, end)
	}
	t.info = nil
}

// guardTold tells the observers of a call that has not returned, and those that were not
// told of the end because another one has slipped there. It recovers, so it must be the
// deferred function itself.
func (c *Connection) guardTold(t *toldCall, o *calls.Options) {
	if t.info == nil {
		return
	}
	var end observe.CallEnd
	info := c.endOf(&end, t, o)
	if t.over {
		c.m.observers.Slipped(recover(), &t.told, info, &end)
	} else {
		c.m.observers.End(&t.told, info, &end)
	}
}

// endOf sets how a call has ended, and returns what it was.
func (c *Connection) endOf(end *observe.CallEnd, t *toldCall, o *calls.Options) *observe.CallInfo {
	end.BytesSent, end.BytesReceived = uint64(t.sent), uint64(t.received)
	return c.observedEnd(end, t.info, o, errorOf(t.err, t.over))
}

// observedOpen begins a stream with the observers around it. The observers are told of the
// end of the stream when it comes.
func (c *Connection) observedOpen(ctx context.Context, key handlers.RouteKey, o calls.Options, payload []byte) (st *streams.Stream, err error) {
	info := c.infoOn(c.liveLink(), &o, key.Subroute, true)
	told := observers.Told{Ctx: ctx}
	began, size, returned := c.m.node.Clock.Now(), len(payload), false
	ended := func(end observe.CallEnd, err error) {
		o.Took = time.Duration(c.m.node.Clock.Now() - began)
		end.BytesSent += uint64(size)
		on := c.observedEnd(&end, info, &o, err)
		c.m.observers.End(&told, on, &end)
	}
	defer func() {
		if st == nil {
			ended(observe.CallEnd{}, errorOf(err, returned))
		}
	}()
	c.m.observers.Begin(&told, info)
	o.Trace = new(calls.Trace)
	if len(c.m.clientInterceptors) > 0 {
		st, err = c.interceptedOpen(told.Ctx, key, o, payload)
	} else {
		st, err = c.openDirect(told.Ctx, key, &o, payload)
	}
	returned = true
	if st != nil {
		st.OnEnd(func(err error) { ended(st.Figures(), err) })
	}
	return st, err
}

// liveLink is the session that there is now, or nil.
func (c *Connection) liveLink() *link.Link {
	if s := c.live.Load(); s != nil {
		return &s.Link
	}
	return nil
}

// infoOn is what observers are told of a call on a session, or on none.
func (c *Connection) infoOn(l *link.Link, o *calls.Options, subroute string, stream bool) *observe.CallInfo {
	if l == nil || (o.Callee.Stream != nil) != stream {
		return c.newInfo(l, o, subroute, stream)
	}
	if info := l.Called.Known(o.Callee.Route, subroute); info != nil {
		return info
	}
	return l.Called.Of(o.Callee.Route, subroute, func() *observe.CallInfo { return c.newInfo(l, o, subroute, stream) })
}

func (c *Connection) newInfo(l *link.Link, o *calls.Options, subroute string, stream bool) *observe.CallInfo {
	info := &observe.CallInfo{ID: o.Callee.ID, Name: o.Of.Name, Subroute: subroute, Stream: stream, Peer: c.name, Timeout: o.Timeout, Annotations: o.Of.Annotations}
	if info.Timeout == 0 && !stream {
		info.Timeout = c.limits().CallTimeout
	}
	if l != nil {
		info.Session, info.Local, info.Remote = l.Number.Load(), l.Local, l.Remote
	}
	return info
}

// observedEnd completes how a call or stream has ended, which began as info, and returns what
// observers are told that it was: on the session that it came to be on.
func (c *Connection) observedEnd(end *observe.CallEnd, info *observe.CallInfo, o *calls.Options, err error) *observe.CallInfo {
	attempts, on := o.Attempts, o.On
	if o.Trace != nil {
		attempts, on = int(o.Trace.Attempts.Load()), o.Trace.On.Load() // fits: few
	}
	end.Took, end.Attempts, end.Outcome, end.Err = o.Took, attempts, Ran, err
	if err != nil {
		end.Code, end.Outcome = codeOf(err)
	}
	if on != nil && on.Number.Load() != info.Session {
		return c.infoOn(on, o, info.Subroute, info.Stream)
	}
	return info
}

// errorOf is the error of a call that has returned err, or has not returned at all.
func errorOf(err error, returned bool) error {
	if err == nil && !returned {
		return &Error{Code: Internal, Outcome: MayHaveRun, Message: "an observer or interceptor panicked or ended the goroutine"}
	}
	return err
}

// countFailure counts a call that was not made, or has failed, if somebody looks.
func (c *Connection) countFailure(o *calls.Options, err error) {
	counted := c.m.node.Measured.Load()
	if !counted && c.m.observers == nil {
		return
	}
	now := c.m.node.Clock.Now()
	if o.Deadline != 0 {
		o.Took = time.Duration(now - (o.Deadline - int64(o.Timeout)))
	}
	if !counted {
		return
	}
	code, outcome := codeOf(err)
	o.Callee.Meter.Ended(int64(o.Took), code, outcome, textOf(err), now)
}

// textOf is what an error of a call or stream says, "" where that would call code of others.
func textOf(err error) string {
	if e, ok := err.(*Error); ok {
		return e.Message
	}
	return ""
}

// codeOf is how an error of a call or stream is counted.
func codeOf(err error) (Code, Outcome) {
	if e, ok := err.(*Error); ok { // as errors of calls are; errors.As would call code of others
		return e.Code, e.Outcome
	}
	return Internal, MayHaveRun
}
