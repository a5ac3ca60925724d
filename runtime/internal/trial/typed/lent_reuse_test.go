package typed_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/codec"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A pooled request that is its own answer is sent from where it is, and is nobody
// else's until then, whatever its neighbours come to: some callers give up before
// their answer begins to arrive, or in the middle of it.
func TestPooledRequestIsSentBeforeItIsUsedAgain(t *testing.T) {
	fast := slow
	fast.Bandwidth *= 16
	echo := grid.NewSingleHandler(trial.IdCall, newParcel, newParcel, grid.WithReuse())
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Link: fast, Register: func(m *grid.Manager) error {
			return echo.Register(m, func(_ context.Context, req *parcel) (*parcel, error) { return req, nil })
		}})
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for round := range 12 {
					req := randomParcel(fmt.Sprint(i, round), codec.LendFrom+3*round<<10+i)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					if i%2 == 1 {
						cancel()
						ctx, cancel = context.WithTimeout(t.Context(), time.Duration(20*round+15*i)*time.Millisecond)
					}
					got, err := asStub(ctx, w.Conn, echo, req)
					cancel()
					switch {
					case err != nil && (i%2 == 0 || !errors.Is(err, grid.ErrDeadlineExceeded)):
						t.Error(err)
					case err == nil && !got.equal(req):
						t.Errorf("%s came back as another", req.name)
					}
				}
			})
		}
		wg.Wait()
	})
}
