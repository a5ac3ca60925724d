package shutdown_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// processStart is how long a node is away at the least: as long as a small Go program
// takes to start.
const processStart = 20 * time.Millisecond

// rollingBound is how long a call may take that meets a restart.
const rollingBound = 250 * time.Millisecond

// A cluster of five whose nodes are restarted in good order, one after the other and
// again and again, while all call each other and wait for who is away: no call fails, and
// none takes long. The time is that of the simulation, in which no machine is busy.
func TestRollingRestartsAreNotSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"a", "b", "c", "d", "e"}
		mesh := gridtest.New(t, gridtest.Options{Nodes: names, Seed: 1, Link: gridtest.Link{Latency: time.Millisecond},
			Register: func(n *gridtest.Node) error { return trial.RegisterEcho(n.Manager()) }})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		load := &load{mesh: mesh, over: make(chan struct{})}
		var callers sync.WaitGroup
		for _, from := range names {
			for _, to := range names {
				if from != to {
					callers.Go(func() { load.call(t, from, to) })
				}
			}
		}
		for range 5 {
			for _, name := range names {
				time.Sleep(50 * time.Millisecond)
				if err := mesh.Stop(t.Context(), name); err != nil {
					t.Errorf("%s did not end: %v", name, err)
				}
				time.Sleep(processStart)
				mesh.Restart(name)
			}
		}
		close(load.over)
		callers.Wait()
		t.Logf("%d calls, the slowest took %v", load.calls, load.slowest)
		if load.slowest > rollingBound {
			t.Errorf("a call took %v", load.slowest)
		}
		if load.calls < 1_000 {
			t.Errorf("only %d calls were made", load.calls)
		}
	})
}

// load is calls of everybody to everybody.
type load struct {
	mesh *gridtest.Mesh
	over chan struct{}

	mu      sync.Mutex
	calls   int
	slowest time.Duration
}

// call makes one call after the other. What a node asks for that is itself leaving is
// not sent.
func (l *load) call(t *testing.T, from, to string) {
	for i := 0; ; i++ {
		select {
		case <-l.over:
			return
		case <-time.After(5 * time.Millisecond):
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(grid.WaitForReady(t.Context()), time.Minute)
		text := fmt.Sprint(from, to, i)
		reply, err := l.mesh.Connection(from, to).Request(ctx, trial.IdCall, []byte(text))
		cancel()
		switch {
		case err == nil && string(reply) == text:
			l.took(time.Since(began))
		case errors.Is(err, grid.ErrUnavailable) || errors.Is(err, grid.ErrDisconnected):
			if grid.OutcomeOf(err) != grid.NotSent {
				t.Errorf("%s to %s: %v", from, to, err)
			}
		default:
			t.Errorf("%s to %s: got %q, %v", from, to, reply, err)
		}
	}
}

func (l *load) took(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	l.slowest = max(l.slowest, d)
}
