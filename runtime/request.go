package grid

import (
	"context"
	"strconv"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// Between a stub and the wait for the answer there are few functions, each with a small frame:
// the collector walks the frames of all that wait, and a caller that wakes on another processor
// fetches its stack from there. With nine functions instead of four, calls of 512 B took 2 to 5 %
// more CPU with 256 in flight (bench, cell echo/512B/256). See TestFewFramesWait.

// requestRoute makes one call of a handler under a subroute.
func (c *Connection) requestRoute(ctx context.Context, key handlers.RouteKey, s *handlers.Settings, msg bufs.Encoded) (reply []byte, err error) {
	if c == nil {
		return nil, errNoPeer()
	}
	var o calls.Options
	c.setOptions(&o, key.ID, s, msg)
	if !c.told() {
		return c.requestWith(ctx, key, &o, msg.Flat)
	}
	var t toldCall
	defer c.guardTold(&t, &o)
	c.beginTold(ctx, &t, key, &o, msg.Flat)
	if len(c.m.clientInterceptors) > 0 {
		reply, err = c.intercepted(t.told.Ctx, key, &o, msg.Flat)
	} else {
		reply, err = c.requestWith(t.told.Ctx, key, &o, msg.Flat)
	}
	c.endTold(&t, &o, reply, err)
	return reply, err
}

// setOptions sets o in place: a literal is made elsewhere on the stack and copied.
func (c *Connection) setOptions(o *calls.Options, id HandlerID, s *handlers.Settings, msg bufs.Encoded) {
	o.Of, o.Lane, o.Timeout, o.Retry, o.Lent = s, s.Lane, s.Timeout, s.Idempotent, msg.Lent
	o.Callee = c.m.callees.Find(id, s.Name, false)
}

// byHand are the settings of calls and streams of bytes.
var byHand handlers.Settings

// told reports whether observers or interceptors are told of calls and streams.
func (c *Connection) told() bool { return c.m.observers != nil || len(c.m.clientInterceptors) > 0 }

// requestWith makes one call and counts it. An idempotent one is made again, as a new call
// within the same deadline, when its connection is lost; nothing else is.
func (c *Connection) requestWith(ctx context.Context, key handlers.RouteKey, o *calls.Options, payload []byte) ([]byte, error) {
	s, route, err := c.begin(ctx, key, o, payload)
	var reply []byte
	if err == nil {
		reply, err = s.Calls.Request(ctx, route, o, payload)
	}
	if err != nil {
		reply, err = c.failed(ctx, s, key, o, payload, err)
	}
	if err != nil {
		return nil, err
	}
	counted := c.m.node.Measured.Load()
	if !counted && c.m.observers == nil {
		return reply, nil
	}
	// The clock was read when the call was made, for its deadline, and when the answer came.
	took := o.Came - (o.Deadline - int64(o.Timeout))
	o.Took = time.Duration(took)
	if counted {
		o.Callee.Meter.Ran(took)
	}
	return reply, nil
}

// begin prepares a call and finds its session and its route there.
func (c *Connection) begin(ctx context.Context, key handlers.RouteKey, o *calls.Options, payload []byte) (*mux.Session, uint64, error) {
	if err := c.prepare(ctx, o); err != nil {
		return nil, 0, err
	}
	if err := o.Limit(ctx, &c.m.node, c.limits().CallTimeout); err != nil {
		return nil, 0, err
	}
	s, err := c.session(ctx, o, false)
	if err != nil {
		return nil, 0, err
	}
	route, err := c.routed(ctx, s, key, o, payload)
	return s, route, err
}

// failed is what becomes of a call after its first attempt, on session s or on none, has failed: it
// is made again where it may be, else counted as failed.
func (c *Connection) failed(ctx context.Context, s *mux.Session, key handlers.RouteKey, o *calls.Options, payload []byte, err error) (reply []byte, _ error) {
	if c.mayGoOn(ctx, s, o, err) {
		reply, err = c.requestUntil(ctx, key, o, payload, err)
	}
	if err != nil {
		err = c.ranOut(ctx, key, o, err)
		c.countFailure(o, err)
	}
	return reply, err
}

// prepare completes the settings from the context.
func (c *Connection) prepare(ctx context.Context, o *calls.Options) error {
	if h := handlers.FromContext(ctx); h != nil {
		h.YieldReader()
		if h.S.M == &c.m.node {
			o.From = h
		}
	}
	if ctx.Err() != nil {
		return status.WithOutcome(status.ContextError(ctx), NotSent)
	}
	meta, want, err := handlers.Carried(ctx)
	if err != nil {
		return err
	}
	o.Meta, o.Want = meta, want
	if ready, _ := ctx.Value(waitForReadyKey{}).(bool); ready {
		o.Wait = true
	}
	return nil
}

// routed finds the route of a call on a session, and hands the call to it.
func (c *Connection) routed(ctx context.Context, s *mux.Session, key handlers.RouteKey, o *calls.Options, payload []byte) (uint64, error) {
	r, fault := s.Route(key, false, o.Of.Name)
	if fault != nil {
		return 0, fault
	}
	if fault := s.Compatible(ctx, key, r, o); fault != nil {
		return 0, fault
	}
	if size := len(payload) + o.Lent.Len(); size > s.Agreed.Message {
		return 0, tooLarge(size, s.Agreed.Message)
	}
	o.HandedTo(&s.Link)
	return r.Number, nil
}

func tooLarge(size, most int) *Error {
	return &Error{Code: TooLarge, Outcome: NotSent, Message: "the request has " + strconv.Itoa(size) + " bytes, the peer takes at most " + strconv.Itoa(most)}
}

func (c *Connection) openRoute(ctx context.Context, key handlers.RouteKey, s *handlers.Settings, payload []byte) (*streams.Stream, error) {
	if c == nil {
		return nil, errNoPeer()
	}
	o := calls.Options{Of: s, Lane: s.Lane, Timeout: s.Timeout, Retry: s.Idempotent, OutCap: s.OutCap, Callee: c.m.callees.Find(key.ID, s.Name, true), Told: c.told()}
	switch {
	case c.m.observers != nil:
		return c.observedOpen(ctx, key, o, payload)
	case len(c.m.clientInterceptors) > 0:
		return c.interceptedOpen(ctx, key, o, payload)
	}
	return c.openDirect(ctx, key, &o, payload)
}

// openDirect begins a stream, and counts a stream that could not be begun. One that was
// begun is counted at its end, by package streams.
func (c *Connection) openDirect(ctx context.Context, key handlers.RouteKey, o *calls.Options, payload []byte) (*streams.Stream, error) {
	o.Began = c.m.node.Clock.Now()
	st, err := c.openUntil(ctx, key, o, payload)
	if err != nil {
		err = c.ranOut(ctx, key, o, err)
		code, outcome := codeOf(err)
		o.Callee.Meter.Failed(code, outcome, textOf(err), c.m.node.Clock.Now())
	}
	return st, err
}

func (c *Connection) openUntil(ctx context.Context, key handlers.RouteKey, o *calls.Options, payload []byte) (*streams.Stream, error) {
	if err := c.prepare(ctx, o); err != nil {
		return nil, err
	}
	for {
		// Of each attempt its own: a stream that was refused has ended the context.
		kept, release := status.KeepDeadline(ctx)
		s, err := c.session(kept, o, o.Wait)
		var st *streams.Stream
		if err == nil {
			st, err = c.openOn(kept, s, key, o, payload, release)
		}
		if err == nil {
			return st, nil
		}
		if release != nil {
			release()
		}
		if s == nil || !c.mayGoOn(ctx, s, o, err) {
			return nil, err
		}
	}
}

// openOn begins a stream on a session, which calls release when it is over.
func (c *Connection) openOn(ctx context.Context, s *mux.Session, key handlers.RouteKey, o *calls.Options, payload []byte, release func()) (*streams.Stream, error) {
	r, fault := s.Route(key, true, o.Of.Name)
	if fault == nil {
		fault = s.Compatible(ctx, key, r, o)
	}
	if fault != nil {
		return nil, fault
	}
	if len(payload) > s.Agreed.Message {
		return nil, tooLarge(len(payload), s.Agreed.Message)
	}
	if o.OutCap == 0 {
		o.OutCap = max(r.OutCap, 1)
	}
	o.HandedTo(&s.Link)
	return s.Streams.Open(ctx, &streams.Opening{Route: r.Number, Meta: o.Meta, Want: o.Want, Payload: payload, Wait: o.Wait, From: o.From, Callee: o.Callee, Told: o.Told, Release: release, Began: o.Began, Subroute: key.Subroute}, o.Lane, r.InCap, o.OutCap)
}

// ranOut says of an error, if it is a deadline, whose it was. It costs other errors, and
// good answers, nothing.
func (c *Connection) ranOut(ctx context.Context, key handlers.RouteKey, o *calls.Options, err error) error {
	e, ok := err.(*Error)
	if !ok || e.Code != DeadlineExceeded {
		return err
	}
	late := status.Late{Peer: c.name, ID: key.ID, Name: o.Of.Name, Subroute: key.Subroute}
	began := o.Began
	if o.Deadline != 0 {
		began = o.Deadline - int64(o.Timeout)
	}
	if began != 0 {
		late.Waited = time.Duration(c.m.node.Clock.Now() - began)
	}
	if o.Deadline != 0 {
		late.Allowed = o.Timeout
	} else if deadline, limited := ctx.Deadline(); limited {
		late.Allowed = late.Waited + time.Until(deadline)
	}
	return status.RanOut(e, late)
}

// Request calls the handler id of the peer with payload and returns its response. The
// call ends with ctx, or after Limits.CallTimeout if ctx has no deadline. Until there is
// a connection it fails with ErrDisconnected, NotSent; see WaitForReady. payload is not
// kept. The response belongs to the caller, who may pass it to PutByteBuffer.
func (c *Connection) Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error) {
	return c.request(ctx, id, &byHand, bufs.Encoded{Flat: payload})
}

// request is requestRoute without a subroute. It has the same lines, so that one function less waits for the answer.
func (c *Connection) request(ctx context.Context, id HandlerID, s *handlers.Settings, msg bufs.Encoded) (reply []byte, err error) {
	if c == nil {
		return nil, errNoPeer()
	}
	var o calls.Options
	c.setOptions(&o, id, s, msg)
	key := handlers.RouteKey{ID: id}
	if !c.told() {
		return c.requestWith(ctx, key, &o, msg.Flat)
	}
	var t toldCall
	defer c.guardTold(&t, &o)
	c.beginTold(ctx, &t, key, &o, msg.Flat)
	if len(c.m.clientInterceptors) > 0 {
		reply, err = c.intercepted(t.told.Ctx, key, &o, msg.Flat)
	} else {
		reply, err = c.requestWith(t.told.Ctx, key, &o, msg.Flat)
	}
	c.endTold(&t, &o, reply, err)
	return reply, err
}

func (c *Connection) open(ctx context.Context, id HandlerID, s *handlers.Settings, payload []byte) (*streams.Stream, error) {
	return c.openRoute(ctx, handlers.RouteKey{ID: id}, s, payload)
}

func (c *Connection) buffers() *bufs.Pool {
	if c == nil {
		return &bufs.Pool{} // of nobody: every call fails
	}
	return &c.m.node.Buffers
}
