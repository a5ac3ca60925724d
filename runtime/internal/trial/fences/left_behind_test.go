package fences_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A goroutine that a handler leaves behind may still send to its channel: it waits, as
// for one that nobody reads, and where it heeds the context it ends. Closing the channel
// would end the process. What is cut off so does not look complete, even if it is a
// single message.
func TestChannelsOfAHandlerThatHasReturned(t *testing.T) {
	typed := grid.NewStreamingHandler(trial.IdOther, grid.NewNoPayload, grid.NewBytes, grid.NewBytes)
	for what, early := range map[string]bool{"sends late": false, "is sending": true} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				left := make(chan struct{}, 2)
				leave := func(ctx context.Context, send func(ctx context.Context)) {
					ready := make(chan struct{})
					var leaving atomic.Bool
					go func() {
						if !early {
							<-ctx.Done()
						}
						close(ready)
						send(context.WithoutCancel(ctx))
						for i := 0; i < 100 && !leaving.Load(); i++ {
							send(ctx)
						}
						left <- struct{}{}
					}()
					if early {
						<-ready
						time.Sleep(time.Second) // by then it waits, for nobody reads
						leaving.Store(true)
					}
				}
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return errors.Join(trial.RegisterEcho(m),
						m.RegisterStreamingHandler(trial.IdStream, grid.StreamHandler{OutCapacity: 1, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
							leave(ctx, func(ctx context.Context) {
								select {
								case out <- []byte("x"):
								case <-ctx.Done():
								case <-time.After(time.Minute):
								}
							})
							return nil
						}}),
						typed.Register(m, func(ctx context.Context, _ *grid.NoPayload, _ <-chan *grid.Bytes, out chan<- *grid.Bytes) error {
							close(out) // which is not its to close, and does no harm
							return nil
						}))
				}})
				st, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Second)
				err = st.Results(func([]byte) error { return nil })
				if !early && err != nil || early && !errors.Is(err, grid.ErrInternal) {
					t.Errorf("the stream ended with %v", err)
				}
				trial.Await(t, "the goroutine that was left", left)
				closed, err := typed.Call(t.Context(), w.Conn, grid.NewNoPayload())
				if err != nil {
					t.Fatal(err)
				}
				close(closed.Requests)
				if err := closed.Results(func(*grid.Bytes) error { return nil }); err != nil {
					t.Error(err)
				}
				w.Alive(t)
			})
		})
	}
}
