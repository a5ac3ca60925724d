package grid_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// A node: what it is called, who its peers are, how they prove themselves, and what it
// serves. Here are two of them, and a call from one to the other. In a cluster each is a
// process of its own, with the same code and another name.
func ExampleNewManager() {
	listeners := map[string]net.Listener{"a": listen(), "b": listen()}
	var peers []grid.Peer // the same list for all: the node itself may be on it
	for name, l := range listeners {
		peers = append(peers, grid.Peer{Name: name, Address: l.Addr().String()})
	}
	start := func(name string) (m *grid.Manager, stop func()) {
		m, err := grid.NewManager(grid.Options{
			Name:  name,
			Peers: peers,
			Auth:  grid.SharedKey([]byte("one key for all nodes, 16 bytes or more")),
			Register: func(m *grid.Manager) error { // with a .grid file: greet.RegisterGreeter(m, &greeter{})
				return m.RegisterSingleHandler(1, func(ctx context.Context, name []byte) ([]byte, error) {
					return fmt.Appendf(nil, "%s, called by %s, greets %s", m.Name(), grid.GetCaller(ctx), name), nil
				})
			},
		})
		if err != nil {
			log.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle(grid.DefaultPath, m.Handler())
		server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
		go func() { _ = server.Serve(listeners[name]) }() // ends when it is closed
		return m, func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // for what runs to finish
			defer cancel()
			_ = m.Shutdown(ctx) // first, for the server knows nothing of upgraded connections
			_ = server.Close()
		}
	}
	a, stopA := start("a")
	defer stopA()
	_, stopB := start("b")
	defer stopB()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	// WaitForReady: the two may not be connected yet. Without it the call would fail at once.
	answer, err := a.Connection("b").Request(grid.WaitForReady(ctx), 1, []byte("you"))
	fmt.Println(string(answer), err)
	// Output: b, called by a, greets you <nil>
}

// listen returns a listener at a free port of this machine.
func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return l
}

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
