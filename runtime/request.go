package grid

import (
	"context"
	"strconv"
	"time"
)

// requestRoute makes one call. An idempotent one is made again, as a new call
// within the same deadline, when its connection is lost; nothing else is.
func (c *Connection) requestRoute(ctx context.Context, key routeKey, o callSettings, payload []byte) ([]byte, error) {
	if c == nil {
		return nil, errNoPeer()
	}
	if len(c.m.clientInterceptors) > 0 {
		return c.intercepted(ctx, key, o, payload)
	}
	return c.requestDirect(ctx, key, &o, payload)
}

func (c *Connection) requestDirect(ctx context.Context, key routeKey, o *callSettings, payload []byte) ([]byte, error) {
	if err := c.prepare(ctx, o); err != nil {
		return nil, err
	}
	if err := o.limit(ctx, &c.m.node); err != nil {
		return nil, err
	}
	s, err := c.session(ctx, o, false)
	if err == nil {
		var reply []byte
		if reply, err = c.requestOn(ctx, s, key, o, payload); err == nil {
			return reply, nil
		}
	}
	if c.mayGoOn(ctx, s, o, err) {
		return c.requestUntil(ctx, key, o, payload, err)
	}
	return nil, err
}

// limit sets the one deadline of a call, for its caller, on the wire and so for its
// handler: the earlier one of the context's and the handler's, or the default
// where there is neither.
func (o *callSettings) limit(ctx context.Context, n *node) *Error {
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		if left <= 0 {
			return withOutcome(deadlinePassed(), NotSent)
		}
		if o.timeout == 0 || left < o.timeout {
			o.timeout = left
		}
	}
	if o.timeout == 0 {
		o.timeout = n.limits.CallTimeout
	}
	o.timeout = min(o.timeout, maxTimeout) // what is longer overflows the clock
	o.deadline = n.clock.now() + int64(o.timeout)
	return nil
}

// prepare completes the settings from the context.
func (c *Connection) prepare(ctx context.Context, o *callSettings) error {
	if h := fromContext(ctx); h != nil {
		h.yieldReader()
		if h.s.m == &c.m.node {
			o.from = h
		}
	}
	if ctx.Err() != nil {
		return withOutcome(contextError(ctx), NotSent)
	}
	meta, err := outgoingMetadata(ctx)
	if err != nil {
		return err
	}
	o.meta = meta
	if ready, _ := ctx.Value(waitForReadyKey{}).(bool); ready {
		o.wait = true
	}
	return nil
}

// requestOn makes one call on a session.
func (c *Connection) requestOn(ctx context.Context, s *session, key routeKey, o *callSettings, payload []byte) ([]byte, error) {
	r, fault := s.route(key, false, o.name)
	if fault != nil {
		return nil, fault
	}
	if fault := s.compatible(ctx, key, r, o); fault != nil {
		return nil, fault
	}
	if size := len(payload) + o.lent.Len(); size > s.agreed.message {
		return nil, tooLarge(size, s.agreed.message)
	}
	return s.calls.request(ctx, r.number, o, payload)
}

func tooLarge(size, most int) *Error {
	return &Error{Code: TooLarge, Outcome: NotSent, Message: "the request has " + strconv.Itoa(size) + " bytes, the peer takes at most " + strconv.Itoa(most)}
}

func (c *Connection) openRoute(ctx context.Context, key routeKey, o callSettings, payload []byte) (*stream, error) {
	if c == nil {
		return nil, errNoPeer()
	}
	if len(c.m.clientInterceptors) > 0 {
		return c.interceptedOpen(ctx, key, o, payload)
	}
	return c.openDirect(ctx, key, &o, payload)
}

func (c *Connection) openDirect(ctx context.Context, key routeKey, o *callSettings, payload []byte) (*stream, error) {
	if err := c.prepare(ctx, o); err != nil {
		return nil, err
	}
	for {
		s, err := c.session(ctx, o, o.wait)
		if err != nil {
			return nil, err
		}
		st, err := c.openOn(ctx, s, key, o, payload)
		if err == nil || !c.mayGoOn(ctx, s, o, err) {
			return st, err
		}
	}
}

// openOn begins a stream on a session.
func (c *Connection) openOn(ctx context.Context, s *session, key routeKey, o *callSettings, payload []byte) (*stream, error) {
	r, fault := s.route(key, true, o.name)
	if fault == nil {
		fault = s.compatible(ctx, key, r, o)
	}
	if fault != nil {
		return nil, fault
	}
	if len(payload) > s.agreed.message {
		return nil, tooLarge(len(payload), s.agreed.message)
	}
	if o.outCap == 0 {
		o.outCap = max(r.outCap, 1)
	}
	return s.streams.open(ctx, &opening{route: r.number, meta: o.meta, payload: payload, wait: o.wait, from: o.from}, o.lane, r.inCap, o.outCap)
}

// Request calls the handler id of the peer with payload and returns its answer.
// The call ends with ctx, or after Limits.CallTimeout where ctx has no deadline.
// Until there is a connection it fails with ErrDisconnected, NotSent; see
// WaitForReady. payload is not kept. The answer belongs to the caller, who may
// give it to PutByteBuffer.
func (c *Connection) Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error) {
	return c.request(ctx, id, callSettings{}, payload)
}
