package typed_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A handler returns while another goroutine of its sends a large message, which is
// not yet announced because others are on the link: its stream ends with an error,
// and nothing else is hurt.
func TestHandlerReturnsBeforeLargeMessageIsAnnounced(t *testing.T) {
	watch := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, grid.NewNoPayload, newParcel, grid.WithCapacity(16, 1))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		sent := make(chan error, 1)
		w := r.World(t, trial.Setup{Link: slow, Register: func(m *grid.Manager) error {
			return errors.Join(
				m.RegisterSingleHandler(trial.IdCall, func(context.Context, []byte) ([]byte, error) { return make([]byte, 60<<10), nil }),
				m.Register(watch.Handle(func(_ context.Context, _ *grid.NoPayload, _ *grid.Receiver[*grid.NoPayload], out *grid.Sender[*parcel]) error {
					time.Sleep(200 * time.Millisecond) // until the answers below are on the link
					go func() { sent <- out.Send(randomParcel("large", 200<<10)) }()
					time.Sleep(20 * time.Millisecond)
					return nil
				})))
		}})
		st, err := watch.OpenReceiver(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		const calls = 20
		answers := make(chan error, calls)
		for range calls {
			go func() {
				_, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
				answers <- err
			}()
		}
		if _, err := st.Recv(); !errors.Is(err, grid.ErrInternal) || grid.OutcomeOf(err) != grid.Ran {
			t.Errorf("%v, outcome %v", err, grid.OutcomeOf(err))
		}
		if err := <-sent; err != io.ErrClosedPipe {
			t.Errorf("Send: %v", err)
		}
		for range calls {
			if err := <-answers; err != nil {
				t.Error(err)
			}
		}
	})
}
