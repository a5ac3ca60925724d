package typed_test

import (
	"context"
	"testing"
	"testing/synctest"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// The request of a group is its caller's again when the iteration is over, also
// where that was left while some calls were under way.
func TestGroupRequestIsFreeWhenLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := grid.NewSingleHandler(trial.IdCall, newParcel, newParcel)
		mesh := gridtest.New(t, gridtest.Options{Nodes: []string{"a", "b", "c"}, Register: func(n *gridtest.Node) error {
			return echo.Register(n.Manager(), func(_ context.Context, req *parcel) (*parcel, error) { return &parcel{note: req.note}, nil })
		}})
		if err := mesh.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		mesh.Network.SetLink("a", "c", slow)
		for range 5 {
			req := randomParcel("to all", slowSize)
			if _, err := grid.First(echo.CallGroup(t.Context(), mesh.Node("a").Manager().Group("b", "c"), req)); err != nil {
				t.Error(err)
			}
			req.scribble()
			req.note = "changed"
		}
	})
}
