package shutdown_test

import (
	"context"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P3: of several attempts at an idempotent call the first may have run, so the
// error of the last, which found no connection, does not say that none has.
func TestP3RetriesDoNotForgetAnAttemptThatMayHaveRun(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		idempotent := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.WithIdempotent())
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		ended := make(chan error, 1)
		go func() {
			_, err := idempotent.Call(ctx, w.Conn, grid.NewBytes())
			ended <- err
		}()
		trial.Await(t, "start", h.Started)
		w.Cut(r.Caller, r.Server)
		trial.WantError(t, "call", trial.Await(t, "call", ended), grid.ErrDeadlineExceeded, grid.MayHaveRun)
	})
}

// Who waits for a connection with a stream while its own node closes its sessions
// sleeps until it is over. Fake time stands still for who spins: this test would
// not end.
func TestOpeningWhileSessionsCloseDoesNotSpin(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Link: gridtest.Link{Latency: 300 * time.Millisecond}, Register: trial.TypedStream(1, 1, trial.EchoBack)})
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.Caller) }()
		time.Sleep(100 * time.Millisecond) // closing takes a round trip
		_, err := w.Conn.NewStream(grid.WaitForReady(t.Context()), trial.IdStream, nil)
		trial.WantError(t, "stream", err, grid.ErrDisconnected, grid.NotSent)
		if err := trial.Await(t, "shutdown", down); err != nil {
			t.Error(err)
		}
	})
}
