package grid_test

import (
	"context"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// P3: of several attempts at an idempotent call the first may have run, so the
// error of the last, which found no connection, does not say that none has.
func TestP3RetriesDoNotForgetAnAttemptThatMayHaveRun(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		idempotent := grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewBytes, grid.WithIdempotent())
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		ended := make(chan error, 1)
		go func() {
			_, err := idempotent.Call(ctx, w.conn, grid.NewBytes())
			ended <- err
		}()
		await(t, "start", h.started)
		w.Cut(r.caller, r.server)
		wantError(t, "call", await(t, "call", ended), grid.ErrDeadlineExceeded, grid.MayHaveRun)
	})
}

// Who waits for a connection with a stream while his own node says goodbye
// sleeps until it is over. Fake time stands still for who spins: this test would
// not end.
func TestOpeningDuringTheFarewellDoesNotSpin(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{link: gridtest.Link{Latency: 300 * time.Millisecond}, register: typedStream(1, 1, echoBack)})
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.caller) }()
		time.Sleep(100 * time.Millisecond) // the farewell takes a round trip
		_, err := w.conn.NewStream(grid.WaitForReady(t.Context()), idStream, nil)
		wantError(t, "stream", err, grid.ErrDisconnected, grid.NotSent)
		if err := await(t, "shutdown", down); err != nil {
			t.Error(err)
		}
	})
}
