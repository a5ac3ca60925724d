package grid_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// P5: a handler that waits for a connection gives the reader away before, so that
// other calls of its caller are served at once, not when the watch looks.
func TestP5WaitConnectedInAHandlerHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b", "c"}, Register: func(n *gridtest.Node) error {
			return registerAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
				idCall: func(ctx context.Context, _ []byte) ([]byte, error) {
					return []byte("waited"), n.Connection("c").WaitConnected(ctx)
				},
				idOther: echo,
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
		waiting := begin(ctx, mesh.Connection("a", "b"), idCall, nil)
		synctest.Wait()
		other := begin(ctx, mesh.Connection("a", "b"), idOther, []byte("at once"))
		synctest.Wait()
		res := await(t, "another call", other)
		wantReply(t, "another call", res.reply, res.err, "at once")
		if res.after != 0 {
			t.Errorf("another call took %v", res.after)
		}
		mesh.Restart("c")
		res = await(t, "the call that waits", waiting)
		wantReply(t, "the call that waits", res.reply, res.err, "waited")
	})
}
