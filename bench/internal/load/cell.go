// Package load measures one peer doing one thing, in this process.
package load

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/gridrpc/gridc/bench/internal/peer"
)

// Kind is what is measured.
type Kind string

// The kinds.
const (
	Echo     Kind = "echo"     // unary calls
	Down     Kind = "down"     // a stream from the server
	Up       Kind = "up"       // a stream to the server
	PingPong Kind = "pingpong" // a stream both ways, one message at a time
	Duplex   Kind = "duplex"   // a stream both ways at full speed
	Beside   Kind = "beside"   // small calls beside calls of 16 MiB on the same connection
	Sessions Kind = "sessions" // idle connections
	Streams  Kind = "streams"  // idle streams
	Peers    Kind = "peers"    // unary calls over many connections in turn
	Due      Kind = "due"      // small calls that are due at a fixed rate
	Mesh     Kind = "mesh"     // nodes that call each other
	Start    Kind = "start"    // a node that starts, until all others have answered it
	Crowd    Kind = "crowd"    // unary calls to one of several nodes; the rest are idle
	Restart  Kind = "restart"  // unary calls to a server that is restarted in good order
	Rolling  Kind = "rolling"  // unary calls among nodes that are restarted so in turn
)

// bulk is the payload of the large calls of Beside.
const bulk = 16 << 20

// Cell is one measurement.
type Cell struct {
	Kind   Kind
	Size   int // payload in bytes
	Flight int // calls at a time
	Pumps  int // large calls at a time, beside the small ones
	Count  int // of sessions, streams, peers, nodes or restarts
	Procs  int // GOMAXPROCS; 0 is the default
	Heap   int // MiB of live memory besides
	// PerSecond is how many calls are due in a second. Where it depends on what else
	// was measured Load says what it is, and stands in the name instead.
	PerSecond int
	Load      string
	Split     bool          // the server is a process of its own
	TLS       bool          // over TLS 1.3
	Beyond    bool          // gridc's limits are raised
	Time      time.Duration // how long
}

// String names the cell, such as "echo/512B/16/2p".
func (c Cell) String() string {
	parts := []string{string(c.Kind)}
	add := func(yes bool, format string, args ...any) {
		if yes {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(c.Count == 0 || c.OwnServer() && c.Size > 0, "%s", Bytes(c.Size))
	add(c.Kind == Echo || c.Kind == Crowd || c.restarts(), "%d", c.Flight)
	add(c.Load == "" && c.PerSecond > 0, "%ds", c.PerSecond)
	add(c.Load != "", "%s", c.Load)
	add(c.Pumps > 0, "%dpump", c.Pumps)
	add(c.Count > 0, "%d", c.Count)
	add(c.Procs > 0, "P%d", c.Procs)
	add(c.Heap > 0, "heap%d", c.Heap)
	add(c.TLS, "tls")
	add(c.Split, "2p")
	return strings.Join(parts, "/")
}

// Bytes writes a size as people do.
func Bytes(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%dKiB", n>>10)
	}
	return fmt.Sprintf("%dB", n)
}

// Metrics are the figures of one measurement, by name.
type Metrics map[string]float64

// The names of figures.
const (
	Rate       = "rate"        // calls or messages a second
	MBRate     = "mb_s"        // payload one way, MB a second
	P50        = "p50_us"      // latency of calls or round trips; beside large ones, of the small
	P99        = "p99_us"      //
	P999       = "p999_us"     //
	CPU        = "cpu_us"      // of both ends, a call or message
	CPUPerMB   = "cpu_us_mb"   // of both ends, a MB that was moved one way
	Allocs     = "allocs"      // the same
	AllocBytes = "alloc_bytes" // the same
	Late       = "late_us"     // 99 % of the calls were begun so shortly after they were due
	Ready      = "ready_ms"    // from the start of a node until all peers have answered
	Syscalls   = "syscalls"    // read and write calls, the same
	Slowest    = "slowest_ms"  // the slowest call
	Lost       = "lost"        // calls that failed
	Doubt      = "in_doubt"    // of these, those of which nobody knows whether they ran
	Held       = "held_bytes"  // heap and stacks, a session or stream, both ends
	Goroutines = "goroutines"  // a session or stream, both ends
)

// Fits tells whether a peer can do what the cell measures.
func (c Cell) Fits(p peer.Peer) bool {
	switch c.Kind {
	case Echo:
		return p.MaxMessage == 0 || c.Size <= p.MaxMessage
	case Beside, Due, Sessions, Peers, Mesh, Start, Crowd:
		return true
	case Streams:
		return !p.NoStreams && !p.StreamConnects
	case Restart, Rolling:
		return p.Restart != nil
	}
	return !p.NoStreams
}

// inFlight is how much a connection carries at a time.
func (c Cell) inFlight() int {
	switch c.Kind {
	case Beside:
		return 1 + c.Pumps
	case Due:
		return openFlight + c.Pumps
	case Duplex:
		return 2
	}
	return max(c.Flight, 1)
}

// IsCluster tells whether the cell needs several nodes, all in one process, and no
// server besides.
func (c Cell) IsCluster() bool { return c.Kind == Mesh || c.Kind == Start || c.Kind == Crowd }

// OwnServer tells whether the cell starts what serves it, in this process.
func (c Cell) OwnServer() bool { return c.IsCluster() || c.restarts() }

func (c Cell) restarts() bool { return c.Kind == Restart || c.Kind == Rolling }

// setProcs gives the process the processors of the cell.
func (c Cell) setProcs() {
	if c.Procs > 0 {
		runtime.GOMAXPROCS(c.Procs)
	}
}
