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

// callersPlaces are where code of a caller runs on the caller's own goroutine, under a
// call of its own: a panic there goes up to the caller, as with any function.
var callersPlaces = map[string]func(ctx context.Context, w *trial.World, slip func()){
	"Msgsize of a request":      callWith("size", ""),
	"MarshalMsg of a request":   callWith("marshal", ""),
	"constructor of an answer":  callWith("", "new"),
	"UnmarshalMsg of an answer": callWith("", "unmarshal"),
	"MarshalMsg of a payload": func(ctx context.Context, w *trial.World, slip func()) {
		h := slipperyStream("marshalPayload", slip)
		_, _ = h.Open(ctx, w.Conn, h.NewPayload())
	},
	"MarshalMsg of a message, in Send": func(ctx context.Context, w *trial.World, slip func()) {
		h := slipperyStream("marshalIn", slip)
		st, err := h.Open(ctx, w.Conn, h.NewPayload())
		if err == nil {
			defer st.Close()
			_ = st.Send(h.NewRequest())
		}
	},
	"UnmarshalMsg of a message, in Recv": func(ctx context.Context, w *trial.World, slip func()) {
		h := slipperyStream("unmarshalOut", slip)
		st, err := h.Open(ctx, w.Conn, h.NewPayload())
		if err == nil {
			defer st.Close()
			_ = st.Send(h.NewRequest())
			_, _ = st.Recv()
		}
	},
	"the function of Results": func(ctx context.Context, w *trial.World, slip func()) {
		h := slipperyStream("", nil)
		st, err := h.Call(ctx, w.Conn, h.NewPayload())
		if err == nil {
			st.Requests <- h.NewRequest()
			_ = st.Results(func(*slipperyMessage) error { slip(); return nil })
		}
	},
	"interceptor of a call":   intercepted(func(ctx context.Context, w *trial.World) { _, _ = w.Conn.Request(ctx, trial.IdOther, nil) }),
	"interceptor of a stream": intercepted(func(ctx context.Context, w *trial.World) { _, _ = w.Conn.NewStream(ctx, trial.IdStream, nil) }),
	"a context's Err":         contextOf("err"),
	"a context's Value":       contextOf("value"),
	"a context's Deadline":    contextOf("deadline"),
	"a context's Done":        contextOf("done"),
	"a context's AfterFunc":   contextOf("after"),

	"a context's Err, of a stream":       contextOfStream("err"),
	"a context's Value, of a stream":     contextOfStream("value"),
	"a context's Deadline, of a stream":  contextOfStream("deadline"),
	"a context's Done, of a stream":      contextOfStream("done"),
	"a context's AfterFunc, of a stream": contextOfStream("after"),

	"a context's Err, of channels":  contextOfChannels("err"),
	"a context's Done, of channels": contextOfChannels("done"),
	"a context's Err, of a group":   contextOfGroup("err"),
	"a context's Value, of a group": contextOfGroup("value"),
	"a context's Done, of a group":  contextOfGroup("done"),
}

// callWith makes a call whose messages slip.
func callWith(request, answer string) func(context.Context, *trial.World, func()) {
	return func(ctx context.Context, w *trial.World, slip func()) {
		h := grid.NewSingleHandler(trial.IdOther, slipping(request, slip), slipping(answer, slip))
		req := &slipperyMessage{on: map[string]func(){request: slip}}
		_, _ = h.Call(ctx, w.Conn, req)
	}
}

// slipKey has the client's interceptors slip.
type slipKey struct{}

func intercepted(use func(context.Context, *trial.World)) func(context.Context, *trial.World, func()) {
	return func(ctx context.Context, w *trial.World, slip func()) {
		use(context.WithValue(ctx, slipKey{}, slip), w)
	}
}

func slipIn(ctx context.Context) {
	if slip, ok := ctx.Value(slipKey{}).(func()); ok {
		slip()
	}
}

// slipperyCaller is a context whose methods are not to be trusted, after some calls of
// them. It has a channel of its own, so that package context asks it, too.
type slipperyCaller struct {
	context.Context
	where string
	calls *atomic.Int64 // that it does not slip in
	slip  func()
	done  chan struct{}
}

func (c *slipperyCaller) at(where string) {
	if c.where == where {
		if c.calls.Add(-1) < 0 {
			c.slip()
		}
	}
}

func (c *slipperyCaller) Done() <-chan struct{} { c.at("done"); return c.done }

func (c *slipperyCaller) AfterFunc(func()) func() bool {
	c.at("after")
	return func() bool { return true }
}

func (c *slipperyCaller) Err() error                  { c.at("err"); return c.Context.Err() }
func (c *slipperyCaller) Value(key any) any           { c.at("value"); return c.Context.Value(key) }
func (c *slipperyCaller) Deadline() (time.Time, bool) { c.at("deadline"); return c.Context.Deadline() }

func contextOf(where string) func(context.Context, *trial.World, func()) {
	return slippingContext(where, func(ctx context.Context, w *trial.World) { _, _ = w.Conn.Request(ctx, trial.IdOther, nil) })
}

func contextOfStream(where string) func(context.Context, *trial.World, func()) {
	return slippingContext(where, func(ctx context.Context, w *trial.World) {
		h := slipperyStream("", nil)
		st, err := h.Open(grid.WaitForReady(ctx), w.Conn, h.NewPayload())
		if err == nil {
			st.Close()
		}
	})
}

func contextOfChannels(where string) func(context.Context, *trial.World, func()) {
	return slippingContext(where, func(ctx context.Context, w *trial.World) {
		h := slipperyStream("", nil)
		st, err := h.Call(ctx, w.Conn, h.NewPayload())
		if err == nil {
			close(st.Requests)
			_ = st.Results(func(*slipperyMessage) error { return nil })
		}
	})
}

func contextOfGroup(where string) func(context.Context, *trial.World, func()) {
	h := grid.NewSingleHandler(trial.IdOther, slipping("", nil), slipping("", nil))
	return slippingContext(where, func(ctx context.Context, w *trial.World) {
		g := w.Node(w.Caller).Manager().Group(w.Server)
		for _, g := range []*grid.Group{g, g.LetFinish()} {
			_, _ = grid.First(h.CallGroup(ctx, g, h.NewRequest()))
		}
	})
}

// slippingContext makes one use after the other, of which the context slips in its
// first call, its second, and so on, until it is not called so often.
func slippingContext(where string, use func(context.Context, *trial.World)) func(context.Context, *trial.World, func()) {
	return func(ctx context.Context, w *trial.World, slip func()) {
		for after := range 20 {
			left := make(chan struct{})
			var calls atomic.Int64
			calls.Store(int64(after))
			go func() {
				defer func() { _ = recover(); close(left) }()
				use(&slipperyCaller{ctx, where, &calls, slip, make(chan struct{})}, w)
			}()
			if <-left; calls.Load() >= 0 {
				break
			}
		}
		slip() // as who calls this expects
	}
}

// A slip of a caller's own code under its own call reaches the caller and nobody else:
// no slot, stream or byte is left behind, and its session goes on.
func TestSlipsOfCallersAreTheirOwn(t *testing.T) {
	for what, use := range callersPlaces {
		t.Run(what, func(t *testing.T) {
			for how, slip := range slips {
				t.Run(how, func(t *testing.T) {
					trial.EachRole(t, func(t *testing.T, r trial.Role) {
						w := r.World(t, trial.Setup{Register: registerSlippery, Configure: slipperyClient(r)})
						ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
						defer cancel()
						for range 20 {
							left := make(chan bool, 1)
							go func() {
								returned := false
								defer func() { _ = recover(); left <- returned }()
								use(ctx, w, slip)
								returned = true
							}()
							if trial.Await(t, "the caller", left) {
								t.Fatal("the slip did not reach its caller")
							}
						}
						trial.Settle()
						if s := w.Conn.Stats(); s.CallsInFlight != 0 || s.StreamsOpen != 0 || s.QueuedBytes != 0 || s.UnreadBytes != 0 {
							t.Errorf("left behind: %+v", s)
						}
						w.Alive(t)
					})
				})
			}
		})
	}
}

// registerSlippery serves what is called there, and is sound itself.
func registerSlippery(m *grid.Manager) error {
	h := slipperyStream("", nil)
	return errors.Join(trial.RegisterEcho(m), m.RegisterSingleHandler(trial.IdOther, trial.Echo),
		m.Register(h.Handle(func(_ context.Context, _ *slipperyMessage, in *grid.Receiver[*slipperyMessage], out *grid.Sender[*slipperyMessage]) error {
			if _, err := in.Recv(); err != nil {
				return err
			}
			return out.Send(h.NewResponse())
		})))
}

// slipperyClient has interceptors at the caller that slip where the context says so.
func slipperyClient(r trial.Role) func(*trial.World, string, *grid.Options) {
	return func(_ *trial.World, name string, o *grid.Options) {
		if name != r.Caller {
			return
		}
		o.ClientInterceptors = []grid.Interceptor{{
			Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				reply, err := next(ctx, p)
				slipIn(ctx)
				return reply, err
			},
			Stream: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
				err := next(ctx, p)
				slipIn(ctx)
				return err
			},
		}}
	}
}
