//go:build unix

package faults

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// AgentState is what an agent knows of a peer.
type AgentState struct {
	Phase   grid.Phase
	Reason  string
	Session uint64
}

func (a *Agent) state(peer string) AgentState {
	s := a.node.Connection(peer).State()
	out := AgentState{Phase: s.Phase, Session: s.Session}
	if s.Reason != nil {
		out.Reason = s.Reason.Error()
	}
	return out
}

// Usage is what an agent has used.
type Usage struct {
	Processor  time.Duration // of the process in all, user and system
	Memory     uint64        // what Go holds of heap and stacks, after a collection
	Goroutines int
	Accepted   int64 // sockets
	Refusals   int64 // times that accepting failed
	AcceptLogs int64 // lines in the log about accepting
	Handshakes int64 // under way at once, at most
	Refused    int64 // upgrades, because too many were under way
}

func (a *Agent) usage() Usage {
	runtime.GC()
	runtime.GC() // what a sync.Pool holds goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Usage{
		Processor: processorTime(), Memory: m.HeapInuse + m.StackInuse, Goroutines: runtime.NumGoroutine(),
		Handshakes: a.node.door.peak.Load(), Refused: a.node.door.refused.Load(),
		Accepted: a.gate.accepted.Load(), Refusals: a.gate.failed.Load(), AcceptLogs: a.log.accepting.Load(),
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// gatekeeper is a listener that counts.
type gatekeeper struct {
	net.Listener
	accepted, failed atomic.Int64
}

// Accept implements net.Listener.
func (g *gatekeeper) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		g.failed.Add(1)
		return nil, err
	}
	g.accepted.Add(1)
	return c, nil
}

// countingLog counts the lines in which an http.Server tells that it cannot accept.
type countingLog struct {
	slog.Handler
	accepting atomic.Int64
}

// Handle implements slog.Handler.
func (l *countingLog) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "Accept error") {
		l.accepting.Add(1)
	}
	return l.Handler.Handle(ctx, r)
}
