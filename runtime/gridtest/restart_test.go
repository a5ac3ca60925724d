package gridtest_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// A node may be restarted while it stops: what it had not finished ends as in a
// crash, and its address is free for the next life.
func TestRestartDuringADrain(t *testing.T) {
	o := gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
		return n.Manager().RegisterSingleHandler(echo, func(_ context.Context, p []byte) ([]byte, error) {
			if len(p) == 0 {
				time.Sleep(time.Minute) // keeps the node from stopping
			}
			return p, nil
		})
	}}
	meshInBubble(t, o, func(t *testing.T, m *gridtest.Mesh) {
		ended := make(chan error, 1)
		go func() {
			_, err := m.Connection("a", "b").Request(t.Context(), echo, nil)
			ended <- err
		}()
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- m.Stop(t.Context(), "b") }()
		synctest.Wait()
		m.Restart("b")
		if err := <-ended; grid.OutcomeOf(err) != grid.MayHaveRun {
			t.Errorf("the call under way: %v", err)
		}
		waitConnected(t, m)
		wantEcho(t, m, "a", "b")
		wantEcho(t, m, "b", "a")
		if err := <-stopped; err != nil && !errors.Is(err, context.Canceled) { // the crash cut it short
			t.Errorf("Stop: %v", err)
		}
		wantEcho(t, m, "a", "b")
	})
}

// The same at the very moment when Stop has ended the Manager, and its server is
// still listening.
func TestRestartAtTheEndOfAStop(t *testing.T) {
	meshInBubble(t, gridtest.Options{Nodes: []string{"a", "b"}}, func(t *testing.T, m *gridtest.Mesh) {
		for range 100 {
			stopped := make(chan error, 1)
			go func() { stopped <- m.Stop(t.Context(), "b") }()
			for m.Node("b").Running() {
				runtime.Gosched()
			}
			m.Restart("b")
			if err := <-stopped; err != nil {
				t.Fatal(err)
			}
			if !m.Node("b").Running() {
				t.Fatal("the end of the old life ended the new one")
			}
		}
		waitConnected(t, m)
		wantEcho(t, m, "a", "b")
	})
}
