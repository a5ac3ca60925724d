package calls_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P5: a handler that waits for a connection gives the reader away before, so that
// other calls of its caller are served at once, not when the watch looks.
func TestP5WaitConnectedInAHandlerHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b", "c"}, Register: func(n *gridtest.Node) error {
			return trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
				trial.IdCall: func(ctx context.Context, _ []byte) ([]byte, error) {
					return []byte("waited"), n.Connection("c").WaitConnected(ctx)
				},
				trial.IdOther: trial.Echo,
			}, nil)(n.Manager())
		}})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		if err := mesh.WaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
		mesh.Crash("c")
		if err := mesh.WaitDisconnected(ctx, "b", "c"); err != nil {
			t.Fatal(err)
		}
		waiting := trial.Begin(ctx, mesh.Connection("a", "b"), trial.IdCall, nil)
		synctest.Wait()
		other := trial.Begin(ctx, mesh.Connection("a", "b"), trial.IdOther, []byte("at once"))
		synctest.Wait()
		res := trial.Await(t, "another call", other)
		trial.WantReply(t, "another call", res.Reply, res.Err, "at once")
		if res.After != 0 {
			t.Errorf("another call took %v", res.After)
		}
		mesh.Restart("c")
		res = trial.Await(t, "the call that waits", waiting)
		trial.WantReply(t, "the call that waits", res.Reply, res.Err, "waited")
	})
}
