package grid

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Group makes the same call to many peers at once. It is immutable and safe for
// concurrent use.
type Group struct {
	m        *Manager
	names    func() []string
	subroute []string
}

// Group returns the group of these peers. The node itself may be among them.
func (m *Manager) Group(names ...string) *Group {
	names = slices.Clone(names)
	return &Group{m: m, names: func() []string { return names }}
}

// AllPeers returns a group that follows the membership: each call goes to those
// who are peers at that moment, connected or not.
func (m *Manager) AllPeers() *Group { return &Group{m: m, names: m.Peers} }

// Subroute returns the same group for the handlers registered under these names.
func (g *Group) Subroute(names ...string) *Group {
	return &Group{m: g.m, names: g.names, subroute: append(slices.Clone(g.subroute), names...)}
}

// Names returns the peers that a call would go to now.
func (g *Group) Names() []string { return slices.Clone(g.names()) }

// Answer is what one peer of a group said.
type Answer[T any] struct {
	Peer  string
	Value T
	Err   error
}

// CallGroup calls every peer of a group, and yields the answers as they arrive,
// one for each peer. The calls begin when the iteration does; leaving it cancels
// those that are left. req may be changed when the iteration is over. The iterator
// may be used more than once.
func (h *SingleHandler[Req, Resp]) CallGroup(ctx context.Context, g *Group, req Req) iter.Seq[Answer[Resp]] {
	return func(yield func(Answer[Resp]) bool) {
		yieldReader(ctx)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		// Encoded once for all, and into memory of its own: calls that are left go on
		// for a moment after the iteration.
		payload, err := req.MarshalMsg(make([]byte, 0, req.Msgsize()))
		names := g.names()
		answers := make(chan Answer[Resp], len(names)) // room for all: nobody is left blocked
		for _, name := range names {
			g.m.goroutines.Go(func() {
				a := Answer[Resp]{Peer: name}
				a.Value, a.Err = h.call(ctx, g.m.Connection(name).Subroute(g.subroute...), encoded{flat: payload}, err)
				answers <- a
			})
		}
		for range names {
			if !yield(<-answers) {
				return
			}
		}
	}
}

// First returns the first good answer, canceling the other calls, or all errors.
func First[T any](answers iter.Seq[Answer[T]]) (Answer[T], error) {
	good, err := Quorum(answers, 1)
	if err != nil {
		return Answer[T]{}, err
	}
	return good[0], nil
}

// Quorum returns as soon as n peers have given good answers, canceling the other
// calls. With fewer good answers it returns those, and an error that joins what
// the others said.
func Quorum[T any](answers iter.Seq[Answer[T]], n int) ([]Answer[T], error) {
	var good []Answer[T]
	var faults []error
	if n <= 0 {
		return nil, nil
	}
	for a := range answers {
		if a.Err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", a.Peer, a.Err))
			continue
		}
		if good = append(good, a); len(good) == n {
			return good, nil
		}
	}
	missed := &Error{Code: Unavailable, Message: fmt.Sprintf("%d of %d answers that were needed", len(good), n), cause: errors.Join(faults...)}
	if len(faults) > 0 {
		missed.Message += ": " + faults[0].Error()
	}
	return good, missed
}

// Collect waits for all answers.
func Collect[T any](answers iter.Seq[Answer[T]]) []Answer[T] { return slices.Collect(answers) }
