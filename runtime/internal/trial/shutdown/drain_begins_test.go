package shutdown_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A node begins to shut down while it shakes hands with a peer. The session that
// comes of it is told: nothing new runs there, the caller knows it, and Shutdown
// ends when what ran before it has ended.
func TestASessionBeginsWhileItsNodeDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const runs = 10 * time.Second
		mesh := gridtest.New(t, gridtest.Options{
			Nodes: []string{"a", "b", "tool"},
			Link:  gridtest.Link{Latency: 300 * time.Millisecond}, // a handshake takes more than two seconds
			Configure: func(name string, o *grid.Options) {
				if name == "tool" {
					o.CallOnly = true
					o.Peers = slices.DeleteFunc(o.Peers, func(p grid.Peer) bool { return p.Name != "b" })
				}
			},
			Register: func(n *gridtest.Node) error {
				return n.Manager().RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
					time.Sleep(runs)
					return p, nil
				})
			},
		})
		mesh.SetLink("tool", "b", gridtest.Link{})
		trial.WantConnected(t, mesh.Connection("tool", "b"))
		kept := trial.Begin(t.Context(), mesh.Connection("tool", "b"), trial.IdCall, []byte("kept"))
		time.Sleep(1500 * time.Millisecond)
		conn := mesh.Connection("a", "b")
		if state := conn.State(); state.Phase == grid.Connected {
			t.Fatal("the handshake is over already")
		}
		down := make(chan error, 1)
		go func() { down <- mesh.Stop(t.Context(), "b") }()

		trial.WantConnected(t, conn)
		_, err := conn.Request(t.Context(), trial.IdCall, nil)
		if outcome := grid.OutcomeOf(err); outcome != grid.NotSent && outcome != grid.Rejected { // the goaway may be on its way
			t.Errorf("a call: %v (%v)", err, outcome)
		}
		trial.WantError(t, "a call", err, grid.ErrUnavailable, grid.OutcomeOf(err))
		res := trial.Await(t, "the call that keeps it", kept)
		trial.WantReply(t, "the call that keeps it", res.Reply, res.Err, "kept")
		if err := trial.Await(t, "Shutdown", down); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if state := conn.State(); state.Phase == grid.Connected {
			t.Errorf("afterwards: %+v", state)
		}
	})
}
