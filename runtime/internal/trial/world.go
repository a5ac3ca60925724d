package trial

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// The tests of the runtime's behaviour run on nodes in memory, in fake time:
// one of them serves, another calls. The names of the tests begin with what
// they prove: P1 to P13 are the promises in the package documentation.

// World is two nodes in fake time, seen from the one that calls.
type World struct {
	*gridtest.Mesh
	Caller, Server string
	Conn           *grid.Connection // from caller to server
	Logs           *LogBook         // of the server
}

// Setup is what a test needs besides two nodes.
type Setup struct {
	Register  func(m *grid.Manager) error                  // the server's handlers
	Configure func(w *World, name string, o *grid.Options) // of both nodes
	Link      gridtest.Link
	Apart     bool // the test does not begin connected
}

// Role says which of the nodes calls: the name decides who dials.
type Role struct{ Caller, Server string }

// EachRole runs a test twice in fake time: the node that calls is the one that
// dials, and it is the one that accepts. No call may behave differently. What a
// test waits for must be made inside of test, as testing/synctest demands.
func EachRole(t *testing.T, test func(t *testing.T, r Role)) {
	t.Helper()
	for name, r := range map[string]Role{"dialer calls": {"b", "a"}, "acceptor calls": {"a", "b"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, r) })
		})
	}
}

// World starts the two nodes.
func (r Role) World(t *testing.T, s Setup) *World {
	t.Helper()
	w := &World{Caller: r.Caller, Server: r.Server, Logs: &LogBook{}}
	w.Mesh = gridtest.New(t, gridtest.Options{
		Nodes: []string{r.Caller, r.Server},
		Seed:  1,
		Link:  s.Link,
		Configure: func(name string, o *grid.Options) {
			if name == r.Server {
				o.Logger = slog.New(slog.NewTextHandler(w.Logs, nil))
			}
			if s.Configure != nil {
				s.Configure(w, name, o)
			}
		},
		Register: func(n *gridtest.Node) error {
			if n.Name() != r.Server || s.Register == nil {
				return nil
			}
			return s.Register(n.Manager())
		},
	})
	w.Conn = w.Connection(r.Caller, r.Server)
	if !s.Apart {
		w.Connected(t)
	}
	return w
}

// Connected waits until both nodes are connected with each other.
func (w *World) Connected(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := w.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
}

// Alive checks that the first session is still the one.
func (w *World) Alive(t *testing.T) {
	t.Helper()
	reply, err := w.Conn.Request(t.Context(), IdCall, []byte("alive"))
	WantReply(t, "afterwards", reply, err, "alive")
	if n := w.Conn.State().Session; n != 1 {
		t.Errorf("it took %d sessions", n)
	}
}

// Resolved waits until the resolvers have named the other node.
func (w *World) Resolved(t *testing.T) {
	t.Helper()
	for range 600 {
		if w.Conn = w.Connection(w.Caller, w.Server); w.Conn != nil && w.Conn.State().Phase == grid.Connected {
			return
		}
		time.Sleep(time.Second)
	}
	t.Fatal("nobody was resolved")
}

// WantSession checks that there is one session, the nth at both ends.
func (w *World) WantSession(t *testing.T, nth uint64) {
	t.Helper()
	for _, pair := range [][2]string{{"a", "b"}, {"b", "a"}} {
		if s := w.Connection(pair[0], pair[1]).State(); s.Phase != grid.Connected || s.Session != nth {
			t.Errorf("%s to %s: %v, session %d, %v", pair[0], pair[1], s.Phase, s.Session, s.Reason)
		}
	}
}

// WantConnected waits until one node is connected with another.
func WantConnected(t *testing.T, c *grid.Connection) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := c.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
}

// DialsFirst are two nodes of which the first dials the second: "b" dials "a".
var DialsFirst = Role{Caller: "b", Server: "a"}
