package grid

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/status"
)

// Group makes the same call to many peers at once. It is immutable and safe for
// concurrent use.
type Group struct {
	m        *Manager
	names    func() []string
	subroute []string
	finish   bool // leaving the iteration cancels nothing
}

// Group returns the group of these peers. The node itself may be among them. A
// peer that is named twice is called once: in a quorum it counts once.
func (m *Manager) Group(names ...string) *Group {
	names = unique(names)
	return &Group{m: m, names: func() []string { return names }}
}

// AllPeers returns a group that follows the membership: each call goes to those
// who are peers at that moment, connected or not.
func (m *Manager) AllPeers() *Group { return &Group{m: m, names: m.Peers} }

// unique returns the names without those that were there before.
func unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	out := make([]string, 0, len(names))
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// Subroute returns the same group for the handlers registered under these names.
func (g *Group) Subroute(names ...string) *Group {
	sub := *g
	sub.subroute = append(slices.Clone(g.subroute), names...)
	return &sub
}

// LetFinish returns the same group, but leaving the iteration over its answers
// cancels nothing: the calls that are left go on until their deadline, which is
// that of the context, or the handler's @timeout, or Limits.CallTimeout. A write
// that is to reach all replicas, and is good once a quorum has it, needs that.
// Once the iteration was left, also the end of the context cancels them no more;
// before, it cancels all, as without LetFinish. Shutdown waits for them.
func (g *Group) LetFinish() *Group {
	all := *g
	all.finish = true
	return &all
}

// Names returns the peers that a call would go to now.
func (g *Group) Names() []string { return slices.Clone(g.names()) }

// Answer is what one peer of a group said.
type Answer[T any] struct {
	Peer  string
	Value T
	Err   error
	// Of is how many peers were called together, this one included, so that it can
	// be known before the last answer what is out of reach. Who puts the answers of
	// several calls together sets it to the number of all, or to 0: not known.
	Of int
}

// CallGroup calls every peer of a group, and yields the answers as they arrive,
// one for each peer. The calls begin when the iteration does; leaving it cancels
// those that are left, unless the group lets them finish. req may be changed when
// the iteration is over. The iterator may be used more than once.
func (h *SingleHandler[Req, Resp]) CallGroup(ctx context.Context, g *Group, req Req) iter.Seq[Answer[Resp]] {
	return func(yield func(Answer[Resp]) bool) {
		mux.YieldReader(ctx)
		names := g.names()
		if len(names) == 0 {
			return
		}
		ctx, leave, over := g.context(ctx)
		defer leave()
		// Encoded once for all, and into memory of its own: calls that are left go on
		// for a moment after the iteration, or longer.
		payload, err := req.MarshalMsg(make([]byte, 0, codec.Room(req.Msgsize())))
		answers := make(chan Answer[Resp], len(names)) // room for all: nobody is left blocked
		var left atomic.Int64
		left.Store(int64(len(names)))
		for _, name := range names {
			answered := func(a Answer[Resp]) {
				a.Peer, a.Of = name, len(names)
				answers <- a
				if left.Add(-1) == 0 {
					over()
				}
			}
			g.m.node.Spawn("call of a group", func() {
				var a Answer[Resp]
				a.Value, a.Err = h.call(ctx, g.m.Connection(name).Subroute(g.subroute...), bufs.Encoded{Flat: payload}, err)
				answered(a)
			}, func(e *Error) { answered(Answer[Resp]{Err: status.WithOutcome(e, MayHaveRun)}) })
		}
		for range names {
			if !yield(<-answers) {
				return
			}
		}
	}
}

// context returns the context of the calls, what to do when the iteration is
// left, and what when the last of the calls is over.
func (g *Group) context(ctx context.Context) (calls context.Context, leave, over func()) {
	if !g.finish {
		calls, cancel := context.WithCancel(ctx)
		return calls, cancel, cancel
	}
	calls, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	over = func() { cancel(nil) }
	deadline, limited := ctx.Deadline()
	if limited {
		calls, over = context.WithDeadline(calls, deadline)
	}
	stop := context.AfterFunc(ctx, func() {
		why := status.ContextError(ctx)
		if !limited || why.Code != status.DeadlineExceeded { // the calls have the same deadline
			cancel(why.Cause)
		}
	})
	return calls, func() { stop() }, over
}
