package grid_test

import (
	"context"
	"errors"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// deadlines is a node that says how long its handlers may take.
type deadlines struct{ left chan time.Duration }

var (
	// Handlers with a deadline of their own, which is the later one in these tests.
	patientCall   = grid.NewSingleHandler(idCall, grid.NewBytes, grid.NewBytes, grid.WithTimeout(30*time.Second), grid.WithIdempotent())
	patientStream = grid.NewStream(idStream, grid.NewBytes, grid.NewNoPayload, grid.NewNoPayload, grid.WithTimeout(30*time.Second))
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
	open := func(ctx context.Context, w *world) error {
		st, err := patientStream.OpenPending(ctx, w.conn, message(""))
		if err != nil {
			return err
		}
		return st.Wait()
	}
	call := func(ctx context.Context, w *world) error {
		_, err := patientCall.Call(ctx, w.conn, message(""))
		return err
	}
	for what, do := range map[string]func(ctx context.Context, w *world) error{
		"call":         call,
		"stream":       open,
		"ready call":   func(ctx context.Context, w *world) error { return call(grid.WaitForReady(ctx), w) },
		"ready stream": func(ctx context.Context, w *world) error { return open(grid.WaitForReady(ctx), w) },
		"group": func(ctx context.Context, w *world) error {
			_, err := grid.First(patientCall.CallGroup(ctx, w.Node(w.caller).Manager().Group(w.server), message("")))
			return err
		},
		"own handler": func(ctx context.Context, w *world) error {
			nested := grid.NewSingleHandler(idOther, grid.NewBytes, grid.NewBytes, grid.WithTimeout(time.Minute))
			err := nested.Register(w.Node(w.caller).Manager(), func(ctx context.Context, req *grid.Bytes) (*grid.Bytes, error) {
				return req, call(ctx, w)
			})
			settle()
			if err == nil {
				_, err = nested.Call(ctx, w.Connection(w.server, w.caller), message(""))
			}
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				d := &deadlines{left: make(chan time.Duration, 1)}
				w := r.world(t, setup{register: d.register})
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
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		for _, given := range []time.Duration{5 * time.Second, time.Hour} { // with, and with the handler's own
			ctx, cancel := context.WithTimeout(t.Context(), given)
			want := min(given, 30*time.Second)
			began := time.Now()
			ended := make(chan error, 1)
			go func() {
				_, err := patientCall.Call(ctx, w.conn, message(""))
				ended <- err
			}()
			for range 3 {
				await(t, "start", h.started)
				time.Sleep(time.Second)
				w.Cut(r.caller, r.server)
				await(t, "end", h.ended)
				w.Heal(r.caller, r.server)
				w.connected(t)
			}
			err := await(t, "call", ended)
			if took := time.Since(began); !errors.Is(err, grid.ErrDeadlineExceeded) || took < want || took > want+100*time.Millisecond {
				t.Errorf("%v after %v, given were %v", err, took, want)
			}
			cancel()
			for len(h.started) > 0 {
				<-h.started
			}
			for len(h.ended) > 0 {
				<-h.ended
			}
			time.Sleep(time.Second)
		}
	})
}
