package trial

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
)

// Routes that an arena adds to those of a target.
const (
	RouteStuckStream = 6 + iota // a stream whose handler heeds nothing but release
	RouteSender                 // a stream that sends 1 KiB messages until it cannot
	RoutePanic
	RouteGoexit
	RouteHuge // answers with 1 MiB
)

// Arena is a node under attack, in a network and a bubble of fake time, behind an
// HTTP server as SECURITY.md asks for one, and a witness: a second session that
// calls it all the time.
type Arena struct {
	*ProbeTarget
	Net     *gridtest.Network
	witness *witness
	bounds  bounds
	sent    atomic.Int64 // bytes that attackers wrote

	mu      sync.Mutex
	running int      // handlers of RouteStuckStream
	ends    []func() // of what attackers hold, called when the attack is over
}

// Ground is what an arena is built on. The zero one takes dials of anybody who
// knows the key, and dials nobody.
type Ground struct {
	change func(*grid.Options)
	// listen, if set, is put around the listener of the target.
	listen func(net.Listener) net.Listener
	// guests, if set, are let in at grid.GuestPath.
	guests *grid.GuestOptions
	// enter, if set, makes the witness.
	enter func(t *testing.T, a *Arena) *witness
}

// UnderAttack runs an attack on a node whose peers prove themselves by a key. What it
// costs must stay within the bounds, see Arena.Finish.
func UnderAttack(t *testing.T, change func(*grid.Options), attack func(t *testing.T, a *Arena)) {
	t.Helper()
	InArena(t, Ground{change: change}, attack)
}

// UnderAttackBy runs an attack that needs nothing but sockets of one host.
func UnderAttackBy(t *testing.T, change func(*grid.Options), attack func(t *testing.T, x *ProbeTarget, dial func() net.Conn)) {
	t.Helper()
	UnderAttack(t, change, func(t *testing.T, a *Arena) {
		attack(t, a.ProbeTarget, func() net.Conn { return a.Conn(t, "probe") })
	})
}

// InArena runs an attack in an arena, and holds it to the bounds.
func InArena(t *testing.T, g Ground, attack func(t *testing.T, a *Arena)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := NewArena(t, g)
		defer a.Finish(t)
		attack(t, a)
	})
}

func NewArena(t *testing.T, g Ground) *Arena {
	t.Helper()
	a := &Arena{Net: gridtest.NewNetwork(1)}
	a.Net.SetAll(gridtest.Link{Latency: time.Millisecond})
	ln, err := a.Net.Listen("target")
	if err != nil {
		t.Fatal(err)
	}
	a.ProbeTarget = NewTarget(t, a.dialing(g.change))
	a.registerMore(t)
	if g.listen != nil {
		ln = g.listen(ln)
	}
	a.serveBehindMux(t, ln, g.guests)
	if g.enter == nil {
		g.enter = witnessSession
	}
	a.witness = g.enter(t, a)
	a.rest()
	a.witness.begin()
	return a
}

// serveBehindMux is the server of SECURITY.md.
func (a *Arena) serveBehindMux(t *testing.T, ln net.Listener, guests *grid.GuestOptions) {
	mux := http.NewServeMux()
	mux.Handle("/grid/v1", a.Handler())
	if guests != nil {
		h, err := a.GuestHandler(*guests)
		if err != nil {
			t.Fatal(err)
		}
		mux.Handle(grid.GuestPath, h)
	}
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: QuietLog}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(ln)
	}()
	t.Cleanup(func() {
		a.Net.Close()
		srv.Close()
		<-done
	})
}

func (a *Arena) registerMore(t *testing.T) {
	err := a.RegisterStreamingHandler(107, grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: func(context.Context, []byte, <-chan []byte, chan<- []byte) error {
		a.count(1)
		defer a.count(-1)
		<-a.Release
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

func (a *Arena) count(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running += n
}

func (a *Arena) RunningNow() int {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.running
}

// AtEnd notes what ends the hold of an attacker on the node. Until then its sockets
// are open.
func (a *Arena) AtEnd(end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ends = append(a.ends, end)
}

// letGo ends the attack, what it began last first.
func (a *Arena) letGo() {
	a.Free()
	a.mu.Lock()
	ends := a.ends
	a.mu.Unlock()
	for _, end := range slices.Backward(ends) {
		end()
	}
}
