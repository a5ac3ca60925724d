package attack_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Trailers of small answers that are never read count in the send queue as what they are:
// they are what makes it full.
func TestAttackTrailersNeverRead(t *testing.T) {
	const slots, most = 8, 256 << 10
	few := func(o *grid.Options) { o.Limits.RunningCalls, o.Limits.SendQueue = slots, most }
	trial.UnderAttack(t, few, func(t *testing.T, a *trial.Arena) {
		var ran atomic.Int64
		trailer := map[string]string{"k": strings.Repeat("v", grid.MaxMetadata-16)}
		err := a.RegisterSingleHandler(150, func(ctx context.Context, _ []byte) ([]byte, error) {
			ran.Add(1)
			return nil, grid.SetTrailer(ctx, trailer)
		})
		if err != nil {
			t.Fatal(err)
		}
		s := a.Session(t, "probe")
		a.Baseline()
		for id := 1; id < 4000; id += slots {
			for i := range slots {
				trial.SendFrames(t, s, trial.CallFrame(id+i, trial.RouteHuge+1))
			}
			time.Sleep(10 * time.Millisecond)
		}
		n := ran.Load()
		if held := int(n) * grid.MaxMetadata; n == 0 || held > most+1<<20 { // the sockets hold some
			t.Errorf("%d answers ran, with trailers of %d bytes, for a peer that does not read; Limits.SendQueue is %d", n, held, most)
		}
		a.Bounded(t, 3<<20, 2*slots)
	})
}
