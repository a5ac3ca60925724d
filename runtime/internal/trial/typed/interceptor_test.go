package typed_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// trail notes what interceptors see, in order.
type trail struct {
	mu    sync.Mutex
	steps []string
}

func (tr *trail) note(format string, args ...any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.steps = append(tr.steps, fmt.Sprintf(format, args...))
}

func (tr *trail) take() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	steps := tr.steps
	tr.steps = nil
	return steps
}

// interceptor notes what passes it.
func (tr *trail) interceptor(name string) grid.Interceptor {
	return grid.Interceptor{
		Call: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
			tr.note("%s call %s/%s of %s: %s", name, h.Name, h.Subroute, h.Peer, p)
			reply, err := next(ctx, p)
			tr.note("%s answer %s", name, reply)
			return reply, err
		},
		Stream: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
			tr.note("%s stream %s", name, p)
			err := next(ctx, p)
			tr.note("%s stream returned: %v", name, err)
			return err
		},
		Ended: func(_ context.Context, _ *grid.HandlerInfo, err error) { tr.note("%s stream ended: %v", name, err) },
	}
}

// Interceptors stand around calls and streams at both ends, the first outermost,
// and see the handler, its subroute and the other node.
func TestInterceptorsStandAroundCallsAndStreams(t *testing.T) {
	single := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes, grid.WithName("p.S.Echo"))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		tr := &trail{}
		w := r.World(t, trial.Setup{
			Configure: func(w *trial.World, name string, o *grid.Options) {
				if name == w.Caller {
					o.ClientInterceptors = []grid.Interceptor{tr.interceptor("client 1"), {}, tr.interceptor("client 2")}
				} else {
					o.ServerInterceptors = []grid.Interceptor{tr.interceptor("server")}
				}
			},
			Register: func(m *grid.Manager) error {
				if err := trial.TypedStream(2, 2, trial.EchoBack)(m); err != nil {
					return err
				}
				return single.Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil }, "sub")
			},
		})
		if _, err := single.Call(t.Context(), w.Conn.Subroute("sub"), trial.Message("hi")); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"client 1 call p.S.Echo/sub of " + r.Server + ": hi", "client 2 call p.S.Echo/sub of " + r.Server + ": hi",
			"server call p.S.Echo/sub of " + r.Caller + ": hi", "server answer hi",
			"client 2 answer hi", "client 1 answer hi",
		}
		if got := tr.take(); !slices.Equal(got, want) {
			t.Errorf("a call passed\n%q, want\n%q", got, want)
		}

		st := trial.OpenStream(t, w, "hi")
		st.CloseSend()
		trial.Drain(t, st)
		synctest.Wait()
		got := tr.take()
		for _, step := range []string{"client 1 stream hi", "client 2 stream hi", "client 1 stream returned: <nil>",
			"server stream hi", "server stream returned: <nil>", "client 1 stream ended: <nil>", "client 2 stream ended: <nil>"} {
			if !slices.Contains(got, step) {
				t.Errorf("a stream did not pass %q:\n%q", step, got)
			}
		}
	})
}

// An interceptor may answer itself, or refuse.
func TestInterceptorsMayRefuse(t *testing.T) {
	refused := grid.NewError(grid.PermissionDenied, "not today")
	guard := grid.Interceptor{
		Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
			if string(p) == "cached" {
				return []byte("from the cache"), nil
			}
			return nil, refused
		},
		Stream: func(context.Context, *grid.HandlerInfo, []byte, grid.StreamFunc) error { return refused },
	}
	for _, end := range []string{"client", "server"} {
		t.Run(end, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				h := trial.NewWaiting()
				w := r.World(t, trial.Setup{Register: h.Register, Configure: func(w *trial.World, name string, o *grid.Options) {
					switch {
					case end == "client" && name == w.Caller:
						o.ClientInterceptors = []grid.Interceptor{guard}
					case end == "server" && name == w.Server:
						o.ServerInterceptors = []grid.Interceptor{guard}
					}
				}})
				reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("cached"))
				trial.WantReply(t, "answered by the interceptor", reply, err, "from the cache")
				if _, err := w.Conn.Request(t.Context(), trial.IdCall, nil); !errors.Is(err, grid.ErrPermissionDenied) {
					t.Errorf("call: %v", err)
				}
				st, err := trial.BytesStream(1, 1).Open(t.Context(), w.Conn, trial.Message(""))
				if err == nil {
					_, err = st.Recv()
				}
				if !errors.Is(err, grid.ErrPermissionDenied) {
					t.Errorf("stream: %v", err)
				}
				select {
				case <-h.Started:
					t.Error("a handler ran")
				default:
				}
			})
		})
	}
}

// A panic of a server's interceptor is fenced like one of a handler.
func TestInterceptorPanicIsFenced(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.ServerInterceptors = []grid.Interceptor{{Call: func(_ context.Context, _ *grid.HandlerInfo, p []byte, _ grid.CallFunc) ([]byte, error) {
				panic("hunter2")
			}}}
		}})
		_, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "call", err, grid.ErrInternal, grid.Rejected)
	})
}
