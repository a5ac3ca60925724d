package fences_test

import (
	"context"
	"errors"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// interceptorOf slips in an interceptor of the server.
func interceptorOf(stream, after bool) func(*testing.T, trial.Role, func()) {
	return func(t *testing.T, r trial.Role, slip func()) {
		outcome := grid.Rejected
		if after {
			outcome = grid.Ran
		}
		mine := func(h *grid.HandlerInfo, next func() error) error {
			if h.ID == trial.IdCall {
				return next()
			}
			if after {
				_ = next()
			}
			slip()
			return nil
		}
		w := r.World(t, trial.Setup{Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.ServerInterceptors = []grid.Interceptor{{
				Call: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.CallFunc) (reply []byte, err error) {
					err = mine(h, func() error { reply, err = next(ctx, p); return err })
					return reply, err
				},
				Stream: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
					return mine(h, func() error { return next(ctx, p) })
				},
			}}
		}, Register: func(m *grid.Manager) error {
			return errors.Join(trial.RegisterEcho(m), m.RegisterSingleHandler(trial.IdOther, trial.Echo),
				trial.TypedStream(2, 2, func(context.Context, string, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
					return nil
				})(m))
		}})
		var err error
		if stream {
			_, err = trial.OpenStream(t, w, "").Recv()
		} else {
			_, err = w.Conn.Request(t.Context(), trial.IdOther, nil)
		}
		wantFenced(t, err, outcome)
		w.Alive(t)
	}
}

// tryEnded slips in the first interceptor's Ended: the second is told all the same.
func tryEnded(t *testing.T, r trial.Role, slip func()) {
	told := make(chan error, 1)
	w := r.World(t, trial.Setup{Configure: func(w *trial.World, name string, o *grid.Options) {
		if name == w.Caller {
			o.ClientInterceptors = []grid.Interceptor{{Ended: func(context.Context, *grid.HandlerInfo, error) { slip() }}, {Ended: func(_ context.Context, _ *grid.HandlerInfo, err error) { told <- err }}}
		}
	}, Register: func(m *grid.Manager) error {
		return errors.Join(trial.RegisterEcho(m), trial.TypedStream(2, 2, trial.EchoBack)(m))
	}})
	st := trial.OpenStream(t, w, "")
	if err := st.CloseSend(); err != nil {
		t.Error(err)
	}
	trial.Drain(t, st)
	if err := trial.Await(t, "Ended", told); err != nil {
		t.Error(err)
	}
	w.Alive(t)
}
