package report

import (
	"fmt"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

// Goal is something to reach, and what was measured.
type Goal struct {
	Name string `json:"name"`
	Want string `json:"want"`
	Got  string `json:"got"`
	Pass bool   `json:"pass"`
}

// Extra are figures that no cell measures.
type Extra struct {
	Hello []Hello `json:"hello,omitempty"`
	// GenCold, GenWarm and Lint are times of the gridc command, in seconds; 0 if
	// they were not measured.
	GenCold float64 `json:"gen_cold_s,omitempty"`
	GenWarm float64 `json:"gen_warm_s,omitempty"`
	Lint    float64 `json:"lint_s,omitempty"`
}

// Hello is a small program: one server, one client, one call.
type Hello struct {
	Peer    string `json:"peer"`
	Bytes   int64  `json:"bytes"`
	Modules int    `json:"modules"`
}

// verdicts collects goals; what was not measured is left out.
type verdicts struct {
	r     *Results
	goals []Goal
}

// Goals judges all goals that were measured.
func Goals(r *Results, extra Extra) []Goal {
	v := &verdicts{r: r}
	v.calls()
	v.beside()
	v.memory()
	v.streams()
	v.split()
	v.extra(extra)
	return v.goals
}

// atLeast wants got ≥ want, and atMost the reverse.
func (v *verdicts) atLeast(name, unit string, want, got float64, measured bool) {
	v.add(name, "≥ ", unit, want, got, got >= want, measured)
}

func (v *verdicts) atMost(name, unit string, want, got float64, measured bool) {
	v.add(name, "≤ ", unit, want, got, got <= want, measured)
}

func (v *verdicts) add(name, sign, unit string, want, got float64, pass, measured bool) {
	if !measured {
		return
	}
	v.goals = append(v.goals, Goal{name, sign + number(want) + unit, number(got) + unit, pass})
}

// against wants a ratio of gridc's rate to that of base.
func (v *verdicts) against(name string, c load.Cell, base string, want float64) {
	got, ok := v.r.ratio(c.String(), plan.Grid, base, load.Rate)
	v.atLeast(name, " × "+base, want, got, ok)
}

func (v *verdicts) calls() {
	u := plan.Unary()
	v.against("512 B, 1 in flight", u[0], plan.Base, 0.80)
	v.against("512 B, 16 in flight", u[1], plan.GRPC, 12)
	v.against("512 B, 256 in flight", u[2], plan.GRPC, 18)
	v.against("64 KiB, 1 in flight", u[3], plan.Base, 0.6)
	v.against("1 MiB, 16 in flight", u[4], plan.Base, 0.6)
}

func (v *verdicts) beside() {
	for _, c := range []load.Cell{
		{Kind: load.Beside, Size: 512, Pumps: 2},
		{Kind: load.Beside, Size: 512, Pumps: 1, Procs: 8},
	} {
		name := fmt.Sprintf("512 B beside %d × 16 MiB", c.Pumps)
		if c.Procs > 0 {
			name += fmt.Sprintf(", GOMAXPROCS %d", c.Procs)
		}
		p99, ok := v.r.Stat(c.String(), plan.Grid, load.P99)
		v.atMost(name+": p99", " ms", 2, p99.Median/1e3, ok)
		bulk, ok := v.r.ratio(c.String(), plan.Grid, plan.Base, load.MBRate)
		v.atLeast(name+": bulk", " × "+plan.Base, 0.75, bulk, ok)
	}
}

func (v *verdicts) memory() {
	u := plan.Unary()
	bytes, ok := v.r.Stat(u[0].String(), plan.Bytes, load.Allocs)
	v.atMost("allocations a call, bytes, both ends", "", 3, round1(bytes.Median), ok)
	typed, ok := v.r.Stat(u[0].String(), plan.Grid, load.Allocs)
	v.atMost("allocations a call, typed, both ends", "", 8, round1(typed.Median), ok)
	large, ok := v.r.Stat(u[3].String(), plan.Grid, load.AllocBytes)
	v.atMost("bytes allocated, 64 KiB call, both ends", " × payload", 2.2, large.Median/(64<<10), ok)

	for _, c := range []load.Cell{{Kind: load.Sessions, Count: plan.Sessions}} {
		held, ok := v.r.Stat(c.String(), plan.Grid, load.Held)
		v.atMost("idle session, a side", " KiB", 16, held.Median/2/1024, ok)
		count, ok := v.r.Stat(c.String(), plan.Grid, load.Goroutines)
		v.atMost("idle session, goroutines a side", "", 1, round1(count.Median/2), ok)
	}
	c := load.Cell{Kind: load.Streams, Count: plan.Streams}
	held, ok := v.r.Stat(c.String(), plan.Grid, load.Held)
	v.atMost("idle stream, both ends", " KiB", 4, held.Median/1024, ok)
}

// streams are judged by their slower direction.
func (v *verdicts) streams() {
	for _, goal := range []struct {
		size int
		base string
		want float64
	}{{512, plan.Base, 0.3}, {512, plan.GRPC, 3}, {64 << 10, plan.Base, 0.8}} {
		for _, kind := range []load.Kind{load.Down, load.Up} {
			c := load.Cell{Kind: kind, Size: goal.size}
			v.against(fmt.Sprintf("stream %s, %s", kind, load.Bytes(goal.size)), c, goal.base, goal.want)
		}
	}
}

// split wants the same ratios between two processes, less 20 %.
func (v *verdicts) split() {
	for i, c := range plan.Unary() {
		base := plan.Base
		if i == 1 || i == 2 {
			base = plan.GRPC
		}
		one, ok := v.r.ratio(c.String(), plan.Grid, base, load.Rate)
		c.Split = true
		two, there := v.r.ratio(c.String(), plan.Grid, base, load.Rate)
		name := fmt.Sprintf("two processes, %s, %d in flight", load.Bytes(c.Size), c.Flight)
		v.atLeast(name, " × "+base, 0.8*one, two, ok && there)
	}
}

func (v *verdicts) extra(x Extra) {
	for _, h := range x.Hello {
		if h.Peer == plan.Grid {
			v.atMost("hello-world, stripped", " MiB", 7, float64(h.Bytes)/(1<<20), true)
			v.atMost("hello-world, modules linked", "", 8, float64(h.Modules), true)
		}
	}
	v.atMost("gridc gen, 100 files, cold", " ms", 1000, x.GenCold*1e3, x.GenCold > 0)
	v.atMost("gridc gen, 100 files, nothing changed", " ms", 100, x.GenWarm*1e3, x.GenWarm > 0)
	v.atMost("gridc lint, one file", " ms", 30, x.Lint*1e3, x.Lint > 0)
}

// round1 keeps one digit: averages over many calls carry crumbs of the rest of
// the process.
func round1(x float64) float64 { return float64(int(x*10+0.5)) / 10 }
