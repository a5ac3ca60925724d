package streams_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A message of 100 KiB beside 16 of 1 MiB, which fill the link for 160 ms, is there
// after a few turns and does not wait for all of them. In turns with them it took
// 28 ms.
func TestMediumMessageBesideLargeOnes(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		fast := gridtest.Link{Latency: 100 * time.Microsecond, Bandwidth: 100 << 20}
		w := r.World(t, trial.Setup{Link: fast, Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(context.Context, []byte) ([]byte, error) { return nil, nil })
		}})
		ctx, cancel := context.WithCancel(t.Context())
		for range 16 {
			go func() {
				large := make([]byte, 1<<20)
				for ctx.Err() == nil {
					_, _ = w.Conn.Request(ctx, trial.IdCall, large)
				}
			}()
		}
		time.Sleep(200 * time.Millisecond)
		for range 3 {
			start := time.Now()
			if _, err := w.Conn.Request(t.Context(), trial.IdCall, make([]byte, 100<<10)); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 30*time.Millisecond {
				t.Errorf("it took %v", took)
			}
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
		synctest.Wait()
	})
}
