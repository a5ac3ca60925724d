package faults

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// patience is how long a test waits for what should take far less. It is far
// below the minute that a call may take where nobody notices that its peer died.
const patience = 15 * time.Second

// slack is what the machine may add to a promised time before a test fails.
const slack = 5 * time.Second

// strict is a log that fails the test if a node finds that its peer broke the
// protocol: faults of a network must never look like that.
type strict struct {
	slog.Handler
	t *testing.T
}

func (s strict) Handle(ctx context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if text := a.Value.String(); strings.Contains(text, "broke the protocol") {
			s.t.Errorf("%s: %s", r.Message, text)
		}
		return true
	})
	return s.Handler.Handle(ctx, r)
}

func (s strict) WithAttrs(a []slog.Attr) slog.Handler { return strict{s.Handler.WithAttrs(a), s.t} }

func logger(t *testing.T, name string) *slog.Logger {
	return slog.New(strict{slog.NewTextHandler(t.Output(), nil), t}).With("node", name)
}

// listen opens a port on loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start runs a node until the test ends.
func start(t *testing.T, name string, l net.Listener, limits grid.Limits, r Recorder, peers ...grid.Peer) *Node {
	t.Helper()
	n, err := StartNode(grid.Options{Name: name, Peers: peers, Limits: limits, Logger: logger(t, name)}, l, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Errorf("stopping %s: %v", name, err)
		}
	})
	return n
}

// proxy stands in front of an address until the test ends.
func proxy(t *testing.T, target string) *Proxy {
	t.Helper()
	p, err := NewProxy(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// limited returns a context that ends with the test's patience.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// connected waits until c can be called on.
func connected(t *testing.T, connections ...*grid.Connection) {
	t.Helper()
	for _, c := range connections {
		if err := c.WaitConnected(limited(t)); err != nil {
			t.Fatalf("%s: %v", c.Name(), err)
		}
	}
}

// eventually waits until ok, looking every few milliseconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v: %s", patience, what)
		}
	}
}

// sound fails the test if the ledger has violations, and returns its figures.
func sound(t *testing.T, l *Ledger) Tally {
	t.Helper()
	tally, faults := l.Audit()
	for _, f := range faults {
		t.Error(f)
	}
	t.Log(tally)
	return tally
}

// flight is a bunch of calls and streams that do not end by themselves.
type flight struct {
	work sync.WaitGroup
	land chan struct{} // closed: streams come to their end

	mu     sync.Mutex
	ended  []time.Time
	errors []error
}

// takeOff makes calls that wait for the gate of the peer, and streams that linger
// after their messages, over each of the connections.
func takeOff(load *Load, connections ...*grid.Connection) *flight {
	f := &flight{land: make(chan struct{})}
	ctx := grid.WaitForReady(context.Background())
	for _, c := range connections {
		for i := range 3 {
			f.work.Go(func() { f.add(load.call(ctx, c, order{how: waits, size: 100, reply: 10 << (5 * i)})) })
			f.work.Go(func() { f.add(load.stream(ctx, c, 5, f.land)) })
		}
	}
	return f
}

// size is how many calls and streams takeOff makes on each connection.
const size = 6

func (f *flight) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = append(f.ended, time.Now())
	f.errors = append(f.errors, err)
}

// crashed waits until all have ended, and checks that each was told that its peer
// is gone, and that its handler may have run. It returns how long the last took
// from the moment of the fault.
func (f *flight) crashed(t *testing.T, fault time.Time, notice time.Duration) time.Duration {
	t.Helper()
	f.work.Wait()
	last := time.Duration(0)
	for i, err := range f.errors {
		last = max(last, f.ended[i].Sub(fault))
		if !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != grid.MayHaveRun {
			t.Errorf("a call in flight ended with: %v", err)
		}
	}
	t.Logf("%d calls and streams in flight: the last ended %v after the fault", len(f.errors), last.Round(time.Millisecond))
	if last > notice+slack {
		t.Errorf("the fault was noticed after %v, promised is %v", last, notice)
	}
	return last
}

// landed waits until all have ended, and checks that they ended well.
func (f *flight) landed(t *testing.T) {
	t.Helper()
	f.work.Wait()
	for _, err := range f.errors {
		if err != nil {
			t.Errorf("a call in flight ended with: %v", err)
		}
	}
}

// exercise makes a few calls and a stream on each connection, which must go well.
// Where a session is lost meanwhile it begins anew: with quick limits a machine that
// stalls looks like a peer that died.
func exercise(t *testing.T, load *Load, connections ...*grid.Connection) {
	t.Helper()
	ctx := limited(t)
	for _, c := range connections {
		for {
			err := all(grid.WaitForReady(ctx), load, c)
			if err == nil {
				break
			}
			if !errors.Is(err, grid.ErrDisconnected) || ctx.Err() != nil {
				t.Fatalf("calling %s: %v", c.Name(), err)
			}
			t.Logf("once more: %v", err)
		}
	}
}

// all makes a call of each size and a stream, and returns the first error.
func all(ctx context.Context, load *Load, c *grid.Connection) error {
	for _, o := range []order{{size: 10, reply: 20}, {size: 100_000, reply: 1000}, {size: 10, reply: 200_000}} {
		if err := load.call(ctx, c, o); err != nil {
			return err
		}
	}
	return load.stream(ctx, c, 20, nil)
}

// rest waits until nothing runs any more on these connections.
func rest(t *testing.T, connections ...*grid.Connection) {
	t.Helper()
	for _, c := range connections {
		eventually(t, "nothing is left of the calls", func() bool {
			s := c.Stats()
			return s.CallsInFlight+s.CallsServing+s.StreamsOpen+s.UnreadBytes+s.QueuedBytes == 0
		})
	}
}
