package grid_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// exampleMesh starts nodes a, b and c in memory with what register puts on each,
// and returns when all are connected. Real nodes differ in their Options only.
func exampleMesh(register func(m *grid.Manager) error) (mesh *gridtest.Mesh, ctx context.Context, end func()) {
	mesh = gridtest.NewMesh(gridtest.Options{
		Nodes:    []string{"a", "b", "c"},
		Register: func(n *gridtest.Node) error { return register(n.Manager()) },
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	if err := mesh.WaitConnected(ctx); err != nil {
		panic(err)
	}
	return mesh, ctx, func() { cancel(); mesh.Close() }
}

// A handler of bytes, and a call of it from another node.
func ExampleManager_RegisterSingleHandler() {
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.RegisterSingleHandler(1, func(_ context.Context, payload []byte) ([]byte, error) {
			return []byte(strings.ToUpper(string(payload))), nil
		})
	})
	defer end()
	answer, err := mesh.Connection("a", "b").Request(ctx, 1, []byte("hello"))
	fmt.Println(string(answer), err)
	// Output: HELLO <nil>
}

// One handler, registered once for each disk, and called under one of them.
func ExampleConnection_Subroute() {
	free := grid.NewSingleHandler(2, grid.NewNoPayload, grid.NewBytes)
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		disk := func(ctx context.Context, _ *grid.NoPayload) (*grid.Bytes, error) {
			return grid.NewBytesWith([]byte(m.Name() + " " + grid.GetSubroute(ctx) + " for " + grid.GetCaller(ctx))), nil
		}
		return m.Register(free.Handle(disk, "disk", "1"), free.Handle(disk, "disk", "2"))
	})
	defer end()
	answer, err := free.Call(ctx, mesh.Connection("a", "c").Subroute("disk", "2"), &grid.NoPayload{})
	fmt.Println(string(*answer), err)
	// Output: c disk/2 for a <nil>
}

// A stream of bytes in its channel shape. in is closed at the end of the input
// and only then, so the handler selects on ctx as well.
func ExampleManager_RegisterStreamingHandler() {
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.RegisterStreamingHandler(3, grid.StreamHandler{
			InCapacity: 4, OutCapacity: 4,
			Handle: func(ctx context.Context, payload []byte, in <-chan []byte, out chan<- []byte) error {
				for {
					select {
					case word, ok := <-in:
						if !ok {
							return nil
						}
						out <- append(slices.Clone(payload), word...)
					case <-ctx.Done():
						return ctx.Err()
					}
				}
			},
		})
	})
	defer end()
	st, err := mesh.Connection("a", "b").NewStream(ctx, 3, []byte("re: "))
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		defer close(st.Requests)
		st.Requests <- []byte("one")
		st.Requests <- []byte("two")
	}()
	err = st.Results(func(msg []byte) error {
		fmt.Println(string(msg))
		return nil
	})
	fmt.Println(err)
	// Output:
	// re: one
	// re: two
	// <nil>
}

// The core shape of a typed stream: no goroutine but the handler's own. Leaving
// the loop ends the stream.
func ExampleReceiver_All() {
	count := grid.NewStream(4, grid.NewBytes, grid.NewNoPayload, grid.NewBytes, grid.WithCapacity(0, 8))
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.Register(count.Handle(func(_ context.Context, prefix *grid.Bytes, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*grid.Bytes]) error {
			for i := 0; ; i++ {
				if err := out.Send(grid.NewBytesWith(fmt.Appendf(nil, "%s%d", *prefix, i))); err != nil {
					return err // the client has left
				}
			}
		}))
	})
	defer end()
	st, err := count.OpenReceiver(ctx, mesh.Connection("a", "b"), grid.NewBytesWith([]byte("n")))
	if err != nil {
		fmt.Println(err)
		return
	}
	for msg, err := range st.All() {
		if err != nil || string(*msg) == "n3" {
			fmt.Println("left at", string(*msg), err)
			break
		}
	}
	// Output: left at n3 <nil>
}

// An upload: the client sends, and asks for the handler's verdict.
func ExampleUpload_Finish() {
	sum := grid.NewStream(5, grid.NewNoPayload, grid.NewBytes, grid.NewNoPayload)
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.Register(sum.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*grid.Bytes], _ *grid.Sender[*grid.NoPayload]) error {
			total := 0
			for {
				msg, err := in.Recv()
				if err == io.EOF {
					return grid.NewError(grid.InvalidArgument, fmt.Sprint(total, " bytes are too few"))
				}
				if err != nil {
					return err
				}
				total += len(*msg)
			}
		}))
	})
	defer end()
	up, err := sum.OpenUpload(ctx, mesh.Connection("a", "b"), &grid.NoPayload{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		if err := up.Send(grid.NewBytesWith([]byte("abc"))); err != nil {
			break // Finish tells why
		}
	}
	err = up.Finish()
	fmt.Println(err, errors.Is(err, grid.ErrInvalidArgument), grid.IsRemote(err))
	// Output: grid: invalid_argument: 9 bytes are too few (remote, ran) true true
}

// The channel shape of typed streams, for handlers that take no input.
func ExampleStreamingHandler_RegisterNoInput() {
	words := grid.NewStream(6, grid.NewURLValues, grid.NewNoPayload, grid.NewMSS)
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return words.RegisterNoInput(m, func(ctx context.Context, query *grid.URLValues, out chan<- *grid.MSS) error {
			for _, word := range query.Values()["word"] {
				select {
				case out <- grid.NewMSSWith(map[string]string{"word": word, "node": m.Name()}):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	defer end()
	st, err := words.Call(ctx, mesh.Connection("a", "b"), grid.NewURLValuesWith(url.Values{"word": {"x", "y"}}))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = st.Results(func(m *grid.MSS) error {
		fmt.Println(m.Get("node"), m.Get("word"))
		return nil
	})
	fmt.Println(err)
	// Output:
	// b x
	// b y
	// <nil>
}

// Types without msgp methods travel as JSON, and lists of messages as Array.
func ExampleNewJSON() {
	type point struct{ X, Y int }
	newPoint := grid.NewJSON[point]
	mirror := grid.NewSingleHandler(7, grid.NewArray(newPoint), grid.NewArray(newPoint))
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return mirror.Register(m, func(_ context.Context, req *grid.Array[*grid.JSON[point]]) (*grid.Array[*grid.JSON[point]], error) {
			for _, p := range req.Items {
				p.Value.X, p.Value.Y = p.Value.Y, p.Value.X
			}
			return req, nil
		})
	})
	defer end()
	answer, err := mirror.Call(ctx, mesh.Connection("a", "b"), grid.NewArrayWith([]*grid.JSON[point]{grid.NewJSONWith(point{1, 2})}))
	fmt.Println(answer.Items[0].Value, err)
	// Output: {2 1} <nil>
}

// The same call to many peers: answers come as they arrive, a quorum is enough.
func ExampleQuorum() {
	lock := grid.NewSingleHandler(8, grid.NewBytes, grid.NewNoPayload)
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return lock.Register(m, func(context.Context, *grid.Bytes) (*grid.NoPayload, error) {
			if m.Name() == "c" {
				return nil, grid.NewError(grid.Unavailable, "no locks here")
			}
			return &grid.NoPayload{}, nil
		})
	})
	defer end()
	group := mesh.Node("a").Manager().Group("a", "b", "c")
	granted, err := grid.Quorum(lock.CallGroup(ctx, group, grid.NewBytesWith([]byte("bucket/object"))), 2)
	fmt.Println(len(granted), err)
	_, err = grid.Quorum(lock.CallGroup(ctx, group, grid.NewBytesWith([]byte("bucket/object"))), 3)
	fmt.Println(errors.Is(err, grid.ErrUnavailable))
	// Output:
	// 2 <nil>
	// true
}

// An error says what is known about the handler.
func ExampleOutcomeOf() {
	stuck := make(chan struct{})
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.RegisterSingleHandler(9, func(context.Context, []byte) ([]byte, error) {
			<-stuck
			return nil, nil
		})
	})
	defer end()
	defer close(stuck)
	b := mesh.Connection("a", "b")
	_, err := b.Request(ctx, 10, nil)
	fmt.Println(errors.Is(err, grid.ErrUnknownHandler), grid.OutcomeOf(err))
	soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, err = b.Request(soon, 9, nil)
	fmt.Println(errors.Is(err, grid.ErrDeadlineExceeded), grid.OutcomeOf(err))
	// Output:
	// true not sent
	// true may have run
}

// Metadata travels with one call.
func ExampleWithMetadata() {
	mesh, ctx, end := exampleMesh(func(m *grid.Manager) error {
		return m.RegisterSingleHandler(11, func(ctx context.Context, _ []byte) ([]byte, error) {
			return []byte(grid.GetMetadata(ctx)["trace"]), nil
		})
	})
	defer end()
	answer, err := mesh.Connection("a", "b").Request(grid.WithMetadata(ctx, map[string]string{"trace": "7f"}), 11, nil)
	fmt.Println(string(answer), err)
	// Output: 7f <nil>
}
