package report

import (
	"fmt"

	"github.com/gridrpc/gridc/bench/internal/load"
	"github.com/gridrpc/gridc/bench/internal/plan"
)

// The goals of what a cluster in production runs: TLS, large messages beside small
// ones, many peers, and load that arrives when it wants.

// secure are the goals over TLS; ratios are to other peers over TLS.
func (v *verdicts) secure() {
	u := plan.Unary()
	const one = "TLS, 512 B, 1 in flight"
	v.against(one, plan.Secure(u[0]), v.older, 1.4)
	v.against(one, plan.Secure(u[0]), plan.TTRPC, 1.2)
	v.against(one, plan.Secure(u[0]), plan.GRPC, 3)
	for _, c := range u[1:3] {
		name := fmt.Sprintf("TLS, 512 B, %d in flight", c.Flight)
		v.against(name, plan.Secure(c), v.older, 1.5)
		v.against(name, plan.Secure(c), plan.GRPC, 6)
	}
	for _, bulk := range []struct {
		name string
		cell load.Cell
	}{
		{"TLS, 1 MiB, 16 in flight", u[4]},
		{"TLS, stream down, 64KiB", load.Cell{Kind: load.Down, Size: 64 << 10}},
		{"TLS, stream up, 64KiB", load.Cell{Kind: load.Up, Size: 64 << 10}},
	} {
		c := plan.Secure(bulk.cell)
		v.against(bulk.name, c, v.older, 1.3)
		v.atLeast(bulk.name, " × the fastest peer", 1, v.fastest(c, plan.Others()))
	}
	v.secureSessions()
}

// secureSessions shows what crypto/tls itself holds apart: it is what a connection
// over TLS holds more than one without, where nothing else is on it.
func (v *verdicts) secureSessions() {
	const kb = 1e-3
	sessions := load.Cell{Kind: load.Sessions, Count: plan.Sessions}
	name := "TLS, idle session, both ends"
	with, without := v.stat(plan.Secure(sessions), plan.Base, load.Held), v.stat(sessions, plan.Base, load.Held)
	if with.measured && without.measured {
		name += fmt.Sprintf(", of which crypto/tls %s KB", number((with.value-without.value)*kb))
	}
	v.atMost(name, " KB", 35, v.stat(plan.Secure(sessions), plan.Grid, load.Held).scaled(kb))
}

// production are the goals of open load and of many peers.
func (v *verdicts) production() {
	const ms = 1e-3
	v.atMost("512 B beside 2 × 16 MiB: p50", " µs", 100, v.stat(plan.Beside(), plan.Grid, load.P50))
	for _, pumps := range []int{1, 2} {
		c := plan.Due(pumps)
		name := fmt.Sprintf("64 B, due %d a second, beside %d × 16 MiB", c.PerSecond, pumps)
		v.atMost(name+": p50", " µs", 250, v.stat(c, plan.Grid, load.P50))
		v.atMost(name+": p99", " ms", 2, v.stat(c, plan.Grid, load.P99).scaled(ms))
		v.atLeast(name+": bulk", " × "+v.older, 1, v.ratio(c, plan.Grid, v.older, load.MBRate))
		v.atMost("TLS, "+name+": p99", " ms", 3, v.stat(plan.Secure(c), plan.Grid, load.P99).scaled(ms))
	}
	v.atMost("512 B, due at half of what grpc-go can do: p99.9", " × "+plan.GRPC, 0.25, v.ratio(plan.Half(), plan.Grid, plan.GRPC, load.P999))

	small, large := plan.Mesh(2), plan.Mesh(plan.MeshNodes)
	name := fmt.Sprintf("mesh of %d nodes: CPU a call", large.Count)
	if other := v.across(large, small, plan.GRPC, load.CPU); other.measured {
		name += fmt.Sprintf(" (grpc-go %s)", number(other.value))
	}
	v.atMost(name, " × two nodes", 1.3, v.across(large, small, plan.Grid, load.CPU))
}

// since are the goals that the build of some time ago is the measure of.
func (v *verdicts) since() {
	u := plan.Unary()
	v.against("512 B, 16 in flight", u[1], v.older, 1.4)
	v.against("512 B, 256 in flight", u[2], v.older, 1.4)
	v.against("64 KiB, 1 in flight", u[3], v.older, 2)
	v.against("64 KiB, 16 in flight", plan.Many(), v.older, 1.6)
	v.against("1 MiB, 16 in flight", u[4], v.older, 1.5)
	v.against("1 MiB, 16 in flight", u[4], plan.GRPC, 1.5)
	v.atLeast("512 B beside 2 × 16 MiB: bulk", " × "+v.older, 1.5, v.ratio(plan.Beside(), plan.Grid, v.older, load.MBRate))
}
