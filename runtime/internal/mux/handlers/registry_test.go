package handlers_test

import (
	"errors"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

func TestRegistrationBounds(t *testing.T) {
	var r handlers.Registry
	r.Init()
	for name, h := range map[string]*handlers.Handler{
		"id 0":        {},
		"subroute":    {ID: 1, Subroute: strings.Repeat("s", wire.MaxSubroute+1)},
		"capacity":    {ID: 1, InCap: wire.MaxCapacity + 1},
		"no capacity": {ID: 1, OutCap: -1},
	} {
		if err := r.Add(&node.Node{Limits: node.Limits(grid.DefaultLimits())}, []*handlers.Handler{h}, func([]*handlers.Handler) {}); !errors.Is(err, grid.ErrInvalidArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
