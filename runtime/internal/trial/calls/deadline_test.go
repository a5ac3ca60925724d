package calls_test

import (
	"context"
	"errors"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// deadlines is a node that says how long its handlers may take.
type deadlines struct{ left chan time.Duration }

var (
	// Handlers with a deadline of their own, which is the later one in these tests.
	patientCall   = grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.WithTimeout(30*time.Second), grid.WithIdempotent())
	patientStream = grid.NewStreamingHandler(trial.IdStream, grid.NewBytes, grid.NewNoPayload, grid.NewNoPayload, grid.WithTimeout(30*time.Second))
)

func (d *deadlines) note(ctx context.Context) error {
	at, _ := ctx.Deadline()
	d.left <- time.Until(at)
	return nil
}

func (d *deadlines) register(m *grid.Manager) error {
	return m.Register(
		patientCall.Handle(func(ctx context.Context, req *grid.Bytes) (*grid.Bytes, error) { return req, d.note(ctx) }),
		patientStream.Handle(func(ctx context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.NoPayload], _ *grid.Sender[*grid.NoPayload]) error {
			return d.note(ctx)
		}))
}

// A call has one deadline, the earliest that anybody gave: its caller waits no
// longer, its handler learns of it, and so does what the handler calls. So it is
// for calls that wait for a connection, that are made again, of groups, and for
// streams.
func TestP1OneDeadlineForAll(t *testing.T) {
	const given = 2 * time.Second
	open := func(ctx context.Context, w *trial.World) error {
		st, err := patientStream.OpenPending(ctx, w.Conn, trial.Message(""))
		if err != nil {
			return err
		}
		return st.Wait()
	}
	call := func(ctx context.Context, w *trial.World) error {
		_, err := patientCall.Call(ctx, w.Conn, trial.Message(""))
		return err
	}
	for what, do := range map[string]func(ctx context.Context, w *trial.World) error{
		"call":         call,
		"stream":       open,
		"ready call":   func(ctx context.Context, w *trial.World) error { return call(grid.WaitForReady(ctx), w) },
		"ready stream": func(ctx context.Context, w *trial.World) error { return open(grid.WaitForReady(ctx), w) },
		"group": func(ctx context.Context, w *trial.World) error {
			_, err := grid.First(patientCall.CallGroup(ctx, w.Node(w.Caller).Manager().Group(w.Server), trial.Message("")))
			return err
		},
		"own handler": func(ctx context.Context, w *trial.World) error {
			nested := grid.NewSingleHandler(trial.IdOther, grid.NewBytes, grid.NewBytes, grid.WithTimeout(time.Minute))
			err := nested.Register(w.Node(w.Caller).Manager(), func(ctx context.Context, req *grid.Bytes) (*grid.Bytes, error) {
				return req, call(ctx, w)
			})
			trial.Settle()
			if err == nil {
				_, err = nested.Call(ctx, w.Connection(w.Server, w.Caller), trial.Message(""))
			}
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				d := &deadlines{left: make(chan time.Duration, 1)}
				w := r.World(t, trial.Setup{Register: d.register})
				ctx, cancel := context.WithTimeout(t.Context(), given)
				defer cancel()
				if err := do(ctx, w); err != nil {
					t.Fatal(err)
				}
				if left := <-d.left; left > given || left < given-100*time.Millisecond {
					t.Errorf("the handler had %v of %v", left, given)
				}
			})
		})
	}
}

// What a call has waited, for a connection or in an attempt that was lost, is gone
// from its deadline.
func TestP1TheDeadlineIsOneForAllAttempts(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		for _, given := range []time.Duration{5 * time.Second, time.Hour} { // with, and with the handler's own
			ctx, cancel := context.WithTimeout(t.Context(), given)
			want := min(given, 30*time.Second)
			began := time.Now()
			ended := make(chan error, 1)
			go func() {
				_, err := patientCall.Call(ctx, w.Conn, trial.Message(""))
				ended <- err
			}()
			for range 3 {
				trial.Await(t, "start", h.Started)
				time.Sleep(time.Second)
				w.Cut(r.Caller, r.Server)
				trial.Await(t, "end", h.Ended)
				w.Heal(r.Caller, r.Server)
				w.Connected(t)
			}
			err := trial.Await(t, "call", ended)
			if took := time.Since(began); !errors.Is(err, grid.ErrDeadlineExceeded) || took < want || took > want+100*time.Millisecond {
				t.Errorf("%v after %v, given were %v", err, took, want)
			}
			cancel()
			for len(h.Started) > 0 {
				<-h.Started
			}
			for len(h.Ended) > 0 {
				<-h.Ended
			}
			time.Sleep(time.Second)
		}
	})
}
