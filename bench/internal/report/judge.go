package report

import "github.com/gridrpc/gridc/bench/internal/load"

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
	goals []Goal
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
	s, ok := v.r.Stat(c.String(), peer, metric)
	return figure{s.Median, ok}
}

// count is stat for what is counted. It keeps one digit: averages over many calls
// carry crumbs of the rest of the process.
func (v *verdicts) count(c load.Cell, peer, metric string) figure {
	f := v.stat(c, peer, metric)
	return figure{round1(f.value), f.measured}
}

func (v *verdicts) ratio(c load.Cell, peer, base, metric string) figure {
	x, ok := v.r.ratio(c.String(), peer, base, metric)
	return figure{x, ok}
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
