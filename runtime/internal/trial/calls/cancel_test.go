package calls_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P9: giving up a call ends the context of its handler. P3: it may have run.
func TestP9CancelReachesTheHandlerOfACall(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		ctx, cancel := context.WithCancel(t.Context())
		call := trial.Begin(ctx, w.Conn, trial.IdCall, nil)
		trial.Await(t, "start of the handler", h.Started)
		cancel()
		res := trial.Await(t, "call", call)
		trial.WantError(t, "caller", res.Err, grid.ErrCanceled, grid.MayHaveRun)
		if !errors.Is(res.Err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", res.Err)
		}
		if err := trial.Await(t, "end of the handler", h.Ended); !errors.Is(err, grid.ErrCanceled) || !grid.IsRemote(err) {
			t.Errorf("handler: %v", err)
		}
	})
}

// P9 for streams: canceling the context that opened it, and Close.
func TestP9CancelReachesTheHandlerOfAStream(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		for _, how := range []string{"context", "Close"} {
			ctx, cancel := context.WithCancel(t.Context())
			st, err := trial.BytesStream(4, 4).Open(ctx, w.Conn, trial.Message(how))
			if err != nil {
				t.Fatal(err)
			}
			trial.Await(t, "start of the handler", h.Started)
			if how == "Close" {
				st.Close()
			} else {
				cancel()
			}
			if err := trial.Await(t, "end of the handler", h.Ended); !errors.Is(err, grid.ErrCanceled) || !grid.IsRemote(err) {
				t.Errorf("%s: handler: %v", how, err)
			}
			_, err = st.Recv()
			trial.WantError(t, how+": Recv", err, grid.ErrCanceled, grid.MayHaveRun)
			cancel()
		}
	})
}

// P9: the slot of a handler is freed when it returns, not when its caller loses
// interest: only so is the number of running handlers bounded.
func TestP9SlotIsFreedWhenTheHandlerReturns(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		release := make(chan struct{})
		started := make(chan struct{}, 10)
		s := trial.Setup{
			Register: func(m *grid.Manager) error {
				return m.RegisterSingleHandler(trial.IdCall, func(context.Context, []byte) ([]byte, error) {
					started <- struct{}{}
					<-release // deaf to its context
					return nil, nil
				})
			},
			Configure: func(_ *trial.World, _ string, o *grid.Options) { o.Limits.RunningCalls = 2 },
		}
		w := r.World(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			trial.Begin(ctx, w.Conn, trial.IdCall, nil)
			<-started
		}
		cancel()
		synctest.Wait()
		_, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "while both run on", err, grid.ErrResourceExhausted, grid.Rejected)
		close(release)
		synctest.Wait()
		if _, err := w.Conn.Request(t.Context(), trial.IdCall, nil); err != nil {
			t.Errorf("after they returned: %v", err)
		}
	})
}

// P1: a call ends no later than its deadline and 100 ms, and its handler hears
// of it. P11: it is the duration that travels, so no clocks need to agree.
func TestP1DeadlineOfACall(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		const d = 3 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		start := time.Now()
		res := trial.Await(t, "call", trial.Begin(ctx, w.Conn, trial.IdCall, nil))
		trial.WantError(t, "caller", res.Err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		if !errors.Is(res.Err, context.DeadlineExceeded) {
			t.Errorf("%v is not context.DeadlineExceeded", res.Err)
		}
		if res.After < d || res.After > d+100*time.Millisecond {
			t.Errorf("the call ended after %v", res.After)
		}
		trial.Await(t, "end of the handler", h.Ended)
		if since := time.Since(start); since < d || since > d+100*time.Millisecond {
			t.Errorf("the handler heard of it after %v", since)
		}
	})
}

// P1: where neither the context nor the handler says, calls end after
// Limits.CallTimeout; a handler's own timeout and an earlier context win.
func TestP1DefaultDeadlines(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		s := trial.Setup{Register: h.Register, Configure: func(_ *trial.World, _ string, o *grid.Options) { o.Limits.CallTimeout = 7 * time.Second }}
		w := r.World(t, s)
		short := grid.NewSingleHandler(trial.IdCall, grid.NewNoPayload, grid.NewBytes, grid.WithTimeout(2*time.Second))
		for what, test := range map[string]struct {
			call func() error
			want time.Duration
		}{
			"Limits.CallTimeout": {func() error { _, err := w.Conn.Request(context.Background(), trial.IdCall, nil); return err }, 7 * time.Second},
			"WithTimeout":        {func() error { _, err := short.Call(context.Background(), w.Conn, grid.NewNoPayload()); return err }, 2 * time.Second},
			"context": {func() error {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				_, err := short.Call(ctx, w.Conn, grid.NewNoPayload())
				return err
			}, time.Second},
			"a later context": {func() error {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				_, err := w.Conn.Request(ctx, trial.IdCall, nil)
				return err
			}, time.Minute},
		} {
			start := time.Now()
			err := test.call()
			trial.WantError(t, what, err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
			if since := time.Since(start); since < test.want || since > test.want+100*time.Millisecond {
				t.Errorf("%s: ended after %v, want %v", what, since, test.want)
			}
		}
	})
}

// A deadline that the clock cannot count to means that there is none.
func TestP1DeadlinesBeyondTheClock(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		for _, most := range []time.Duration{time.Minute, math.MaxInt64} {
			w := r.World(t, trial.Setup{
				Configure: func(_ *trial.World, _ string, o *grid.Options) { o.Limits.CallTimeout = most },
				Register: func(m *grid.Manager) error {
					return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
				},
			})
			ctx, cancel := context.WithDeadline(t.Context(), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
			defer cancel()
			for _, ctx := range []context.Context{ctx, t.Context()} {
				if _, err := w.Conn.Request(ctx, trial.IdCall, []byte("x")); err != nil {
					t.Errorf("CallTimeout %v: %v", most, err)
				}
			}
		}
	})
}

// P1: a stream has the deadline of the context that opened it, at both ends.
func TestP1DeadlineOfAStream(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		const d = 3 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		start := time.Now()
		st, err := trial.BytesStream(4, 4).Open(ctx, w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = st.Recv()
		trial.WantError(t, "Recv", err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		trial.Await(t, "end of the handler", h.Ended)
		if since := time.Since(start); since < d || since > d+100*time.Millisecond {
			t.Errorf("ended after %v", since)
		}
	})
}

// P3: a call that never left says so, and it never runs: neither when the
// context is over before, nor when it ends while the request waits in the queue
// of a socket that takes nothing.
func TestP3ExpiredInTheQueueIsNotSentAndNeverRuns(t *testing.T) {
	var ran atomic.Int32
	register := func(m *grid.Manager) error {
		return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
			if string(p) == "late" {
				ran.Add(1)
			}
			return nil, nil
		})
	}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: register})
		over, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.Conn.Request(over, trial.IdCall, []byte("late"))
		trial.WantError(t, "over before", err, grid.ErrCanceled, grid.NotSent)

		w.Partition(w.Caller, w.Server)
		for range 20 { // these fill the socket
			trial.Begin(t.Context(), w.Conn, trial.IdCall, make([]byte, 60<<10))
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err = w.Conn.Request(ctx, trial.IdCall, []byte("late"))
		trial.WantError(t, "in the queue", err, grid.ErrDeadlineExceeded, grid.NotSent)
		w.Heal(w.Caller, w.Server)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := ran.Load(); n != 0 {
			t.Errorf("it ran %d times", n)
		}
		if state := w.Conn.State(); state.Session != 1 {
			t.Errorf("this test is about one session, not %d", state.Session)
		}
	})
}

// P3: a large request whose deadline passes while it is still on its way has
// not been sent, and the handler never starts.
func TestP3LargeRequestExpiredOnItsWayNeverRuns(t *testing.T) {
	var ran atomic.Int32
	s := trial.Setup{
		Link: gridtest.Link{Bandwidth: 100 << 10},
		Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(context.Context, []byte) ([]byte, error) {
				ran.Add(1)
				return nil, nil
			})
		},
	}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, s)
		ran.Store(0)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := w.Conn.Request(ctx, trial.IdCall, make([]byte, 4<<20))
		trial.WantError(t, "large", err, grid.ErrDeadlineExceeded, grid.NotSent)
		time.Sleep(10 * time.Second)
		if n := ran.Load(); n != 0 {
			t.Errorf("it ran %d times", n)
		}
		if _, err := w.Conn.Request(t.Context(), trial.IdCall, nil); err != nil || ran.Load() != 1 {
			t.Errorf("the session did not survive: %v", err)
		}
	})
}

// Known mistake of the origin: cancel looked like the end of input. A handler of
// the channel shape sees its input closed at the end of input only.
func TestOriginCancelNeverLooksLikeEndOfInput(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		inputClosed := make(chan bool, 1)
		register := trial.RegisterAll(nil, map[grid.HandlerID]grid.StreamHandler{trial.IdStream: {InCapacity: 4, OutCapacity: 1,
			Handle: func(ctx context.Context, _ []byte, in <-chan []byte, _ chan<- []byte) error {
				for {
					select {
					case _, ok := <-in:
						if !ok {
							inputClosed <- true
							return nil
						}
					case <-ctx.Done():
						select {
						case _, ok := <-in:
							inputClosed <- !ok
						default:
							inputClosed <- false
						}
						return ctx.Err()
					}
				}
			}}})
		w := r.World(t, trial.Setup{Register: register})
		for how, end := range map[string]func(st *grid.Stream, cancel func()){
			"end of input": func(st *grid.Stream, _ func()) { close(st.Requests) },
			"cancel":       func(_ *grid.Stream, cancel func()) { cancel() },
		} {
			ctx, cancel := context.WithCancel(t.Context())
			st, err := w.Conn.NewStream(ctx, trial.IdStream, nil)
			if err != nil {
				t.Fatal(err)
			}
			st.Requests <- []byte("one")
			synctest.Wait()
			end(st, cancel)
			if closed := trial.Await(t, "handler", inputClosed); closed != (how == "end of input") {
				t.Errorf("%s: the handler saw its input closed: %v", how, closed)
			}
			cancel()
		}

		// A loss of the connection is no end of input either.
		st, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		st.Requests <- []byte("one")
		synctest.Wait()
		w.Cut(w.Caller, w.Server)
		if trial.Await(t, "handler", inputClosed) {
			t.Error("cut: the handler saw its input closed")
		}
		if err := st.Results(func([]byte) error { return nil }); !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("cut: the client got %v", err)
		}
	})
}

// Leaving a loop over a stream ends it at the handler, as cancel does.
func TestLeavingTheLoopEndsTheStream(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		done := make(chan error, 1)
		typed := trial.BytesStream(1, 4)
		register := func(m *grid.Manager) error {
			return m.Register(typed.Handle(func(ctx context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				for {
					if err := out.Send(trial.Message("tick")); err != nil {
						done <- err
						return err
					}
				}
			}))
		}
		w := r.World(t, trial.Setup{Register: register})
		st, err := typed.Open(t.Context(), w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for msg, err := range st.All() {
			if err != nil || !strings.HasPrefix(string(*msg), "tick") {
				t.Fatal(err)
			}
			if n++; n == 10 {
				break
			}
		}
		if err := trial.Await(t, "handler", done); !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("the handler's Send returned %v", err)
		}
	})
}
