package grid

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/status"
)

// Group is several peers: for one call to all of them at once, or for a call to any one
// of them. It is immutable and safe for concurrent use.
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

// AllPeers returns the group of all peers: each call goes to those that are peers at that
// moment, connected or not.
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

// LetFinish returns the same group, but leaving the iteration over its answers cancels no
// calls. Use it for a write that should reach all replicas and has succeeded when a
// quorum has it. The remaining calls continue until their deadline: that of the context,
// of the handler's @timeout, or Limits.CallTimeout. The end of the context cancels all
// calls during the iteration, and none after it. Shutdown waits for them.
func (g *Group) LetFinish() *Group {
	all := *g
	all.finish = true
	return &all
}

// Names returns the peers to which a call would go now.
func (g *Group) Names() []string { return slices.Clone(g.names()) }

// Answer is the response or the error of one peer of a group.
type Answer[T any] struct {
	Peer  string
	Value T
	Err   error
	// Of is how many peers were called together, including this one. It tells early whether
	// a quorum is still possible. Code that merges the answers of several calls sets it to
	// the total, or to 0 for unknown.
	Of int
}

// CallGroup calls every peer of a group, and yields one answer for each peer, as they
// arrive. The calls begin with the iteration. Leaving it cancels the remaining calls,
// unless the group lets them finish. req may be changed after the iteration. The iterator
// may be used more than once.
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
		var payload []byte
		err := h.checkRules(req)
		if err == nil {
			payload, err = req.MarshalMsg(make([]byte, 0, codec.Room(req.Msgsize())))
			err = explained(req, err)
		}
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
		calls, cancel := context.WithCancel(status.Fenced(ctx))
		return calls, cancel, cancel
	}
	calls, cancel := context.WithCancelCause(context.WithoutCancel(status.Fenced(ctx)))
	over = func() { cancel(nil) }
	deadline, limited := ctx.Deadline()
	if limited {
		calls, over = context.WithDeadline(calls, deadline)
	}
	stop := status.WhenEnded(ctx, func(why *Error) {
		if !limited || time.Now().Before(deadline) { // the calls have the same deadline
			cancel(why.Cause)
		}
	})
	return calls, func() { stop() }, over
}

// First returns the first answer without an error, and cancels the other calls. If there
// is none, it returns all errors.
func First[T any](answers iter.Seq[Answer[T]]) (Answer[T], error) {
	good, err := Quorum(answers, 1)
	if err != nil {
		return Answer[T]{}, err
	}
	return good[0], nil
}

// Quorum returns as soon as n peers have succeeded, or as soon as so many have failed
// that n cannot succeed any more; then it returns an error and the answers so far. Either
// way it leaves the iteration, which cancels the other calls unless the group lets them
// finish. The text of the error names the peers that failed and their errors, up to 2
// KiB; errors.Is and errors.As search all of them. Its outcome is that of the failed
// calls if they agree and no other peer was called. If n is 0 or less, Quorum returns
// without a call.
func Quorum[T any](answers iter.Seq[Answer[T]], n int) ([]Answer[T], error) {
	if n <= 0 {
		return nil, nil
	}
	var good []Answer[T]
	missed := quorumMissed{needed: n}
	for a := range answers {
		missed.asked = max(missed.asked, a.Of)
		if a.Err != nil {
			missed.add(a.Peer, a.Err)
		} else if good = append(good, a); len(good) == n {
			return good, nil
		}
		if a.Of > 0 && a.Of-len(missed.faults) < n {
			break
		}
	}
	missed.good = len(good)
	return good, missed.err()
}

// Collect waits for all answers.
func Collect[T any](answers iter.Seq[Answer[T]]) []Answer[T] { return slices.Collect(answers) }

// quorumMissed is what is known of a call whose quorum is out of reach.
type quorumMissed struct {
	needed, good int
	asked        int     // peers that were called, 0 if that is not known
	faults       []error // each names its peer
	outcome      Outcome // of all faults, zero before the first
}

const (
	maxFaultText  = 256     // bytes of one peer's fault in the text
	maxFaultsText = 2 << 10 // and of all of them
)

func (q *quorumMissed) add(peer string, err error) {
	q.faults = append(q.faults, fmt.Errorf("%s: %w", peer, err))
	o := OutcomeOf(err)
	switch {
	case o == 0:
		o = MayHaveRun
	case q.outcome == 0 || q.outcome == o:
	case max(q.outcome, o) <= Rejected:
		o = Rejected
	default:
		o = MayHaveRun
	}
	q.outcome = o
}

func (q *quorumMissed) err() *Error {
	e := &Error{Code: Unavailable, Outcome: q.outcome, Cause: errors.Join(q.faults...)}
	left := q.asked - q.good - len(q.faults)
	switch {
	case q.good > 0 || left > 0:
		e.Outcome = MayHaveRun
	case len(q.faults) == 0:
		e.Outcome = NotSent
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d of %d answers that were needed", q.good, q.needed)
	if left > 0 {
		fmt.Fprintf(&text, ", and %d still to come", left)
	}
	q.list(&text)
	e.Message = text.String()
	return e
}

// list writes what each peer said, as far as there is room.
func (q *quorumMissed) list(text *strings.Builder) {
	if len(q.faults) == 0 {
		text.WriteString(": there are no more peers")
		return
	}
	sep, most := ": ", text.Len()+maxFaultsText
	for i, fault := range q.faults {
		said := status.Shortened(fault.Error(), maxFaultText)
		if text.Len()+len(sep)+len(said) > most {
			fmt.Fprintf(text, "; and %d more", len(q.faults)-i)
			return
		}
		text.WriteString(sep + said)
		sep = "; "
	}
}
