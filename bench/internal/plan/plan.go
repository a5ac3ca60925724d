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
}

// Rounds and times of the two plans.
const (
	FullRounds  = 5
	QuickRounds = 3
	fullTime    = time.Second
	quickTime   = 180 * time.Millisecond
	besideTime  = 2 * time.Second
	quickBeside = 700 * time.Millisecond
)

// The names that the goals need.
const (
	Base  = "tcp" // ratios are to this peer
	Grid  = "gridc"
	Reuse = "gridc-reuse"
	Bytes = "gridc-bytes"
	GRPC  = "grpc-go"
	Mux   = "mux"
)

// Sessions and Streams are how many idle ones are held.
const (
	Sessions = 1024 // 32 Managers on each side
	Streams  = 10_000
)

// Quick is what the goals need, and no more.
func Quick() []Step {
	all := []string{Base, Grid, GRPC}
	var steps []Step
	add := func(cells ...load.Cell) {
		for _, c := range cells {
			c.Time = quickTime
			if c.Kind == load.Beside {
				c.Time = quickBeside
			}
			steps = append(steps, Step{Cell: c, Peers: all})
		}
	}
	add(Unary()...)
	add(besides()...)
	for _, size := range []int{512, 64 << 10} {
		add(load.Cell{Kind: load.Down, Size: size}, load.Cell{Kind: load.Up, Size: size})
	}
	for _, c := range Unary() {
		c.Split = true
		add(c)
	}
	steps[0].Peers = append(slices.Clone(all), Bytes)
	for i := range 3 {
		steps[i].Peers = append(slices.Clone(steps[i].Peers), Mux)
	}
	for i, s := range steps {
		if isReused(s.Cell) {
			steps[i].Peers = append(slices.Clone(s.Peers), Reuse)
		}
	}
	for _, c := range idle() {
		steps = append(steps, Step{Cell: c, Peers: all, Rounds: 1})
	}
	return steps
}

// isReused reports whether the quick plan measures a cell with @reuse as well:
// where goals are about one process, and messages are what costs.
func isReused(c load.Cell) bool {
	return !c.Split && (c.Kind == load.Echo || c.Kind == load.Down || c.Kind == load.Up)
}

// Unary are the calls that goals are about.
func Unary() []load.Cell {
	return []load.Cell{
		{Kind: load.Echo, Size: 512, Flight: 1},
		{Kind: load.Echo, Size: 512, Flight: 16},
		{Kind: load.Echo, Size: 512, Flight: 256},
		{Kind: load.Echo, Size: 64 << 10, Flight: 1},
		{Kind: load.Echo, Size: 1 << 20, Flight: 16},
	}
}

func besides() []load.Cell {
	return []load.Cell{
		{Kind: load.Beside, Size: 512, Pumps: 2},
		{Kind: load.Beside, Size: 512, Pumps: 1, Procs: 8},
	}
}

func idle() []load.Cell {
	return []load.Cell{
		{Kind: load.Sessions, Count: Sessions},
		{Kind: load.Streams, Count: Streams},
	}
}

// Full is everything: all peers, in one process and in two.
func Full() []Step {
	var steps []Step
	for _, split := range []bool{false, true} {
		for _, c := range slices.Concat(calls(), besides(), streams(), idle()) {
			c.Split, c.Time = split, fullTime
			if c.Kind == load.Beside {
				c.Time = besideTime
			}
			step := Step{Cell: c, Peers: names()}
			if c.Count > 0 {
				step.Rounds = 1
			}
			steps = append(steps, step)
		}
	}
	return steps
}

func calls() (cells []load.Cell) {
	for _, size := range []int{0, 512, 4 << 10, 64 << 10, 1 << 20} {
		for _, flight := range []int{1, 16, 256} {
			cells = append(cells, load.Cell{Kind: load.Echo, Size: size, Flight: flight})
		}
	}
	return cells
}

func streams() (cells []load.Cell) {
	for _, kind := range []load.Kind{load.Down, load.Up, load.PingPong, load.Duplex} {
		for _, size := range []int{512, 64 << 10} {
			cells = append(cells, load.Cell{Kind: kind, Size: size})
		}
	}
	return cells
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
