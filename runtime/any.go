package grid

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/status"
)

// Policy decides at which peers a call is tried, and in which order. It gets the
// connected peers, in the order of their group, and may change and return that slice. It
// is called for each call, concurrently. Package pick has policies.
type Policy func(ctx context.Context, connected []*Connection) []*Connection

// Any returns a Caller that makes each call at one peer of the group. The policy chooses
// among those that are connected; a nil policy takes the first of the group. If a call
// was not sent, or was rejected before the handler, it is tried at the next peer, within
// the same deadline. A call that may have run is not, unless its handler is idempotent
// and the connection was lost. When no peer is left, the call fails with the last error;
// with WaitForReady it waits until another peer is connected.
//
// A stream stays at the peer where it was opened; if that peer rejects it later, that is
// the error of the stream. Interceptors and observers see each attempt as a call.
func (g *Group) Any(policy Policy) Caller {
	name, fault := joinSubroute(g.subroute)
	if fault != nil {
		fault = status.WithOutcome(fault, NotSent)
	}
	return &anyCaller{m: g.m, names: g.names, policy: policy, subroute: name, fault: fault}
}

// anyCaller makes calls at any peer of a group.
type anyCaller struct {
	m        *Manager
	names    func() []string
	policy   Policy
	subroute string
	fault    *Error // every call fails with it, nil: none
}

// Subroute implements Caller.
func (a *anyCaller) Subroute(names ...string) Caller {
	sub, joined := *a, (&subConnection{subroute: a.subroute, fault: a.fault}).Subroute(names...).(*subConnection)
	sub.subroute, sub.fault = joined.subroute, joined.fault
	return &sub
}

// Request implements Caller.
func (a *anyCaller) Request(ctx context.Context, id HandlerID, payload []byte) ([]byte, error) {
	return a.request(ctx, id, &byHand, bufs.Encoded{Flat: payload})
}

// NewStream implements Caller.
func (a *anyCaller) NewStream(ctx context.Context, id HandlerID, payload []byte) (*Stream, error) {
	return newChannelStream(ctx, a, id, payload)
}

func (a *anyCaller) buffers() *bufs.Pool { return &a.m.node.Buffers }

func (a *anyCaller) exposed() bool { return len(a.m.clientInterceptors) > 0 }

func (a *anyCaller) request(ctx context.Context, id HandlerID, s *handlers.Settings, msg bufs.Encoded) (reply []byte, err error) {
	t := a.tries(ctx, s)
	t.most = cmp.Or(s.Timeout, a.m.node.Limits.CallTimeout)
	defer t.end()
	for t.next(err) {
		if reply, err = t.at.requestRoute(t.ctx, handlers.RouteKey{ID: id, Subroute: a.subroute}, t.once, msg); err == nil {
			return reply, nil
		}
	}
	return nil, doubtful(t.err, t.doubt)
}

func (a *anyCaller) open(ctx context.Context, id HandlerID, s *handlers.Settings, payload []byte) (st *streams.Stream, err error) {
	t := a.tries(ctx, s)
	for t.next(err) {
		if st, err = t.at.openRoute(t.ctx, handlers.RouteKey{ID: id, Subroute: a.subroute}, t.once, payload); err == nil {
			return st, nil
		}
	}
	return nil, doubtful(t.err, t.doubt)
}

// tries are the attempts of one call.
type tries struct {
	a     *anyCaller
	ctx   context.Context
	once  *handlers.Settings // of one attempt
	wait  bool               // for somebody to be connected
	retry bool               // also what may have run

	began  int64         // by the Manager's clock
	most   time.Duration // that all attempts of a call may take; 0: of a stream, see ctx
	cancel context.CancelFunc

	left  []*Connection // that were not tried yet
	at    *Connection   // the next attempt is made there
	err   error         // of the last attempt
	doubt bool          // one of them may have run
}

// tries begins the attempts of a call. What the settings say of waiting and retrying is for
// the whole, and not for one attempt.
func (a *anyCaller) tries(ctx context.Context, s *handlers.Settings) *tries {
	t := &tries{a: a, ctx: ctx, once: s, retry: s.Idempotent, began: a.m.node.Clock.Now()}
	if t.retry {
		once := *s
		once.Idempotent = false
		t.once = &once
	}
	if t.wait, _ = ctx.Value(waitForReadyKey{}).(bool); t.wait {
		t.ctx = context.WithValue(ctx, waitForReadyKey{}, false)
	}
	if a.fault != nil {
		t.err, t.wait = a.fault, false
		return t
	}
	t.err = &Error{Code: Disconnected, Outcome: NotSent, Message: "no peer of the group is connected"}
	t.left = a.connected(ctx)
	return t
}

// limit gives what comes what is left of the time of the call: only now does that cost a
// timer.
func (t *tries) limit() {
	if t.most == 0 || t.cancel != nil {
		return
	}
	passed := time.Duration(t.a.m.node.Clock.Now() - t.began)
	t.ctx, t.cancel = context.WithTimeout(status.Fenced(t.ctx), t.most-passed)
}

func (t *tries) end() {
	if t.cancel != nil {
		t.cancel()
	}
}

// next finds the peer for the next attempt, after one that has failed with err; nil before
// the first.
func (t *tries) next(err error) bool {
	if err != nil {
		t.err = err
		t.doubt = t.doubt || OutcomeOf(err) == MayHaveRun
		if !t.mayGoOn(err) {
			return false
		}
		t.limit()
	}
	if len(t.left) == 0 && !(t.wait && isPassing(t.err) && t.await()) {
		return false
	}
	t.at, t.left = t.left[0], t.left[1:]
	return true
}

// mayGoOn reports whether a call that failed with err may be made elsewhere.
func (t *tries) mayGoOn(err error) bool {
	var e *Error
	if t.ctx.Err() != nil || !errors.As(err, &e) {
		return false
	}
	switch e.Outcome {
	case NotSent, Rejected:
		return true
	case MayHaveRun:
		return t.retry && e.Code == Disconnected && !e.Remote
	}
	return false
}

// isPassing reports whether a failure may be over when somebody else is connected.
func isPassing(err error) bool {
	return errors.Is(err, ErrDisconnected) || errors.Is(err, ErrUnavailable)
}

// connected returns the peers that a call can be made at now, in the order of the policy.
func (a *anyCaller) connected(ctx context.Context) []*Connection {
	names := a.names()
	all := make([]*Connection, 0, len(names))
	for _, name := range names {
		if c := a.m.Connection(name); c != nil {
			if s := c.live.Load(); s != nil && !s.PeerDraining.Load() {
				all = append(all, c)
			}
		}
	}
	if a.policy == nil || len(all) == 0 {
		return all
	}
	return a.policy(ctx, all)
}

// awaitMembers is how often somebody who waits looks whether the group has other members.
const awaitMembers = time.Second

// await waits until somebody is connected, and reports whether that is so. It does not wait
// while all refuse this node, which waiting does not mend.
func (t *tries) await() bool {
	t.limit()
	mux.YieldReader(t.ctx)
	leaving := t.a.m.leaving
	if h := handlers.FromContext(t.ctx); h != nil && h.S.M == &t.a.m.node && h.Running() {
		leaving = nil
	}
	for {
		changes, hopeless := t.a.changes()
		if t.left = t.a.connected(t.ctx); len(t.left) > 0 {
			return true
		}
		if hopeless != nil {
			t.err = hopeless
			return false
		}
		tick := time.NewTimer(awaitMembers)
		changes = append(changes, receiveFrom(tick.C), receiveFrom(t.ctx.Done()), receiveFrom(leaving))
		i, _, _ := reflect.Select(changes)
		tick.Stop()
		switch i {
		case len(changes) - 1:
			t.err = link.ErrLeaving
			return false
		case len(changes) - 2:
			e := status.WithOutcome(status.ContextError(t.ctx), NotSent)
			e.Message = fmt.Sprintf("still no peer of the group is connected; the last one failed with: %v", t.err)
			t.err = e
			return false
		}
	}
}

func receiveFrom(ch any) reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
}

// changes are the channels that tell when the state of a peer changes. hopeless is why none
// of them will be connected, nil where one may be.
func (a *anyCaller) changes() (all []reflect.SelectCase, hopeless error) {
	for _, name := range a.names() {
		c := a.m.Connection(name)
		switch state, changed := c.Changes(); {
		case c == nil:
			hopeless = errNoPeer()
		case state.Phase == Closed, state.refused():
			hopeless = c.disconnected()
		default:
			all = append(all, receiveFrom(changed))
		}
	}
	if len(all) > 0 {
		hopeless = nil
	}
	return all, hopeless
}
