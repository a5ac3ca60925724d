package grid

import (
	"context"
	"errors"
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
	if o.timeout == 0 {
		o.timeout = c.m.limits.CallTimeout
		if deadline, ok := ctx.Deadline(); ok {
			o.timeout = time.Until(deadline) // the context says, even if it says later
		}
	}
	o.timeout = min(o.timeout, maxTimeout) // what is longer overflows the clock
	o.deadline = c.m.clock.now() + int64(o.timeout)
	if o.wait {
		return c.requestUntil(ctx, time.Now().Add(o.timeout), key, o, payload, false)
	}
	reply, err := c.requestOnce(ctx, key, o, payload)
	if err != nil && c.mayRetry(ctx, o, err) {
		o.wait = true
		left := time.Duration(o.deadline - c.m.clock.now())
		return c.requestUntil(ctx, time.Now().Add(left), key, o, payload, OutcomeOf(err) == MayHaveRun)
	}
	return reply, err
}

// requestUntil makes new calls until one has an outcome that stands. doubt says
// that one before may have run. Only here does a call cost a timer.
func (c *Connection) requestUntil(ctx context.Context, deadline time.Time, key routeKey, o *callSettings, payload []byte, doubt bool) ([]byte, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	for {
		reply, err := c.requestOnce(ctx, key, o, payload)
		if err == nil {
			return reply, nil
		}
		if !c.mayRetry(ctx, o, err) {
			return nil, doubtful(err, doubt)
		}
		doubt = doubt || OutcomeOf(err) == MayHaveRun
	}
}

// doubtful is the error of the last of several calls that were one for their
// caller: where one before may have run, the last cannot say that none did.
func doubtful(err error, doubt bool) error {
	var e *Error
	if doubt && errors.As(err, &e) && (e.Outcome == NotSent || e.Outcome == Rejected) {
		return e.withOutcome(MayHaveRun)
	}
	return err
}

// mayRetry reports whether a call that failed with err may be made again: one
// that may have run if it is idempotent, one that was not sent, because the
// session ended between its choice and its use, if it waits for a connection.
func (c *Connection) mayRetry(ctx context.Context, o *callSettings, err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Code != Disconnected || e.Remote || ctx.Err() != nil {
		return false
	}
	select {
	case <-c.closed:
		return false
	default:
		return o.retry && e.Outcome == MayHaveRun || o.wait && e.Outcome == NotSent
	}
}

// prepare completes the settings from the context.
func (c *Connection) prepare(ctx context.Context, o *callSettings) error {
	if h := fromContext(ctx); h != nil {
		h.yieldReader()
	}
	if err := ctx.Err(); err != nil {
		return contextError(err).withOutcome(NotSent)
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

func (c *Connection) requestOnce(ctx context.Context, key routeKey, o *callSettings, payload []byte) ([]byte, error) {
	s, err := c.session(ctx, o.wait)
	if err != nil {
		return nil, err
	}
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
		st, err := c.openOnce(ctx, key, o, payload)
		if err == nil || !o.wait || !c.mayRetry(ctx, o, err) {
			return st, err
		}
		c.awaitFarewell(ctx)
	}
}

func (c *Connection) openOnce(ctx context.Context, key routeKey, o *callSettings, payload []byte) (*stream, error) {
	s, err := c.session(ctx, o.wait)
	if err != nil {
		return nil, err
	}
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
	return s.streams.open(ctx, &opening{route: r.number, meta: o.meta, payload: payload}, o.lane, r.inCap, o.outCap)
}

// Request calls the handler id of the peer with payload and returns its answer.
// The call ends with ctx, or after Limits.CallTimeout where ctx has no deadline.
// Until there is a connection it fails with ErrDisconnected, NotSent; see
// WaitForReady. payload is not kept. The answer belongs to the caller, who may
// give it to PutByteBuffer.
func (c *Connection) Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error) {
	return c.request(ctx, id, callSettings{}, payload)
}
