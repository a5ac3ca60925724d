package gridtest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// In a test, use New instead, under testing/synctest: it needs no Close, and
// hours pass in no time.
func ExampleNewMesh() {
	const hello grid.HandlerID = 1
	mesh := gridtest.NewMesh(gridtest.Options{
		Nodes: []string{"a", "b"},
		Register: func(n *gridtest.Node) error {
			return n.Manager().RegisterSingleHandler(hello, func(ctx context.Context, _ []byte) ([]byte, error) {
				return []byte(n.Name() + " greets " + grid.GetCaller(ctx)), nil
			})
		},
	})
	defer mesh.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := mesh.WaitConnected(ctx); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := mesh.Connection("a", "b").Request(ctx, hello, nil)
	fmt.Println(string(answer), err)
	// Output: b greets a <nil>
}

// A cut is noticed at once and tells the truth about what was under way; after
// it is healed the nodes find each other again by themselves.
func ExampleMesh_cut() {
	const slow grid.HandlerID = 1
	started := make(chan struct{})
	mesh := gridtest.NewMesh(gridtest.Options{
		Nodes: []string{"a", "b"},
		Register: func(n *gridtest.Node) error {
			return n.Manager().RegisterSingleHandler(slow, func(ctx context.Context, p []byte) ([]byte, error) {
				if len(p) == 0 {
					return []byte("pong"), nil
				}
				close(started)
				<-ctx.Done() // the cut reaches the handler as well
				return nil, ctx.Err()
			})
		},
	})
	defer mesh.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	mesh.WaitConnected(ctx)

	go func() {
		<-started
		mesh.Cut("a", "b")
	}()
	b := mesh.Connection("a", "b")
	_, err := b.Request(ctx, slow, []byte("take your time"))
	fmt.Println(errors.Is(err, grid.ErrDisconnected), grid.OutcomeOf(err))

	mesh.Heal("a", "b")
	pong, err := b.Request(grid.WaitForReady(ctx), slow, nil)
	fmt.Println(string(pong), err)
	// Output:
	// true may have run
	// pong <nil>
}

// A restarted node is a new process under the old name: Register runs again.
func ExampleMesh_Restart() {
	const generation grid.HandlerID = 1
	starts := 0
	mesh := gridtest.NewMesh(gridtest.Options{
		Nodes: []string{"a", "b"},
		Register: func(n *gridtest.Node) error {
			starts++
			answer := fmt.Sprintf("start %d", starts)
			return n.Manager().RegisterSingleHandler(generation, func(context.Context, []byte) ([]byte, error) {
				return []byte(answer), nil
			})
		},
	})
	defer mesh.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for range 2 {
		answer, err := mesh.Connection("a", "b").Request(grid.WaitForReady(ctx), generation, nil)
		fmt.Println(string(answer), err)
		mesh.Crash("b")
		mesh.WaitDisconnected(ctx, "a", "b")
		mesh.Restart("b")
	}
	// Output:
	// start 2 <nil>
	// start 3 <nil>
}
