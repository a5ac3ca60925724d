package typed_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A client's interceptor may keep the payload and the answer of a typed call: no
// later call writes into them. This one runs in real time, where pools are used
// across goroutines as in production.
func TestClientInterceptorsMayKeepWhatTheySee(t *testing.T) {
	type exchange struct{ payload, reply []byte }
	for _, subroute := range [][]string{nil, {"sub"}} {
		t.Run(fmt.Sprint(subroute), func(t *testing.T) {
			single := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
			var kept []exchange
			keep := grid.Interceptor{Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				reply, err := next(ctx, p)
				kept = append(kept, exchange{p, reply})
				return reply, err
			}}
			mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Configure: func(name string, o *grid.Options) {
				if name == "a" {
					o.ClientInterceptors = []grid.Interceptor{keep}
				}
			}, Register: func(n *gridtest.Node) error {
				return single.Register(n.Manager(), func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }, subroute...)
			}})
			if err := mesh.WaitConnected(t.Context()); err != nil {
				t.Fatal(err)
			}
			var c grid.Caller = mesh.Connection("a", "b")
			if subroute != nil {
				c = c.Subroute(subroute...)
			}
			text := func(i int) []byte { return bytes.Repeat(fmt.Append(nil, i%10), 1000) }
			for i := range 200 {
				if _, err := single.Call(t.Context(), c, trial.Message(string(text(i)))); err != nil {
					t.Fatal(err)
				}
			}
			changed := 0
			for i, x := range kept {
				if !bytes.HasSuffix(x.payload, text(i)) || !bytes.HasSuffix(x.reply, text(i)) {
					changed++
				}
			}
			if len(kept) != 200 || changed > 0 {
				t.Errorf("%d of %d exchanges were overwritten", changed, len(kept))
			}
		})
	}
}
