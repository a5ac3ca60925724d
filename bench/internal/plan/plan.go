// Package plan says which cells are measured, and in which order.
package plan

import (
	"regexp"
	"slices"
	"time"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/peer"
)

// Step is a cell and the peers that are measured on it.
type Step struct {
	Cell  load.Cell
	Peers []string
	// Rounds is how many are enough where figures hardly vary; 0: all.
	Rounds int
	// HalfOf, if set, is the peer that says at which rate calls are due: at half of
	// what it does in Capacity.
	HalfOf string
}

// Rounds and times of the full plan.
const (
	FullRounds = 5
	fullTime   = time.Second
	besideTime = 2 * time.Second
)

// The names that the goals need.
const (
	Base  = "tcp" // ratios are to this peer
	Grid  = "gridc"
	Reuse = "gridc-reuse"
	Bytes = "gridc-bytes"
	GRPC  = "grpc-go"
	TTRPC = "ttrpc"
	Mux   = "mux"
)

// Sessions and Streams are how many idle ones are held.
const (
	Sessions = 1024 // 32 Managers on each side
	Streams  = 10_000
)

// Full is everything: all peers, in one process, in two, and over TLS in one.
func Full() []Step {
	var steps []Step
	add := func(cells ...load.Cell) {
		for _, c := range cells {
			c.Time = fullTime
			if c.Kind == load.Beside || c.Kind == load.Due {
				c.Time = besideTime
			}
			steps = append(steps, newStep(c, names()))
		}
	}
	for _, way := range []func(load.Cell) load.Cell{plain, Split, Secure} {
		for _, c := range slices.Concat(calls(), besides(), streams(), idle(), open()) {
			add(way(c))
		}
	}
	for _, way := range []func(load.Cell) load.Cell{plain, Secure} {
		for _, c := range clusters() {
			add(way(c))
		}
	}
	for _, c := range restarts() {
		steps = append(steps, newStep(c, names()))
	}
	return steps
}

// restarts are those of one server under 64 callers, and of five nodes that call
// each other, in turn.
func restarts() []load.Cell {
	return []load.Cell{{Kind: load.Restart, Size: 512, Flight: 64, Count: 30, Time: 3 * time.Second},
		{Kind: load.Rolling, Size: 512, Flight: 20, Count: 250, Time: 5 * time.Second}}
}

// newStep is a step, with what its cell asks for.
func newStep(c load.Cell, peers []string) Step {
	s := Step{Cell: c, Peers: peers}
	if c.Kind == load.Sessions || c.Kind == load.Streams {
		s.Rounds = 1
	}
	if c.Load != "" {
		s.HalfOf = GRPC
	}
	return s
}

// Capacity is the cell that says what HalfOf can do at the most.
func (s Step) Capacity() load.Cell {
	c := s.Cell
	c.Kind, c.Load, c.PerSecond, c.Pumps, c.Flight = load.Echo, "", 0, 0, 256
	return c
}

func names() (names []string) {
	for _, p := range peer.All() {
		names = append(names, p.Name)
	}
	return names
}

// Filter keeps the cells that match and, of each, the peers that are named; no
// names keep them all. An older build of a peer takes part where the peer does.
// Peers that cannot do what a cell measures are left out.
func Filter(steps []Step, cells *regexp.Regexp, peers []string) []Step {
	var kept []Step
	for _, s := range steps {
		if !cells.MatchString(s.Cell.String()) {
			continue
		}
		s.Peers = slices.DeleteFunc(named(s.Peers, peers), func(name string) bool {
			p, ok := peer.Find(name)
			return !ok || !s.Cell.Fits(p)
		})
		if len(s.Peers) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

// named are those of all that are asked for, each followed by the builds of it
// that are.
func named(all, asked []string) []string {
	if len(asked) == 0 {
		return slices.Clone(all)
	}
	var some []string
	for _, name := range all {
		for _, a := range asked {
			if base, _ := peer.Version(a); base == name && !slices.Contains(some, a) {
				some = append(some, a)
			}
		}
	}
	return some
}

// WithHeaps measures each step with each of some heaps, one after the other.
func WithHeaps(steps []Step, mib []int) []Step {
	var all []Step
	for _, s := range steps {
		for _, n := range mib {
			s.Cell.Heap = n
			all = append(all, s)
		}
	}
	return all
}
