package calls_test

import (
	"context"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// An idempotent call whose connection is lost under way is made again on the
// next session, and not on the one that is ending: however long that takes.
func TestRetryWaitsForTheNextSession(t *testing.T) {
	const away = 10 * time.Minute
	h := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.WithIdempotent(), grid.WithTimeout(time.Hour))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		called := make(chan struct{}, 3)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return h.Register(m, func(ctx context.Context, req *grid.Bytes) (*grid.Bytes, error) {
				called <- struct{}{}
				if len(called) == 1 {
					<-ctx.Done()
				}
				return trial.Message("again"), nil
			})
		}})
		out, start := make(chan trial.Result, 1), time.Now()
		go func() {
			reply, err := h.Call(t.Context(), w.Conn, trial.Message(""))
			if err != nil {
				reply = trial.Message("")
			}
			out <- trial.Result{Reply: *reply, Err: err, After: time.Since(start)}
		}()
		trial.Settle()
		w.Partition(r.Caller, r.Server)
		w.Cut(r.Caller, r.Server)
		time.Sleep(away)
		w.Heal(r.Caller, r.Server)
		got := trial.Await(t, "the answer", out)
		trial.WantReply(t, "made again", got.Reply, got.Err, "again")
		if len(called) != 2 || got.After < away {
			t.Errorf("the handler ran %d times, the answer came after %v", len(called), got.After)
		}
	})
}
