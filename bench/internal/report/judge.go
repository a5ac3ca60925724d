package report

import (
	"fmt"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

// Goal is something to reach, and what was measured. It is judged by the default
// stubs.
type Goal struct {
	Name string `json:"name"`
	Want string `json:"want"`
	Got  string `json:"got"`
	Pass bool   `json:"pass"`
	// Reuse is Got with @reuse; empty where that was not measured.
	Reuse string `json:"reuse,omitempty"`
	// Verdict is "pass" or "miss"; a miss may be a "pass with @reuse".
	Verdict string `json:"verdict"`
}

func verdict(pass bool) string {
	if pass {
		return "pass"
	}
	return "miss"
}

// verdicts collects goals; what was not measured is left out.
type verdicts struct {
	r     *Results
	older string // the build of gridc that some goals are ratios to
	heap  int    // of the processes that are judged, MiB
	goals []Goal
}

// name is that of a cell as it is judged.
func (v *verdicts) name(c load.Cell) string {
	c.Heap = v.heap
	return c.String()
}

// figure is something measured, if it was.
type figure struct {
	value    float64
	measured bool
}

// scaled is another unit of a figure.
func (f figure) scaled(by float64) figure { return figure{f.value * by, f.measured} }

// stat is a peer's median in a cell.
func (v *verdicts) stat(c load.Cell, peer, metric string) figure {
	s, ok := v.r.Stat(v.name(c), peer, metric)
	return figure{s.Median, ok}
}

// count is stat for what is counted. It keeps one digit: averages over many calls
// carry crumbs of the rest of the process.
func (v *verdicts) count(c load.Cell, peer, metric string) figure {
	f := v.stat(c, peer, metric)
	return figure{round1(f.value), f.measured}
}

func (v *verdicts) ratio(c load.Cell, peer, base, metric string) figure {
	x, ok := v.r.ratio(v.name(c), peer, base, metric)
	return figure{x, ok}
}

// fastest is the ratio of gridc's rate to that of the fastest of some others.
func (v *verdicts) fastest(c load.Cell, others []string) (f figure) {
	for _, name := range others {
		x := v.ratio(c, plan.Grid, name, load.Rate)
		if x.measured && (!f.measured || x.value < f.value) {
			f = x
		}
	}
	return f
}

// across is the ratio of a figure in one cell to that in another.
func (v *verdicts) across(c, base load.Cell, peer, metric string) figure {
	a, b := v.stat(c, peer, metric), v.stat(base, peer, metric)
	if !a.measured || !b.measured || b.value == 0 {
		return figure{}
	}
	return figure{a.value / b.value, true}
}

// atLeast wants got ≥ want, and atMost the reverse. reuse is got with @reuse.
func (v *verdicts) atLeast(name, unit string, want float64, got figure, reuse ...figure) {
	v.add(name, "≥ ", unit, want, func(x float64) bool { return x >= want }, got, reuse)
}

func (v *verdicts) atMost(name, unit string, want float64, got figure, reuse ...figure) {
	v.add(name, "≤ ", unit, want, func(x float64) bool { return x <= want }, got, reuse)
}

func (v *verdicts) add(name, sign, unit string, want float64, reached func(float64) bool, got figure, reuse []figure) {
	if !got.measured {
		return
	}
	if v.heap > 0 {
		name += fmt.Sprintf(", heap of %d MiB", v.heap)
	}
	g := Goal{Name: name, Want: sign + number(want) + unit, Got: number(got.value) + unit, Pass: reached(got.value)}
	g.Verdict = verdict(g.Pass)
	for _, f := range reuse {
		if !f.measured {
			continue
		}
		g.Reuse = number(f.value) + unit
		if !g.Pass && reached(f.value) {
			g.Verdict += ", pass with @reuse"
		}
	}
	v.goals = append(v.goals, g)
}

// round1 keeps one digit.
func round1(x float64) float64 { return float64(int(x*10+0.5)) / 10 }
