package calls_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// An end is how a call or stream comes to nothing while somebody waits in it.
type end struct {
	bring func(w *trial.World, cancel context.CancelFunc)
	code  *grid.Error
	std   error // what it is besides, by package context; nil: nothing
}

var ends = map[string]end{
	"deadline": {func(*trial.World, context.CancelFunc) { time.Sleep(time.Minute) }, grid.ErrDeadlineExceeded, context.DeadlineExceeded},
	"cancel":   {func(_ *trial.World, cancel context.CancelFunc) { cancel() }, grid.ErrCanceled, context.Canceled},
	"loss":     {func(w *trial.World, _ context.CancelFunc) { w.Cut(w.Caller, w.Server) }, grid.ErrDisconnected, nil},
	"crash":    {func(w *trial.World, _ context.CancelFunc) { w.Crash(w.Server) }, grid.ErrDisconnected, nil},
}

// ways are all in which a caller can wait for a call or stream. Each begins one and
// returns what is to be waited in, which is called on a goroutine of its own, and what
// is to give the same error afterwards.
var ways = map[string]func(ctx context.Context, c grid.Caller) (wait func() error, again []func() error, err error){
	"call": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		return func() error { _, err := c.Request(ctx, trial.IdCall, nil); return err }, nil, nil
	},
	"large call": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		return func() error { _, err := c.Request(ctx, trial.IdCall, make([]byte, 300<<10)); return err }, nil, nil
	},
	"Recv": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(4, 4).Open(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		recv := func() error { _, err := st.Recv(); return err }
		return recv, []func() error{recv, func() error { return st.Send(trial.Message("x")) }, st.CloseSend}, nil
	},
	"Send": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(4, 4).Open(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		send := func() error { return sendUntilItFails(st.Send) }
		return send, []func() error{send, func() error { _, err := st.Recv(); return err }, st.CloseSend}, nil
	},
	"Recv of a receiver": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(0, 4).OpenReceiver(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		recv := func() error { _, err := st.Recv(); return err }
		return recv, []func() error{recv}, nil
	},
	"Finish": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(4, 0).OpenUpload(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		return st.Finish, []func() error{st.Finish, func() error { return st.Send(trial.Message("x")) }}, nil
	},
	"Send of an upload": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(4, 0).OpenUpload(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		return func() error { return sendUntilItFails(st.Send) }, []func() error{st.Finish}, nil
	},
	"CloseAndRecv": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(4, 1).OpenAnsweredUpload(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		wait := func() error { _, err := st.CloseAndRecv(); return err }
		return wait, []func() error{wait, func() error { return st.Send(trial.Message("x")) }}, nil
	},
	"Wait": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(0, 0).OpenPending(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		return st.Wait, []func() error{st.Wait}, nil
	},
	"Results": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := trial.BytesStream(4, 4).Call(ctx, c, trial.Message(""))
		if err != nil {
			return nil, nil, err
		}
		results := func() error { return st.Results(func(*grid.Bytes) error { return nil }) }
		return results, []func() error{results}, nil
	},
	"Results of bytes": func(ctx context.Context, c grid.Caller) (func() error, []func() error, error) {
		st, err := c.NewStream(ctx, trial.IdStream, nil)
		if err != nil {
			return nil, nil, err
		}
		results := func() error { return st.Results(func([]byte) error { return nil }) }
		return results, []func() error{results}, nil
	},
}

func sendUntilItFails(send func(*grid.Bytes) error) error {
	for {
		if err := send(trial.Message("x")); err != nil {
			return err
		}
	}
}

// However a call or stream ends while somebody waits in it, and whichever way they wait,
// the error is the same, at once and for all who ask later; so it is for a call to the
// node itself.
func TestEndsAreAlikeWhicheverWayTheyAreMet(t *testing.T) {
	for what, e := range ends {
		for way, begin := range ways {
			t.Run(way+", "+what, func(t *testing.T) {
				trial.EachRole(t, func(t *testing.T, r trial.Role) {
					h := trial.NewWaiting()
					w := r.World(t, trial.Setup{Register: h.Register})
					meets(t, e, w, w.Conn, h, begin)
				})
				if e.std != nil { // nothing comes between a node and itself
					t.Run("to itself", func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							h := trial.NewWaiting()
							w := trial.Role{Caller: "b", Server: "a"}.World(t, trial.Setup{Register: h.Register})
							meets(t, e, w, w.Connection("a", "a"), h, begin)
						})
					})
				}
			})
		}
	}
}

// meets brings one end about, and compares how it is met.
func meets(t *testing.T, e end, w *trial.World, c grid.Caller, h *trial.Waiting, begin func(context.Context, grid.Caller) (func() error, []func() error, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	wait, again, err := begin(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() { got <- wait() }()
	trial.Await(t, "the handler", h.Started)
	trial.Settle()
	e.bring(w, cancel)
	first := trial.Await(t, "the end", got)
	wantEnd(t, "who waited", first, e)
	if grid.OutcomeOf(first) != grid.MayHaveRun {
		t.Errorf("%v, for a handler that was running", grid.OutcomeOf(first))
	}
	for i, ask := range again {
		wantEnd(t, "asked again, "+string(rune('a'+i)), ask(), e)
	}
	wantHandlerEnd(t, trial.Await(t, "the handler's end", h.Ended), e)
}

func wantEnd(t *testing.T, what string, err error, e end) {
	t.Helper()
	if e.std != nil {
		alike(t, what, err, e.code, e.std)
	} else if !errors.Is(err, e.code) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: got %v, want %v", what, err, e.code.Code)
	}
}

// wantHandlerEnd checks what the handler was told. That of a node that crashed lives on
// nowhere but in this test.
func wantHandlerEnd(t *testing.T, cause error, e end) {
	t.Helper()
	if e.std != nil {
		alike(t, "the handler", cause, e.code, e.std)
	} else if !errors.Is(cause, grid.ErrDisconnected) {
		t.Errorf("the handler was told %v", cause)
	}
}
