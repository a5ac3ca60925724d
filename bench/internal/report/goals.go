package report

import (
	"fmt"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

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

// Goals judges all goals that were measured, with each of some heaps, in MiB. older
// is the build of gridc that some of them are ratios to.
func Goals(r *Results, extra Extra, older string, heaps []int) (all []Goal) {
	for _, heap := range heaps {
		v := &verdicts{r: r, older: older, heap: heap}
		v.calls()
		v.beside()
		v.memory()
		v.streams()
		v.split()
		v.secure()
		v.production()
		v.since()
		all = append(all, v.goals...)
	}
	v := &verdicts{r: r}
	v.extra(extra)
	return append(all, v.goals...)
}

// against wants a ratio of gridc's rate to that of base.
func (v *verdicts) against(name string, c load.Cell, base string, want float64) {
	v.atLeast(name, " × "+base, want, v.ratio(c, plan.Grid, base, load.Rate), v.ratio(c, plan.Reuse, base, load.Rate))
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
	for _, c := range []load.Cell{plan.Beside(), plan.BesideOne()} {
		name := fmt.Sprintf("512 B beside %d × 16 MiB", c.Pumps)
		if c.Procs > 0 {
			name += fmt.Sprintf(", GOMAXPROCS %d", c.Procs)
		}
		v.atMost(name+": p99", " ms", 2, v.stat(c, plan.Grid, load.P99).scaled(1e-3))
		v.atLeast(name+": bulk", " × "+plan.Base, 0.75, v.ratio(c, plan.Grid, plan.Base, load.MBRate))
	}
}

func (v *verdicts) memory() {
	u := plan.Unary()
	v.atMost("allocations a call, bytes, both ends", "", 3, v.count(u[0], plan.Bytes, load.Allocs))
	v.atMost("allocations a call, typed, both ends", "", 8, v.count(u[0], plan.Grid, load.Allocs), v.count(u[0], plan.Reuse, load.Allocs))
	const payload = 1.0 / (64 << 10)
	v.atMost("bytes allocated, 64 KiB call, both ends", " × payload", 2.2,
		v.stat(u[3], plan.Grid, load.AllocBytes).scaled(payload), v.stat(u[3], plan.Reuse, load.AllocBytes).scaled(payload))

	const kib = 1.0 / 1024
	sessions := load.Cell{Kind: load.Sessions, Count: plan.Sessions}
	v.atMost("idle session, a side", " KiB", 16, v.stat(sessions, plan.Grid, load.Held).scaled(kib/2))
	goroutines := v.stat(sessions, plan.Grid, load.Goroutines)
	v.atMost("idle session, goroutines a side", "", 1, figure{round1(goroutines.value / 2), goroutines.measured})
	streams := load.Cell{Kind: load.Streams, Count: plan.Streams}
	v.atMost("idle stream, both ends", " KiB", 4, v.stat(streams, plan.Grid, load.Held).scaled(kib))
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
		one := v.ratio(c, plan.Grid, base, load.Rate)
		two := v.ratio(plan.Split(c), plan.Grid, base, load.Rate)
		name := fmt.Sprintf("two processes, %s, %d in flight", load.Bytes(c.Size), c.Flight)
		v.atLeast(name, " × "+base, 0.8*one.value, figure{two.value, one.measured && two.measured})
	}
}

func (v *verdicts) extra(x Extra) {
	for _, h := range x.Hello {
		if h.Peer == plan.Grid {
			v.atMost("hello-world, stripped", " MiB", 7, figure{float64(h.Bytes) / (1 << 20), true})
			v.atMost("hello-world, modules linked", "", 8, figure{float64(h.Modules), true})
		}
	}
	v.atMost("gridc gen, 100 files, cold", " ms", 1000, figure{x.GenCold * 1e3, x.GenCold > 0})
	v.atMost("gridc gen, 100 files, nothing changed", " ms", 100, figure{x.GenWarm * 1e3, x.GenWarm > 0})
	v.atMost("gridc lint, one file", " ms", 30, figure{x.Lint * 1e3, x.Lint > 0})
}
