package grid_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// The tests of the runtime's behaviour run on nodes in memory, in fake time:
// one of them serves, another calls. The names of the tests begin with what
// they prove: P1 to P13 are the promises in the package documentation.

// The ids of handlers in these tests. Each test registers its own.
const (
	idCall   grid.HandlerID = 1
	idStream grid.HandlerID = 2
	idOther  grid.HandlerID = 3
)

// world is two nodes in fake time, seen from the one that calls.
type world struct {
	*gridtest.Mesh
	caller, server string
	conn           *grid.Connection // from caller to server
	logs           *logBook         // of the server
}

// setup is what a test needs besides two nodes.
type setup struct {
	register  func(m *grid.Manager) error                  // the server's handlers
	configure func(w *world, name string, o *grid.Options) // of both nodes
	link      gridtest.Link
	apart     bool // the test does not begin connected
}

// role says which of the nodes calls: the name decides who dials.
type role struct{ caller, server string }

// eachRole runs a test twice in fake time: the node that calls is the one that
// dials, and it is the one that accepts. No call may behave differently. What a
// test waits for must be made inside of test, as testing/synctest demands.
func eachRole(t *testing.T, test func(t *testing.T, r role)) {
	t.Helper()
	for name, r := range map[string]role{"dialer calls": {"b", "a"}, "acceptor calls": {"a", "b"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, r) })
		})
	}
}

// world starts the two nodes.
func (r role) world(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{caller: r.caller, server: r.server, logs: &logBook{}}
	w.Mesh = gridtest.New(t, gridtest.Options{
		Nodes: []string{r.caller, r.server},
		Seed:  1,
		Link:  s.link,
		Configure: func(name string, o *grid.Options) {
			if name == r.server {
				o.Logger = slog.New(slog.NewTextHandler(w.logs, nil))
			}
			if s.configure != nil {
				s.configure(w, name, o)
			}
		},
		Register: func(n *gridtest.Node) error {
			if n.Name() != r.server || s.register == nil {
				return nil
			}
			return s.register(n.Manager())
		},
	})
	w.conn = w.Connection(r.caller, r.server)
	if !s.apart {
		w.connected(t)
	}
	return w
}

// connected waits until both nodes are connected with each other.
func (w *world) connected(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := w.WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
}

// logBook keeps what a node logs.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logBook) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// result is the one outcome of a call that runs in a goroutine of its own.
type result struct {
	reply []byte
	err   error
	after time.Duration
}

// begin makes a call in the background.
func begin(ctx context.Context, c *grid.Connection, id grid.HandlerID, payload []byte) <-chan result {
	out := make(chan result, 1)
	start := time.Now()
	go func() {
		reply, err := c.Request(ctx, id, payload)
		out <- result{reply, err, time.Since(start)}
	}()
	return out
}

// await receives, and fails the test after five minutes of fake time: a bubble
// whose Managers live on never comes to a standstill by itself.
func await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(5 * time.Minute):
		t.Fatalf("%s: nothing came", what)
		panic("unreachable")
	}
}

// settle lets everything happen that takes no time, and a handler that waits on
// its session's reader be moved off it, which takes two ticks of a millisecond.
func settle() {
	time.Sleep(5 * time.Millisecond)
	synctest.Wait()
}

// wantError checks code and outcome of an error.
func wantError(t *testing.T, what string, err error, code *grid.Error, outcome grid.Outcome) {
	t.Helper()
	if !errors.Is(err, code) || grid.OutcomeOf(err) != outcome {
		t.Errorf("%s: got %v, want %s (%v)", what, err, code.Code, outcome)
	}
}

// wantReply checks that a call went well.
func wantReply(t *testing.T, what string, reply []byte, err error, want string) {
	t.Helper()
	if err != nil || string(reply) != want {
		t.Errorf("%s: got %q, %v, want %q", what, reply, err, want)
	}
}

// echo answers with what it was sent.
func echo(_ context.Context, payload []byte) ([]byte, error) { return payload, nil }

// registerEcho serves echo as a call.
func registerEcho(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }

// registerAll registers calls and streams of bytes.
func registerAll(calls map[grid.HandlerID]func(context.Context, []byte) ([]byte, error), streams map[grid.HandlerID]grid.StreamHandler) func(*grid.Manager) error {
	return func(m *grid.Manager) error {
		for id, fn := range calls {
			if err := m.RegisterSingleHandler(id, fn); err != nil {
				return err
			}
		}
		for id, h := range streams {
			if err := m.RegisterStreamingHandler(id, h); err != nil {
				return err
			}
		}
		return nil
	}
}

// bytesStream is a typed stream of bytes in both directions, for tests of the
// core that need Send and Recv instead of channels.
func bytesStream(in, out int) *grid.StreamingHandler[*grid.Bytes, *grid.Bytes, *grid.Bytes] {
	return grid.NewStream(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(in, out))
}

func message(s string) *grid.Bytes {
	b := grid.Bytes(s)
	return &b
}
