package grid_test

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
)

// waiting is a handler that tells when it starts, waits for the end of its
// context, and tells why that was.
type waiting struct {
	started chan string
	ended   chan error // grid.Cause of its context
}

func newWaiting() *waiting {
	return &waiting{started: make(chan string, 100), ended: make(chan error, 100)}
}

func (h *waiting) call(ctx context.Context, p []byte) ([]byte, error) {
	h.started <- string(p)
	<-ctx.Done()
	h.ended <- grid.Cause(ctx)
	return nil, ctx.Err()
}

func (h *waiting) stream(ctx context.Context, p []byte, _ <-chan []byte, _ chan<- []byte) error {
	_, err := h.call(ctx, p)
	return err
}

func (h *waiting) register(m *grid.Manager) error {
	return registerAll(
		map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){idCall: h.call, idOther: echo},
		map[grid.HandlerID]grid.StreamHandler{idStream: {Handle: h.stream, InCapacity: 4, OutCapacity: 4}},
	)(m)
}

// P9: giving up a call ends the context of its handler. P3: it may have run.
func TestP9CancelReachesTheHandlerOfACall(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		ctx, cancel := context.WithCancel(t.Context())
		call := begin(ctx, w.conn, idCall, nil)
		await(t, "start of the handler", h.started)
		cancel()
		res := await(t, "call", call)
		wantError(t, "caller", res.err, grid.ErrCanceled, grid.MayHaveRun)
		if !errors.Is(res.err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", res.err)
		}
		if err := await(t, "end of the handler", h.ended); !errors.Is(err, grid.ErrCanceled) || !grid.IsRemote(err) {
			t.Errorf("handler: %v", err)
		}
	})
}

// P9 for streams: canceling the context that opened it, and Close.
func TestP9CancelReachesTheHandlerOfAStream(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		for _, how := range []string{"context", "Close"} {
			ctx, cancel := context.WithCancel(t.Context())
			st, err := bytesStream(4, 4).Open(ctx, w.conn, message(how))
			if err != nil {
				t.Fatal(err)
			}
			await(t, "start of the handler", h.started)
			if how == "Close" {
				st.Close()
			} else {
				cancel()
			}
			if err := await(t, "end of the handler", h.ended); !errors.Is(err, grid.ErrCanceled) || !grid.IsRemote(err) {
				t.Errorf("%s: handler: %v", how, err)
			}
			_, err = st.Recv()
			wantError(t, how+": Recv", err, grid.ErrCanceled, grid.MayHaveRun)
			cancel()
		}
	})
}

// P9: the slot of a handler is freed when it returns, not when its caller loses
// interest: only so is the number of running handlers bounded.
func TestP9SlotIsFreedWhenTheHandlerReturns(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		release := make(chan struct{})
		started := make(chan struct{}, 10)
		s := setup{
			register: func(m *grid.Manager) error {
				return m.RegisterSingleHandler(idCall, func(context.Context, []byte) ([]byte, error) {
					started <- struct{}{}
					<-release // deaf to its context
					return nil, nil
				})
			},
			configure: func(_ *world, _ string, o *grid.Options) { o.Limits.RunningCalls = 2 },
		}
		w := r.world(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			begin(ctx, w.conn, idCall, nil)
			<-started
		}
		cancel()
		synctest.Wait()
		_, err := w.conn.Request(t.Context(), idCall, nil)
		wantError(t, "while both run on", err, grid.ErrResourceExhausted, grid.Rejected)
		close(release)
		synctest.Wait()
		if _, err := w.conn.Request(t.Context(), idCall, nil); err != nil {
			t.Errorf("after they returned: %v", err)
		}
	})
}

// P1: a call ends no later than its deadline and 100 ms, and its handler hears
// of it. P11: it is the duration that travels, so no clocks need to agree.
func TestP1DeadlineOfACall(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		const d = 3 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		start := time.Now()
		res := await(t, "call", begin(ctx, w.conn, idCall, nil))
		wantError(t, "caller", res.err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		if !errors.Is(res.err, context.DeadlineExceeded) {
			t.Errorf("%v is not context.DeadlineExceeded", res.err)
		}
		if res.after < d || res.after > d+100*time.Millisecond {
			t.Errorf("the call ended after %v", res.after)
		}
		await(t, "end of the handler", h.ended)
		if since := time.Since(start); since < d || since > d+100*time.Millisecond {
			t.Errorf("the handler heard of it after %v", since)
		}
	})
}

// P1: where neither the context nor the handler says, calls end after
// Limits.CallTimeout; a handler's own timeout and an earlier context win.
func TestP1DefaultDeadlines(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		s := setup{register: h.register, configure: func(_ *world, _ string, o *grid.Options) { o.Limits.CallTimeout = 7 * time.Second }}
		w := r.world(t, s)
		short := grid.NewSingleHandler(idCall, grid.NewNoPayload, grid.NewBytes, grid.WithTimeout(2*time.Second))
		for what, test := range map[string]struct {
			call func() error
			want time.Duration
		}{
			"Limits.CallTimeout": {func() error { _, err := w.conn.Request(context.Background(), idCall, nil); return err }, 7 * time.Second},
			"WithTimeout":        {func() error { _, err := short.Call(context.Background(), w.conn, grid.NewNoPayload()); return err }, 2 * time.Second},
			"context": {func() error {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				_, err := short.Call(ctx, w.conn, grid.NewNoPayload())
				return err
			}, time.Second},
			"a later context": {func() error {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				_, err := w.conn.Request(ctx, idCall, nil)
				return err
			}, time.Minute},
		} {
			start := time.Now()
			err := test.call()
			wantError(t, what, err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
			if since := time.Since(start); since < test.want || since > test.want+100*time.Millisecond {
				t.Errorf("%s: ended after %v, want %v", what, since, test.want)
			}
		}
	})
}

// A deadline that the clock cannot count to means that there is none.
func TestP1DeadlinesBeyondTheClock(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		for _, most := range []time.Duration{time.Minute, math.MaxInt64} {
			w := r.world(t, setup{
				configure: func(_ *world, _ string, o *grid.Options) { o.Limits.CallTimeout = most },
				register: func(m *grid.Manager) error {
					return m.RegisterSingleHandler(idCall, func(_ context.Context, p []byte) ([]byte, error) { return p, nil })
				},
			})
			ctx, cancel := context.WithDeadline(t.Context(), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
			defer cancel()
			for _, ctx := range []context.Context{ctx, t.Context()} {
				if _, err := w.conn.Request(ctx, idCall, []byte("x")); err != nil {
					t.Errorf("CallTimeout %v: %v", most, err)
				}
			}
		}
	})
}

// P1: a stream has the deadline of the context that opened it, at both ends.
func TestP1DeadlineOfAStream(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		const d = 3 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		start := time.Now()
		st, err := bytesStream(4, 4).Open(ctx, w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = st.Recv()
		wantError(t, "Recv", err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
		await(t, "end of the handler", h.ended)
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
		return m.RegisterSingleHandler(idCall, func(_ context.Context, p []byte) ([]byte, error) {
			if string(p) == "late" {
				ran.Add(1)
			}
			return nil, nil
		})
	}
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: register})
		over, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.conn.Request(over, idCall, []byte("late"))
		wantError(t, "over before", err, grid.ErrCanceled, grid.NotSent)

		w.Partition(w.caller, w.server)
		for range 20 { // these fill the socket
			begin(t.Context(), w.conn, idCall, make([]byte, 60<<10))
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err = w.conn.Request(ctx, idCall, []byte("late"))
		wantError(t, "in the queue", err, grid.ErrDeadlineExceeded, grid.NotSent)
		w.Heal(w.caller, w.server)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := ran.Load(); n != 0 {
			t.Errorf("it ran %d times", n)
		}
		if state := w.conn.State(); state.Session != 1 {
			t.Errorf("this test is about one session, not %d", state.Session)
		}
	})
}

// P3: a large request whose deadline passes while it is still on its way has
// not been sent, and the handler never starts.
func TestP3LargeRequestExpiredOnItsWayNeverRuns(t *testing.T) {
	var ran atomic.Int32
	s := setup{
		link: gridtest.Link{Bandwidth: 100 << 10},
		register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(idCall, func(context.Context, []byte) ([]byte, error) {
				ran.Add(1)
				return nil, nil
			})
		},
	}
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, s)
		ran.Store(0)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := w.conn.Request(ctx, idCall, make([]byte, 4<<20))
		wantError(t, "large", err, grid.ErrDeadlineExceeded, grid.NotSent)
		time.Sleep(10 * time.Second)
		if n := ran.Load(); n != 0 {
			t.Errorf("it ran %d times", n)
		}
		if _, err := w.conn.Request(t.Context(), idCall, nil); err != nil || ran.Load() != 1 {
			t.Errorf("the session did not survive: %v", err)
		}
	})
}

// Known mistake of the origin: cancel looked like the end of input. A handler of
// the channel shape sees its input closed at the end of input only.
func TestOriginCancelNeverLooksLikeEndOfInput(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		inputClosed := make(chan bool, 1)
		register := registerAll(nil, map[grid.HandlerID]grid.StreamHandler{idStream: {InCapacity: 4, OutCapacity: 1,
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
		w := r.world(t, setup{register: register})
		for how, end := range map[string]func(st *grid.Stream, cancel func()){
			"end of input": func(st *grid.Stream, _ func()) { close(st.Requests) },
			"cancel":       func(_ *grid.Stream, cancel func()) { cancel() },
		} {
			ctx, cancel := context.WithCancel(t.Context())
			st, err := w.conn.NewStream(ctx, idStream, nil)
			if err != nil {
				t.Fatal(err)
			}
			st.Requests <- []byte("one")
			synctest.Wait()
			end(st, cancel)
			if closed := await(t, "handler", inputClosed); closed != (how == "end of input") {
				t.Errorf("%s: the handler saw its input closed: %v", how, closed)
			}
			cancel()
		}

		// A loss of the connection is no end of input either.
		st, err := w.conn.NewStream(t.Context(), idStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		st.Requests <- []byte("one")
		synctest.Wait()
		w.Cut(w.caller, w.server)
		if await(t, "handler", inputClosed) {
			t.Error("cut: the handler saw its input closed")
		}
		if err := st.Results(func([]byte) error { return nil }); !errors.Is(err, grid.ErrDisconnected) {
			t.Errorf("cut: the client got %v", err)
		}
	})
}

// Leaving a loop over a stream ends it at the handler, as cancel does.
func TestLeavingTheLoopEndsTheStream(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		done := make(chan error, 1)
		typed := bytesStream(1, 4)
		register := func(m *grid.Manager) error {
			return m.Register(typed.Handle(func(ctx context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				for {
					if err := out.Send(message("tick")); err != nil {
						done <- err
						return err
					}
				}
			}))
		}
		w := r.world(t, setup{register: register})
		st, err := typed.Open(t.Context(), w.conn, message(""))
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
		if err := await(t, "handler", done); !errors.Is(err, grid.ErrCanceled) {
			t.Errorf("the handler's Send returned %v", err)
		}
	})
}
