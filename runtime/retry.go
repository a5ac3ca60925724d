package grid

import (
	"context"
	"errors"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/status"
)

// requestUntil makes new calls until one has an outcome that stands, after one that
// has failed with an error. Only here does a call cost a timer.
func (c *Connection) requestUntil(ctx context.Context, key handlers.RouteKey, o *calls.Options, payload []byte, err error) ([]byte, error) {
	ctx, cancel := context.WithTimeout(status.Fenced(ctx), time.Duration(o.Deadline-c.m.node.Clock.Now()))
	defer cancel()
	doubt := false
	for {
		doubt = doubt || OutcomeOf(err) == MayHaveRun
		s, absent := c.session(ctx, o, true)
		if absent != nil {
			return nil, doubtful(absent, doubt)
		}
		var route uint64
		if route, err = c.routed(ctx, s, key, o, payload); err == nil {
			var reply []byte
			if reply, err = s.Calls.Request(ctx, route, o, payload); err == nil {
				return reply, nil
			}
		}
		if !c.mayGoOn(ctx, s, o, err) {
			return nil, doubtful(err, doubt)
		}
	}
}

// doubtful is the error of a call that was made several times, given that of the last
// attempt. If doubt says that an earlier attempt may have run, so does the error: the last
// attempt knows only of itself.
func doubtful(err error, doubt bool) error {
	var e *Error
	if doubt && errors.As(err, &e) && (e.Outcome == NotSent || e.Outcome == Rejected) {
		return status.WithOutcome(e, MayHaveRun)
	}
	return err
}

// mayGoOn reports whether a call that failed with err may be made again on the next
// session: one that waits for a connection, if it was not sent, or refused by a peer
// that is shutting down; an idempotent one, if it may have run. s is the session
// that it failed on, or nil if there was none.
func (c *Connection) mayGoOn(ctx context.Context, s *mux.Session, o *calls.Options, err error) bool {
	var e *Error
	if !errors.As(err, &e) || ctx.Err() != nil || c.m.isShut() && !o.From.Running() {
		return false
	}
	select {
	case <-c.closed:
		return false
	default:
	}
	switch e.Outcome {
	case NotSent:
		return o.Wait && !e.Remote && (e.Code == Disconnected || e.Code == Unavailable)
	case Rejected:
		return o.Wait && s != nil && s.PeerDraining.Load() && e.Remote && e.Code == Unavailable
	case MayHaveRun:
		o.Wait = o.Wait || o.Retry
		return o.Retry && e.Code == Disconnected && !e.Remote
	}
	return false
}

// session returns the session to call on. With wait it waits until there is one whose peer
// is not leaving. It does not wait while one end refuses the other, which waiting does not
// mend, nor once this node is leaving.
func (c *Connection) session(ctx context.Context, o *calls.Options, wait bool) (*mux.Session, error) {
	if s := c.live.Load(); s != nil && !wait {
		return s, nil
	}
	return c.awaitSession(ctx, o, wait)
}

func (c *Connection) awaitSession(ctx context.Context, o *calls.Options, wait bool) (*mux.Session, error) {
	leaving := c.m.leaving
	if o.From.Running() {
		leaving = nil
	}
	for {
		s := c.live.Load()
		switch {
		case s != nil && !(wait && s.PeerDraining.Load()):
			return s, nil
		case !wait:
			return nil, c.disconnected()
		}
		state, changed := c.Changes()
		switch {
		case c.live.Load() != s:
			continue
		case state.Phase == Closed, state.refused():
			return nil, c.disconnected()
		}
		select {
		case <-changed:
		case <-leaving:
			return nil, link.ErrLeaving
		case <-ctx.Done():
			return nil, state.missed(ctx, c.name)
		}
	}
}
