package sim

import (
	"slices"
	"time"
)

// Weather is a kind of fault.
type Weather uint8

// The kinds of faults.
const (
	Cut       Weather = iota // connections of two nodes break, and are refused
	Partition                // silence between two nodes
	OneWay                   // silence from A to B
	Stall                    // a node is suspended
	Crash                    // a node is killed
	Vanish                   // a node is killed and nobody is told
	Stop                     // a node is shut down in good order
	Blink                    // connections of two nodes break once
	weatherCount
)

// String names the weather.
func (w Weather) String() string {
	return [...]string{"cut", "partition", "one-way partition", "stall", "crash", "vanish", "shutdown", "blink"}[w]
}

// FaultPlan is one fault, which ends after Lasts: nodes that are down then start
// again.
type FaultPlan struct {
	Kind  Weather
	A, B  string // B is empty where it is about one node
	At    time.Duration
	Lasts time.Duration
	Limit time.Duration // of a shutdown
}

func (f *FaultPlan) touches(a, b string) bool {
	if f.B == "" {
		return f.A == a || f.A == b
	}
	return f.A == a && f.B == b || f.A == b && f.B == a
}

// silent reports whether it keeps a and b from hearing of each other.
func (f *FaultPlan) silent(a, b string) bool {
	return f.touches(a, b) && (f.Kind == Partition || f.Kind == OneWay || f.Kind == Stall)
}

// conflicts reports whether two faults cannot be told apart.
func (f *FaultPlan) conflicts(g *FaultPlan) bool {
	same := f.A == g.A && f.B == g.B || f.A == g.B && f.B == g.A
	const margin = time.Second
	return same && f.At < g.At+g.Lasts+margin && g.At < f.At+f.Lasts+margin
}

// faults draws the weather: none in some worlds, so that what works is seen to
// work.
func (d *planner) faults() {
	if d.chance(4) {
		return
	}
	for range 1 + d.IntN(3) {
		f := FaultPlan{Kind: Weather(d.IntN(int(weatherCount))), At: d.duration(0, d.p.Length)}
		f.A, f.B = d.pair()
		f.Lasts = d.duration(time.Millisecond, 3*time.Second)
		if d.chance(8) {
			f.Lasts = d.duration(5*time.Second, 70*time.Second)
		}
		switch f.Kind {
		case Stop:
			f.Limit = d.duration(time.Microsecond, 5*time.Second)
			f.Lasts = max(f.Lasts, f.Limit+2*time.Second)
			f.B = ""
		case Stall, Crash, Vanish:
			f.B = ""
		case Blink:
			f.Lasts = 0
		}
		if !slices.ContainsFunc(d.p.Faults, func(g FaultPlan) bool { return f.conflicts(&g) }) {
			d.p.Faults = append(d.p.Faults, f)
		}
	}
}

// long reports whether a fault lasts longer than the runtime may take to notice.
func (d *planner) long() bool {
	return slices.ContainsFunc(d.p.Faults, func(f FaultPlan) bool { return f.Lasts > 35*time.Second })
}
