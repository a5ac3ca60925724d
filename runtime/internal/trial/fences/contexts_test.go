package fences_test

import (
	"context"
	"errors"
	goruntime "runtime"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// oddContext breaks the contract of package context, in one way.
type oddContext struct {
	context.Context
	done     <-chan struct{}
	deadline time.Time // zero: that of Context
	err      func() error
}

func (c *oddContext) Done() <-chan struct{} { return c.done }

func (c *oddContext) Err() error {
	select {
	case <-c.done:
		return c.err()
	default:
		return nil
	}
}

func (c *oddContext) Deadline() (time.Time, bool) {
	if c.deadline.IsZero() {
		return c.Context.Deadline()
	}
	return c.deadline, true
}

// oddContexts all end after half a minute, before the default deadline of a call, or say
// that they do. Each call makes one.
var oddContexts = map[string]func(context.Context) context.Context{
	"its Err ends the goroutine": func(ctx context.Context) context.Context {
		return &oddContext{Context: ctx, done: inHalfAMinute(), err: func() error { goruntime.Goexit(); return nil }}
	},
	"its Err panics": func(ctx context.Context) context.Context {
		return &oddContext{Context: ctx, done: inHalfAMinute(), err: func() error { panic("odd") }}
	},
	"its Err is nil": func(ctx context.Context) context.Context {
		return &oddContext{Context: ctx, done: inHalfAMinute(), err: func() error { return nil }}
	},
	slowErr: func(ctx context.Context) context.Context {
		return &oddContext{Context: ctx, done: inHalfAMinute(), err: func() error { time.Sleep(time.Minute); return context.Canceled }}
	},
	"its deadline passes and it does not end": func(ctx context.Context) context.Context {
		return &oddContext{Context: ctx, done: make(chan struct{}), deadline: time.Now().Add(30 * time.Second)}
	},
	"its deadline passes and it cannot end": func(ctx context.Context) context.Context {
		return &oddContext{Context: ctx, deadline: time.Now().Add(30 * time.Second)}
	},
	"the same below another": func(ctx context.Context) context.Context {
		return context.WithValue(&oddContext{Context: ctx, deadline: time.Now().Add(30 * time.Second)}, slipKey{}, 0)
	},
	"it ends before its deadline, by one": func(ctx context.Context) context.Context {
		return &oddContext{Context: ctx, done: inHalfAMinute(), deadline: time.Now().Add(time.Hour), err: func() error { return context.DeadlineExceeded }}
	},
}

const slowErr = "its Err takes a minute"

// onItsOwn are the waits in which the caller's own goroutine asks its context, and so
// takes as long as that does.
var onItsOwn = map[string]bool{"a call": true, "a wait for a connection": true, "a stream that waits for one": true}

// oddEnds are what callers are told of the end of those whose methods return.
var oddEnds = map[string]error{
	"its Err is nil": context.Canceled,
	"its deadline passes and it does not end": context.DeadlineExceeded,
	"its deadline passes and it cannot end":   context.DeadlineExceeded,
	"the same below another":                  context.DeadlineExceeded,
	"it ends before its deadline, by one":     context.DeadlineExceeded,
}

func inHalfAMinute() <-chan struct{} {
	done := make(chan struct{})
	time.AfterFunc(30*time.Second, func() { close(done) })
	return done
}

// blocking is a stream whose handler waits for the end of its context, as that of idBlocks.
type blocking = grid.StreamingHandler[*grid.NoPayload, *grid.Bytes, *grid.Bytes]

const idBlocks = 4

// odditiesMet are what waits for the end of such a context, and returns with it.
var odditiesMet = map[string]func(ctx context.Context, w *trial.World, h *blocking) error{
	"a call": func(ctx context.Context, w *trial.World, _ *blocking) error {
		_, err := w.Conn.Request(ctx, idBlocks, nil)
		return err
	},
	"Recv": func(ctx context.Context, w *trial.World, h *blocking) error {
		st, err := h.Open(ctx, w.Conn, grid.NewNoPayload())
		if err != nil {
			return err
		}
		defer st.Close()
		_, err = st.Recv()
		return err
	},
	"channels": func(ctx context.Context, w *trial.World, h *blocking) error {
		st, err := h.Call(ctx, w.Conn, grid.NewNoPayload())
		if err != nil {
			return err
		}
		return st.Results(func(*grid.Bytes) error { return nil })
	},
	"a group": func(ctx context.Context, w *trial.World, _ *blocking) error {
		return groupMeets(ctx, w, func(g *grid.Group) *grid.Group { return g })
	},
	"a group that finishes": func(ctx context.Context, w *trial.World, _ *blocking) error {
		return groupMeets(ctx, w, (*grid.Group).LetFinish)
	},
	"a wait for a connection": func(ctx context.Context, w *trial.World, _ *blocking) error {
		defer parted(w)()
		return w.Conn.WaitConnected(ctx)
	},
	"a stream that waits for one": func(ctx context.Context, w *trial.World, h *blocking) error {
		defer parted(w)()
		st, err := h.Open(grid.WaitForReady(ctx), w.Conn, grid.NewNoPayload())
		if err == nil {
			st.Close()
		}
		return err
	},
}

// parted takes the connection away until heal is called.
func parted(w *trial.World) (heal func()) {
	w.Mesh.Network.Cut(w.Caller, w.Server)
	time.Sleep(time.Second)
	return func() { w.Mesh.Network.Heal(w.Caller, w.Server) }
}

func groupMeets(ctx context.Context, w *trial.World, kind func(*grid.Group) *grid.Group) error {
	h := grid.NewSingleHandler(idBlocks, grid.NewBytes, grid.NewBytes)
	_, err := grid.First(h.CallGroup(ctx, kind(w.Node(w.Caller).Manager().Group(w.Server)), grid.NewBytes()))
	return err
}

// No wait outlives its context, be that one that breaks the contract of package context.
func TestContextsThatBreakTheirContract(t *testing.T) {
	h := grid.NewStreamingHandler(trial.IdOther, grid.NewNoPayload, grid.NewBytes, grid.NewBytes)
	for how, odd := range oddContexts {
		for where, meet := range odditiesMet {
			t.Run(where+", "+how, func(t *testing.T) {
				trial.EachRole(t, func(t *testing.T, r trial.Role) {
					w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
						return errors.Join(trial.RegisterEcho(m), m.RegisterSingleHandler(idBlocks, func(ctx context.Context, _ []byte) ([]byte, error) {
							<-ctx.Done()
							return nil, ctx.Err()
						}),
							h.Register(m, func(ctx context.Context, _ *grid.NoPayload, _ <-chan *grid.Bytes, _ chan<- *grid.Bytes) error {
								<-ctx.Done()
								return ctx.Err()
							}))
					}})
					began, left := time.Now(), make(chan error, 1)
					go func() {
						err := errors.New("the goroutine of the caller ended")
						defer func() { _ = recover(); left <- err }()
						err = meet(odd(t.Context()), w, h)
					}()
					err := trial.Await(t, "the caller", left)
					if want := oddEnds[how]; err == nil || want != nil && !errors.Is(err, want) {
						t.Errorf("it ended with %v", err)
					}
					most := 32 * time.Second
					if how == slowErr {
						most += 3 * time.Second
					}
					if took := time.Since(began); took > most && !(how == slowErr && onItsOwn[where]) {
						t.Errorf("it took %s", took)
					}
					time.Sleep(3 * time.Minute) // what is slow ends with the test
				})
			})
		}
	}
}
