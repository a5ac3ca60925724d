package proof_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gridrpc/gridc/compiler/internal/proof/foreign"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// An extern whose marshaler slips inside a generated message ends the call or stream
// that it is part of, and nothing else: at the server, where the runtime calls it.
func TestExternsThatSlip(t *testing.T) {
	const get, put, list = 10, 11, 12
	bad := func() *proof.Nested { return &proof.Nested{Money: foreign.Money{Currency: foreign.Slips}} }
	newNested := func() *proof.Nested { return &proof.Nested{} }
	// What a peer sent that does not slip there: bytes, in which the extern is the last.
	raw := func() []byte {
		ok := &proof.Nested{Money: foreign.Money{Currency: "other"}}
		b, err := ok.MarshalMsg(nil)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(strings.Replace(string(b), "other", foreign.Slips, 1))
	}
	getter := grid.NewSingleHandler(get, grid.NewNoPayload, newNested)
	putter := grid.NewSingleHandler(put, newNested, grid.NewNoPayload)
	lister := grid.NewStreamingHandler(list, grid.NewNoPayload, newNested, newNested)
	synctest.Test(t, func(t *testing.T) {
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b"}, Register: func(n *gridtest.Node) error {
			m := n.Manager()
			return errors.Join(
				getter.Register(m, func(context.Context, *grid.NoPayload) (*proof.Nested, error) { return bad(), nil }),
				putter.Register(m, func(context.Context, *proof.Nested) (*grid.NoPayload, error) { return grid.NewNoPayload(), nil }),
				lister.Register(m, func(_ context.Context, _ *grid.NoPayload, _ <-chan *proof.Nested, out chan<- *proof.Nested) error {
					out <- newNested()
					out <- bad()
					return nil
				}))
		}})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		conn := mesh.Connection("a", "b")
		for range 10 {
			_, err := getter.Call(t.Context(), conn, grid.NewNoPayload())
			wantSlip(t, "an answer", err, grid.Ran)
			_, err = conn.Request(t.Context(), put, raw())
			wantSlip(t, "a request", err, grid.Rejected)
			st, err := lister.Call(t.Context(), conn, grid.NewNoPayload())
			if err != nil {
				t.Fatal(err)
			}
			close(st.Requests)
			wantSlip(t, "a message", st.Results(func(*proof.Nested) error { return nil }), grid.Ran)
		}
		if s := conn.Stats(); s.State.Session != 1 || s.CallsInFlight != 0 || s.StreamsOpen != 0 {
			t.Errorf("afterwards: %+v", s)
		}
	})
}

func wantSlip(t *testing.T, what string, err error, outcome grid.Outcome) {
	t.Helper()
	if !errors.Is(err, grid.ErrInternal) || grid.OutcomeOf(err) != outcome || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%s: got %v, want internal (%v)", what, err, outcome)
	}
}
