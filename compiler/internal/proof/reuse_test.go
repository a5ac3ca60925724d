package proof

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// again serves proof.Again: what comes is sent back, as it is or in parts.
type again struct {
	proof.UnimplementedAgainServer

	mu   sync.Mutex
	last parts.Part
}

func (*again) Lists(_ context.Context, req *proof.Lists) (*proof.Lists, error) { return req, nil }

func (*again) Maps(_ context.Context, req *proof.Maps) (*proof.Maps, error) {
	resp := *req // which shares its memory
	return &resp, nil
}

func (*again) Optionals(_ context.Context, req *proof.Optionals) (*proof.Optionals, error) {
	return req, nil
}

func (*again) Tree(_ context.Context, req *proof.Tree) (*proof.Tree, error) { return req, nil }

func (*again) Choice(_ context.Context, req *proof.Choice) (*proof.Choice, error) { return req, nil }

func (*again) Plain(_ context.Context, req *proof.Lists) (*proof.Lists, error) { return req, nil }

func (a *again) Put(_ context.Context, req *proof.Lists) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = parts.Part{Number: uint32(len(req.Parts))}
	return nil
}

func (a *again) Last(context.Context) (*parts.Part, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	last := a.last
	return &last, nil
}

func (*again) Flow(_ context.Context, in *grid.Receiver[*proof.Lists], out *grid.Sender[*proof.Lists]) error {
	for msg, err := range in.All() {
		if err != nil {
			return err
		}
		if err := out.Send(msg); err != nil {
			return err
		}
	}
	return nil
}

// connection starts two nodes with what register puts on each.
func connection(t *testing.T, register func(m *grid.Manager) error) *grid.Connection {
	t.Helper()
	mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
		return register(n.Manager())
	}})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mesh.Connection("a", "b")
}

func newAgain(t *testing.T) *proof.AgainClient {
	t.Helper()
	return proof.NewAgainClient(connection(t, func(m *grid.Manager) error { return proof.RegisterAgain(m, &again{}) }))
}

// checkInto makes calls with one response for all of them, from several callers.
func checkInto[T message](t *testing.T, make func() T, call func(ctx context.Context, req, resp T) error) {
	k := kindOf(make)
	t.Run(k.name, func(t *testing.T) {
		for caller := range uint64(3) {
			t.Run(fmt.Sprint(caller), func(t *testing.T) {
				t.Parallel()
				resp := make()
				for seed := range uint64(rounds / 2) {
					req := random(k, 100*caller+seed)
					if err := call(t.Context(), req.(T), resp); err != nil {
						t.Fatal(err)
					}
					checkEqual(t, "the answer", req, message(resp))
				}
			})
		}
	})
}

// What a stub decodes into a response of the caller's is what was sent, whatever
// the call before has left there.
func TestStubsInto(t *testing.T) {
	c := newAgain(t)
	checkInto(t, proof.NewLists, c.ListsInto)
	checkInto(t, proof.NewMaps, c.MapsInto)
	checkInto(t, proof.NewOptionals, c.OptionalsInto)
	checkInto(t, proof.NewTree, c.TreeInto)
	checkInto(t, proof.NewChoice, c.ChoiceInto)
}

// Handlers with @reuse that have a request only, or a response only.
func TestStubsIntoOfHalves(t *testing.T) {
	c := newAgain(t)
	var part parts.Part
	for n := range 5 {
		if err := c.Put(t.Context(), &proof.Lists{Parts: make([]parts.Part, n)}); err != nil {
			t.Fatal(err)
		}
		if err := c.LastInto(t.Context(), &part); err != nil || part != (parts.Part{Number: uint32(n)}) {
			t.Errorf("the last is %+v, %v; sent were %d", part, err, n)
		}
	}
}

// A stream with @reuse uses one message at each end.
func TestStubsStreamWithReuse(t *testing.T) {
	st, err := newAgain(t).Flow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k := kindOf(proof.NewLists)
	var msg proof.Lists
	for seed := range uint64(rounds) {
		want := random(k, seed)
		if err := st.Send(want.(*proof.Lists)); err != nil {
			t.Fatal(err)
		}
		if err := st.RecvInto(&msg); err != nil {
			t.Fatal(err)
		}
		checkEqual(t, "message", want, message(&msg))
	}
	if err := st.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := st.RecvInto(&msg); err != io.EOF {
		t.Errorf("the end: %v", err)
	}
}

// The same for every generated type, by hand: one response for calls of a pooled
// handler, one message at each end of a stream.
func TestEveryTypeIsReused(t *testing.T) {
	const firstCall, firstStream = 1000, 2000
	single := func(i int) *grid.SingleHandler[message, message] {
		return grid.NewSingleHandler(grid.HandlerID(firstCall+i), kinds[i].make, kinds[i].make, grid.WithReuse())
	}
	stream := func(i int) *grid.StreamingHandler[*grid.NoPayload, message, message] {
		return grid.NewStreamingHandler(grid.HandlerID(firstStream+i), grid.NewNoPayload, kinds[i].make, kinds[i].make, grid.WithReuse())
	}
	conn := connection(t, func(m *grid.Manager) error {
		var all []grid.Registration
		for i := range kinds {
			all = append(all, single(i).Handle(func(_ context.Context, req message) (message, error) { return req, nil }),
				stream(i).Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[message], out *grid.Sender[message]) error {
					for msg, err := range in.All() {
						if err != nil {
							return err
						}
						if err := out.Send(msg); err != nil {
							return err
						}
					}
					return nil
				}))
		}
		return m.Register(all...)
	})
	for i, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			st, err := stream(i).Open(t.Context(), conn, grid.NewNoPayload())
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			h, resp, msg := single(i), k.make(), k.make()
			for seed := range uint64(rounds / 4) {
				want := random(k, seed)
				if err := h.CallInto(t.Context(), conn, want, resp); err != nil {
					t.Fatal(err)
				}
				checkEqual(t, "the answer", want, resp)
				if err := st.Send(want); err != nil {
					t.Fatal(err)
				}
				if err := st.RecvInto(msg); err != nil {
					t.Fatal(err)
				}
				checkEqual(t, "the message", want, msg)
			}
		})
	}
}
