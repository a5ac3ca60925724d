package calls_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// alike checks that an error of a deadline, or of a cancellation, is one by every way
// of asking.
func alike(t *testing.T, what string, err error, code *grid.Error, std error) {
	t.Helper()
	if !errors.Is(err, code) || !errors.Is(err, std) {
		t.Errorf("%s: %v is not both %v and %v", what, err, code.Code, std)
	}
	for _, other := range []error{context.DeadlineExceeded, context.Canceled} {
		if other != std && errors.Is(err, other) {
			t.Errorf("%s: %v is %v as well", what, err, other)
		}
	}
	if std == context.DeadlineExceeded && strings.Contains(err.Error(), "gave up") {
		t.Errorf("%s: a deadline reads %v", what, err)
	}
}

// waitsAsTold is a handler that waits for its context and returns what it is told to.
func waitsAsTold(ctx context.Context, how string) error {
	if how == "inner" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
	}
	<-ctx.Done()
	switch how {
	case "wrapped":
		return fmt.Errorf("while waiting: %w", ctx.Err())
	case "joined":
		return errors.Join(errors.New("other"), ctx.Err())
	case "cause":
		return grid.Cause(ctx)
	case "context's cause":
		return context.Cause(ctx)
	}
	return ctx.Err()
}

// A call that runs into its deadline says so, whichever end's clock is first: the
// caller's is when the network holds the answer back, the handler's when the caller is
// given more time by its own clock's tick.
func TestDeadlinesOfCallsAreAlike(t *testing.T) {
	for _, how := range []string{"", "wrapped", "joined", "cause", "context's cause", "inner"} {
		t.Run("handler returns its error "+how, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return m.RegisterSingleHandler(trial.IdCall, func(ctx context.Context, p []byte) ([]byte, error) { return nil, waitsAsTold(ctx, how) })
				}, Configure: func(_ *trial.World, _ string, o *grid.Options) { o.Limits.CallTimeout = 100 * time.Millisecond }})
				remote, local := 0, 0
				for i := range 100 {
					time.Sleep(time.Duration(i) * 377 * time.Microsecond) // elsewhere between the clocks' ticks
					_, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
					alike(t, "call", err, grid.ErrDeadlineExceeded, context.DeadlineExceeded)
					if grid.IsRemote(err) {
						remote++
					} else {
						local++
					}
				}
				t.Logf("%d times the handler's clock was first, %d times the caller's", remote, local)
			})
		})
	}
}

// The same where the deadline is the caller's context's, with and without a cause.
func TestDeadlinesOfContextsAreAlike(t *testing.T) {
	slow := errors.New("too slow for us")
	for what, derive := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"timeout": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		},
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Now().Add(time.Second))
		},
		"cause": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, time.Second, slow)
		},
		"past": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, -time.Second)
		},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				h := trial.NewWaiting()
				w := r.World(t, trial.Setup{Register: h.Register})
				ctx, cancel := derive(t.Context())
				defer cancel()
				_, err := w.Conn.Request(ctx, trial.IdCall, nil)
				alike(t, "call", err, grid.ErrDeadlineExceeded, context.DeadlineExceeded)
				ctx, cancel = derive(t.Context())
				defer cancel()
				st, err := trial.BytesStream(2, 2).Open(ctx, w.Conn, trial.Message(""))
				if err == nil {
					_, err = st.Recv()
					alike(t, "Send", st.Send(trial.Message("x")), grid.ErrDeadlineExceeded, context.DeadlineExceeded)
				}
				alike(t, "stream", err, grid.ErrDeadlineExceeded, context.DeadlineExceeded)
				if what == "cause" && !errors.Is(err, slow) {
					t.Errorf("%v has lost its cause", err)
				}
				for len(h.Ended) > 0 {
					alike(t, "handler", <-h.Ended, grid.ErrDeadlineExceeded, context.DeadlineExceeded)
				}
			})
		})
	}
}

// What a handler is told of the end of its context is the same by grid.Cause, by
// context.Cause, of the context and of those derived from it, and by ctx.Err.
func TestCausesAgree(t *testing.T) {
	mine := errors.New("my own reason")
	type seen struct{ grid, context, derived, valued, err error }
	for what, c := range map[string]struct {
		end  func(w *trial.World, cancel context.CancelFunc)
		code *grid.Error
		std  error // nil: context.Canceled, and the cause need not be
	}{
		"caller gives up": {func(_ *trial.World, cancel context.CancelFunc) { cancel() }, grid.ErrCanceled, context.Canceled},
		"deadline":        {func(*trial.World, context.CancelFunc) { time.Sleep(2 * time.Minute) }, grid.ErrDeadlineExceeded, context.DeadlineExceeded},
		"loss":            {func(w *trial.World, _ context.CancelFunc) { w.Cut(w.Caller, w.Server) }, grid.ErrDisconnected, nil},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				got := make(chan seen, 2)
				look := func(ctx context.Context) {
					derived, cancel := context.WithCancelCause(ctx)
					defer cancel(mine)
					valued := context.WithValue(ctx, seen{}, "x")
					if grid.Cause(ctx) != nil || context.Cause(ctx) != nil {
						t.Error("a cause before the end")
					}
					<-derived.Done()
					got <- seen{grid.Cause(derived), context.Cause(ctx), context.Cause(derived), context.Cause(valued), ctx.Err()}
				}
				w := r.World(t, trial.Setup{Register: trial.RegisterAll(
					map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){trial.IdCall: func(ctx context.Context, _ []byte) ([]byte, error) { look(ctx); return nil, nil }},
					map[grid.HandlerID]grid.StreamHandler{trial.IdStream: {InCapacity: 2, OutCapacity: 2, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, _ chan<- []byte) error {
						look(ctx)
						return nil
					}}})})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				trial.Begin(ctx, w.Conn, trial.IdCall, nil)
				if _, err := trial.BytesStream(2, 2).Open(ctx, w.Conn, trial.Message("")); err != nil {
					t.Fatal(err)
				}
				trial.Settle()
				c.end(w, cancel)
				for range 2 {
					s := trial.Await(t, "handler", got)
					if s.grid != s.context || s.grid != s.derived || s.grid != s.valued {
						t.Errorf("the causes are %v, %v, %v, %v", s.grid, s.context, s.derived, s.valued)
					}
					if !errors.Is(s.grid, c.code) {
						t.Errorf("the cause is %v", s.grid)
					}
					if c.std != nil {
						alike(t, "cause", s.grid, c.code, c.std)
						alike(t, "Err", errors.Join(s.err, c.code), c.code, c.std)
					}
				}
			})
		})
	}
}

// A client whose clock is first tells the handler of the deadline, not that it has
// changed its mind.
func TestACallersDeadlineReachesTheHandlerAsOne(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		for range 50 {
			time.Sleep(377 * time.Microsecond)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			call := trial.Begin(ctx, w.Conn, trial.IdCall, nil)
			st, err := trial.BytesStream(2, 2).Open(ctx, w.Conn, trial.Message(""))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				alike(t, "handler", trial.Await(t, "handler", h.Ended), grid.ErrDeadlineExceeded, context.DeadlineExceeded)
			}
			alike(t, "call", trial.Await(t, "call", call).Err, grid.ErrDeadlineExceeded, context.DeadlineExceeded)
			_, err = st.Recv()
			alike(t, "stream", err, grid.ErrDeadlineExceeded, context.DeadlineExceeded)
			cancel()
			for len(h.Started) > 0 {
				<-h.Started
			}
		}
	})
}

// Whoever gives up is told Canceled, by Recv, Send and Finish, and of a call.
func TestCancellationsAreAlike(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		gone := errors.New("gone home")
		ctx, cancel := context.WithCancelCause(t.Context())
		call := trial.Begin(ctx, w.Conn, trial.IdCall, nil)
		st, err := trial.BytesStream(2, 2).Open(ctx, w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		up, err := trial.BytesStream(2, 2).OpenUpload(ctx, w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		cancel(gone)
		synctest.Wait()
		_, recv := st.Recv()
		for what, err := range map[string]error{"call": (trial.Await(t, "call", call)).Err, "Recv": recv, "Send": st.Send(trial.Message("")),
			"CloseSend": st.CloseSend(), "Finish": up.Finish(), "Send of an upload": up.Send(trial.Message(""))} {
			alike(t, what, err, grid.ErrCanceled, context.Canceled)
			if !errors.Is(err, gone) {
				t.Errorf("%s: %v has lost its cause", what, err)
			}
		}
		for range 3 {
			alike(t, "handler", trial.Await(t, "handler", h.Ended), grid.ErrCanceled, context.Canceled)
		}
	})
}

// A declared error is found with its fields by whatever meets it first.
func TestDeclaredErrorsAreFoundBySendRecvAndFinish(t *testing.T) {
	full := &storage.FileNotFound{Volume: "v", Path: "p"}
	h := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, grid.NewBytes, grid.NewBytes, grid.WithErrors(grid.ErrorOf[storage.FileNotFound]()))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.Register(h.Handle(func(context.Context, *grid.NoPayload, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
				return full
			}))
		}})
		st, err := h.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		up, err := h.OpenUpload(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		pending, err := h.OpenPending(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		channels, err := h.Call(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		close(channels.Requests)
		trial.Settle()
		send, finish := up.Send(trial.Message("")), up.Finish()
		again := st.Send(trial.Message(""))
		_, recv := st.Recv()
		for what, err := range map[string]error{"Send of an upload": send, "Finish": finish, "Send": again, "CloseSend": st.CloseSend(),
			"Recv": recv, "Wait": pending.Wait(), "Results": channels.Results(func(*grid.Bytes) error { return nil })} {
			var found *storage.FileNotFound
			if !errors.As(err, &found) || *found != *full || grid.OutcomeOf(err) != grid.Ran || !grid.IsRemote(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
