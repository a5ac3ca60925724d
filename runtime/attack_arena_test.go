package grid_test

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// Routes that an arena adds to those of a target.
const (
	routeStuckStream = 6 + iota // a stream whose handler heeds nothing but release
	routeSender                 // a stream that sends 1 KiB messages until it cannot
	routePanic
	routeGoexit
	routeHuge // answers with 1 MiB
)

// arena is a node under attack, in a network and a bubble of fake time, behind an
// HTTP server as SECURITY.md asks for one, and a witness: a second session that
// calls it all the time.
type arena struct {
	*probeTarget
	net     *gridtest.Network
	witness *witness
	bounds  bounds
	sent    atomic.Int64 // bytes that attackers wrote

	mu      sync.Mutex
	running int      // handlers of routeStuckStream
	ends    []func() // of what attackers hold, called when the attack is over
}

// ground is what an arena is built on. The zero one takes dials of anybody who
// knows the key, and dials nobody.
type ground struct {
	change func(*grid.Options)
	// listen, if set, is put around the listener of the target.
	listen func(net.Listener) net.Listener
	// enter, if set, makes the witness.
	enter func(t *testing.T, a *arena) *witness
}

// underAttack runs an attack on a node whose peers prove themselves by a key. What it
// costs must stay within the bounds, see arena.finish.
func underAttack(t *testing.T, change func(*grid.Options), attack func(t *testing.T, a *arena)) {
	t.Helper()
	inArena(t, ground{change: change}, attack)
}

// underAttackBy runs an attack that needs nothing but sockets of one host.
func underAttackBy(t *testing.T, change func(*grid.Options), attack func(t *testing.T, x *probeTarget, dial func() net.Conn)) {
	t.Helper()
	underAttack(t, change, func(t *testing.T, a *arena) {
		attack(t, a.probeTarget, func() net.Conn { return a.conn(t, "probe") })
	})
}

// inArena runs an attack in an arena, and holds it to the bounds.
func inArena(t *testing.T, g ground, attack func(t *testing.T, a *arena)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := newArena(t, g)
		defer a.finish(t)
		attack(t, a)
	})
}

func newArena(t *testing.T, g ground) *arena {
	t.Helper()
	a := &arena{net: gridtest.NewNetwork(1)}
	a.net.SetAll(gridtest.Link{Latency: time.Millisecond})
	ln, err := a.net.Listen("target")
	if err != nil {
		t.Fatal(err)
	}
	a.probeTarget = newTarget(t, a.dialing(g.change))
	a.registerMore(t)
	if g.listen != nil {
		ln = g.listen(ln)
	}
	a.serveBehindMux(t, ln)
	if g.enter == nil {
		g.enter = witnessSession
	}
	a.witness = g.enter(t, a)
	a.rest()
	a.witness.begin()
	return a
}

// serveBehindMux is the server of SECURITY.md.
func (a *arena) serveBehindMux(t *testing.T, ln net.Listener) {
	mux := http.NewServeMux()
	mux.Handle("/grid/v1", a.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: quietLog}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(ln)
	}()
	t.Cleanup(func() {
		a.net.Close()
		srv.Close()
		<-done
	})
}

func (a *arena) registerMore(t *testing.T) {
	err := a.RegisterStreamingHandler(107, grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: func(context.Context, []byte, <-chan []byte, chan<- []byte) error {
		a.count(1)
		defer a.count(-1)
		<-a.release
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = a.RegisterStreamingHandler(108, grid.StreamHandler{OutCapacity: 4, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
		for {
			select {
			case out <- make([]byte, 1024):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		id grid.HandlerID
		fn func(context.Context, []byte) ([]byte, error)
	}{
		{109, func(context.Context, []byte) ([]byte, error) { panic("hunter2") }},
		{110, func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil }},
		{111, func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<20), nil }},
	} {
		if err := a.RegisterSingleHandler(r.id, r.fn); err != nil {
			t.Fatal(err)
		}
	}
}

func (a *arena) count(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running += n
}

func (a *arena) runningNow() int {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.running
}

// attacker is a socket of an attacker, which counts what is written to it.
type attacker struct {
	net.Conn
	sent *atomic.Int64
}

func (c attacker) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// atEnd notes what ends the hold of an attacker on the node. Until then its sockets
// are open.
func (a *arena) atEnd(end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ends = append(a.ends, end)
}

// letGo ends the attack, what it began last first.
func (a *arena) letGo() {
	a.free()
	a.mu.Lock()
	ends := a.ends
	a.mu.Unlock()
	for _, end := range slices.Backward(ends) {
		end()
	}
}

// attackBy makes a socket one of an attacker.
func (a *arena) attackBy(c net.Conn) net.Conn {
	a.atEnd(func() { c.Close() })
	return attacker{c, &a.sent}
}

// conn dials the target from a host.
func (a *arena) conn(t *testing.T, host string) net.Conn {
	t.Helper()
	c, err := a.net.Dial(t.Context(), host, "target")
	if err != nil {
		t.Fatal(err)
	}
	if host == "witness" {
		return c // attacks nobody
	}
	return a.attackBy(c)
}

// session authenticates as the named peer, from a host of that name.
func (a *arena) session(t *testing.T, name string) *peer.Session {
	t.Helper()
	return a.sessionOf(t, name, peer.NewHello(name, "target"))
}

func (a *arena) sessionOf(t *testing.T, host string, h peer.Hello) *peer.Session {
	t.Helper()
	return a.sessionOn(t, a.conn(t, host), h)
}

// discard reads whatever comes until the socket is closed.
func discard(s *peer.Session) {
	for {
		if _, err := s.Next(); err != nil {
			return
		}
	}
}
