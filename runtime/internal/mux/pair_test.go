package mux_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// errTest is why sessions of these tests end.
var errTest = &status.Error{Code: status.Disconnected, Message: "a test ends it"}

// end is what a Manager and a Connection are to a session, for one end of it.
type end struct {
	node     node.Node
	registry handlers.Registry
	sessions mux.Sessions
	traffic  out.Traffic

	leaving bool // static
	// Static; called when the session is ready, and when it ends. nil: nothing is.
	ready, ended func()
}

// newEnd starts what runs beside sessions. It serves an echo on route 0. close ends it.
func newEnd(t testing.TB) *end {
	t.Helper()
	x := &end{}
	m := &x.node
	m.Limits, m.Log, m.Closed = node.Limits(grid.DefaultLimits()), slog.New(slog.DiscardHandler), make(chan struct{})
	m.Goroutines.Left = make(chan struct{}, 1)
	m.Closing, m.Cancel = context.WithCancel(context.Background())
	m.Running.Left.Store(int64(m.Limits.RunningCallsTotal))
	m.Clock.Init()
	m.Clock.CheckEvery(time.Second)
	m.LogQueue.M = m
	m.Watch.Wake, m.Starts = make(chan struct{}, 1), make(chan func())
	x.registry.Init()
	echo := &handlers.Handler{ID: 1, Single: func(_ context.Context, hc *handlers.Context, payload []byte) ([]byte, error) {
		return payload, hc.Begin()
	}}
	x.add(t, echo)
	ticks := node.Ticks{CheckLive: x.sessions.CheckLive, Expire: x.sessions.Expire, Watch: x.sessions.Watch}
	m.Goroutines.Go(func() { m.Tick(ticks) })
	m.Goroutines.Go(m.Starter)
	return x
}

// add serves a handler, on the next route.
func (x *end) add(t testing.TB, h *handlers.Handler) {
	t.Helper()
	if err := x.registry.Add(&x.node, []*handlers.Handler{h}, x.sessions.Announce); err != nil {
		t.Fatal(err)
	}
}

// SessionReady, SessionEnded and Leaving are what a session asks of its Connection.
func (x *end) SessionReady(*mux.Session) {
	if x.ready != nil {
		x.ready()
	}
}

func (x *end) SessionEnded(*mux.Session, *status.Error) func() {
	if x.ended != nil {
		x.ended()
	}
	return func() {}
}

func (x *end) Leaving() bool { return x.leaving }

// session makes a session that has not started.
func (x *end) session(conn net.Conn, dialer bool) *mux.Session {
	l := &x.node.Limits
	return mux.NewSession(&x.node, mux.Options{
		Host: x, Registry: &x.registry, Sessions: &x.sessions, Traffic: &x.traffic, Peer: "peer", Dialer: dialer,
		Agreed: handshake.Agreement{Message: l.Message, Bulk: int64(l.BulkWindow), Window: int64(l.StreamWindowMin)},
		Conn:   conn, In: websocket.NewReader(conn, dialer, &x.node.Buffers, l.Hello, nil), Out: websocket.NewWriter(dialer),
	})
}

// close ends the sessions and all that runs beside them.
func (x *end) close() {
	x.node.Cancel()
	for _, s := range x.sessions.All() {
		s.End(errTest, websocket.CloseNormal)
	}
	close(x.node.Closed)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	x.node.Goroutines.Wait(ctx)
}

// inMemory is an end whose session has not started, and the far end of its socket.
func inMemory(t testing.TB) (*end, *mux.Session, *memconn.Conn) {
	t.Helper()
	x := newEnd(t)
	near, far := memconn.Pair(memconn.Options{})
	return x, x.session(near, false), far
}

// pair is two ends with a session between them.
type pair struct {
	near, far *end
	s         *mux.Session // of near
}

// pairOver starts a session between two sockets. The test ends it.
func pairOver(t testing.TB, near, far *end, a, b net.Conn) *pair {
	t.Helper()
	p := &pair{near: near, far: far, s: near.session(a, true)}
	other := far.session(b, false)
	p.s.Start()
	other.Start()
	<-p.s.Ready
	<-other.Ready
	return p
}

// pairOverTCP is a pair with a socket of loopback, until the test is over.
func pairOverTCP(t testing.TB, serve ...*handlers.Handler) *pair {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	a, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	near, far := newEnd(t), newEnd(t)
	for _, h := range serve {
		far.add(t, h)
	}
	t.Cleanup(func() {
		near.close()
		far.close()
	})
	return pairOver(t, near, far, a, b)
}

// call makes a call of the echo.
func (p *pair) call(ctx context.Context, payload []byte) error {
	o := calls.Options{}
	if err := o.Limit(ctx, &p.near.node, p.near.node.Limits.CallTimeout); err != nil {
		return err
	}
	reply, err := p.s.Calls.Request(ctx, 0, &o, payload)
	p.near.node.Buffers.Put(reply)
	return err
}
