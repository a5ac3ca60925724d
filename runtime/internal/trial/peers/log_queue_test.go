package peers_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/schema"
)

// notHung ends the process if a test hangs: fake time stands still for a goroutine
// that waits for a mutex, so no time-out of the test's own would come.
func notHung(t *testing.T) {
	late := time.AfterFunc(time.Minute, func() { panic(t.Name() + " hangs") })
	t.Cleanup(func() { late.Stop() })
}

// curiousLog is a log that asks the Manager all sorts of things for each line, and
// calls a peer, as one that travels over the node itself does.
type curiousLog struct {
	slog.Handler
	t  *testing.T
	of atomic.Pointer[grid.Manager]

	mu    sync.Mutex
	lines []string
}

func (l *curiousLog) Enabled(context.Context, slog.Level) bool { l.ask(); return true }

func (l *curiousLog) Handle(_ context.Context, r slog.Record) error {
	l.ask()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Message)
	return nil
}

func (l *curiousLog) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l *curiousLog) ask() {
	m := l.of.Load()
	for _, name := range append(m.Peers(), "nobody") {
		if c := m.Connection(name); c != nil {
			c.State()
			c.Stats()
			ctx, cancel := context.WithTimeout(l.t.Context(), time.Second)
			c.Request(ctx, trial.IdOther, []byte("a line"))
			cancel()
		}
	}
	if err := m.AddPeer(grid.Peer{Name: "another", Address: "nowhere:80"}); err != nil && !errors.Is(err, grid.ErrUnavailable) { // it may be shut down
		l.t.Error(err)
	}
	m.RemovePeer("another")
}

// has reports whether a line of this message was written.
func (l *curiousLog) has(message string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.lines, message)
}

// withLogs starts two nodes with logs of which the second serves shop.Shop.Buy
// in a shape of its own, and a handler that fails as its payload says.
func withLogs(t *testing.T, logs map[string]slog.Handler, created func(name string, m *grid.Manager)) *gridtest.Mesh {
	t.Helper()
	return gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
		o.Logger = slog.New(logs[name])
	}, Register: func(n *gridtest.Node) error {
		m := n.Manager()
		created(n.Name(), m)
		if err := m.RegisterSingleHandler(trial.IdOther, func(_ context.Context, p []byte) ([]byte, error) {
			if string(p) == "panic" {
				panic("as planned")
			}
			return p, nil
		}); err != nil {
			return err
		}
		return trial.Buy(trial.SchemaOf(false, trial.Field("item", 1, schema.Int64))).Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil })
	}})
}

// A log may ask the Manager whatever it likes, and call peers, whatever its line is
// about: no lock is held, and no goroutine that it may have to wait for.
func TestALogMayAskTheManager(t *testing.T) {
	notHung(t)
	synctest.Test(t, func(t *testing.T) {
		logs := map[string]*curiousLog{"a": {t: t}, "b": {t: t}}
		mesh := withLogs(t, map[string]slog.Handler{"a": logs["a"], "b": logs["b"]}, func(name string, m *grid.Manager) { logs[name].of.Store(m) })
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := mesh.Connection("a", "b")
		_, err := trial.Buy(trial.SchemaOf(false, trial.Field("item", 1, schema.String))).Call(t.Context(), c, trial.Message("tea"))
		trial.WantError(t, "other shape", err, grid.ErrIncompatible, grid.NotSent)
		_, err = c.Request(t.Context(), trial.IdOther, []byte("panic"))
		trial.WantError(t, "panic", err, grid.ErrInternal, grid.Ran)
		time.Sleep(time.Minute)
		mesh.Cut("a", "b")
		time.Sleep(time.Minute)
		mesh.Heal("a", "b")
		time.Sleep(time.Minute)
		trial.Warm(t, c)
		for name, want := range map[string][]string{
			"a": {"grid: connected", "grid: incompatible handler", "grid: disconnected"},
			"b": {"grid: connected", "grid: handler panicked", "grid: disconnected"},
		} {
			for _, line := range want {
				if !logs[name].has(line) {
					t.Errorf("the log of %s has no %q", name, line)
				}
			}
		}
	})
}

// stuckLog is a log that takes no line until it is released.
type stuckLog struct {
	slog.Handler
	released chan struct{}
}

func (stuckLog) Enabled(context.Context, slog.Level) bool { return true }

func (l stuckLog) Handle(context.Context, slog.Record) error { <-l.released; return nil }

// A log that is stuck holds up neither connections nor calls nor deadlines.
func TestAStuckLogHoldsNobodyUp(t *testing.T) {
	notHung(t)
	synctest.Test(t, func(t *testing.T) {
		stuck := stuckLog{slog.DiscardHandler, make(chan struct{})}
		defer close(stuck.released)
		mesh := withLogs(t, map[string]slog.Handler{"a": stuck, "b": stuck}, func(string, *grid.Manager) {})
		within := func(what string, most time.Duration, f func()) {
			t.Helper()
			began := time.Now()
			f()
			if took := time.Since(began); took > most {
				t.Errorf("%s took %v, want at most %v", what, took, most)
			}
		}
		c := mesh.Connection("a", "b")
		within("connecting and calling", time.Minute, func() {
			trial.WantConnected(t, c)
			trial.Warm(t, c)
		})
		within("comparing", time.Second, func() {
			_, err := trial.Buy(trial.SchemaOf(false, trial.Field("item", 1, schema.String))).Call(t.Context(), c, trial.Message("tea"))
			trial.WantError(t, "other shape", err, grid.ErrIncompatible, grid.NotSent)
			trial.Warm(t, c)
		})
		mesh.Stall("b") // whose death the clock finds, and tells
		time.Sleep(time.Minute)
		within("a deadline", 2*time.Second, func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if reply, err := mesh.Node("a").Manager().Connection("a").Request(ctx, trial.IdOther, []byte("to oneself")); err != nil || string(reply) != "to oneself" {
				t.Errorf("%q, %v", reply, err)
			}
			_, err := c.Request(grid.WaitForReady(ctx), trial.IdOther, nil)
			trial.WantError(t, "call", err, grid.ErrDeadlineExceeded, grid.NotSent)
		})
		mesh.Restart("b")
		within("reconnecting", time.Minute, func() {
			trial.WantConnected(t, c)
			trial.Warm(t, c)
		})
	})
}

// Accept may ask the Manager who is there.
func TestAcceptMayAskTheManager(t *testing.T) {
	notHung(t)
	synctest.Test(t, func(t *testing.T) {
		var host atomic.Pointer[grid.Manager]
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
			if name == "a" { // "b" dials "a"
				o.Peers = nil
				o.Accept = func(guest string) bool {
					m := host.Load()
					return m.Connection(guest) == nil && len(m.Peers()) == 0 && strings.HasPrefix(guest, "b")
				}
			}
		}, Register: func(n *gridtest.Node) error {
			if n.Name() == "a" {
				host.Store(n.Manager())
			}
			return trial.RegisterEcho(n.Manager())
		}})
		c := mesh.Connection("b", "a")
		trial.WantConnected(t, c)
		reply, err := c.Request(t.Context(), trial.IdCall, []byte("hi"))
		trial.WantReply(t, "call", reply, err, "hi")
	})
}
