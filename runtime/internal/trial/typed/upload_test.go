package typed_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
	"github.com/gridrpc/gridc/runtime/schema"
)

// answered is a stream that ends with one response, as generated code describes it.
func answered(opts ...grid.HandlerOption) *grid.StreamingHandler[*grid.Bytes, *grid.Bytes, *grid.Bytes] {
	opts = append([]grid.HandlerOption{grid.WithCapacity(4, 1)}, opts...)
	return grid.NewStreamingHandler(trial.IdStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, opts...)
}

// answeredWorld serves fn.
func answeredWorld(t *testing.T, r trial.Role, s trial.Setup, fn func(ctx context.Context, payload *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error)) *trial.World {
	t.Helper()
	s.Register = func(m *grid.Manager) error { return m.Register(answered().HandleAnswered(fn)) }
	return r.World(t, s)
}

// upload sends n messages, as far as they can be sent, and returns the response.
func upload(t *testing.T, w *trial.World, n int) (string, error) {
	t.Helper()
	up, err := answered().OpenAnsweredUpload(t.Context(), w.Conn, trial.Message("head"))
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	for range n {
		if err := up.Send(trial.Message("x")); err != nil {
			break
		}
	}
	response, err := up.CloseAndRecv()
	again, same := up.CloseAndRecv()
	if again != response || same != err {
		t.Errorf("CloseAndRecv again: %v, %v; before: %v, %v", again, same, response, err)
	}
	if err != nil {
		return "", err
	}
	return string(*response), nil
}

// join receives all, and answers with the payload and it.
func join(_ context.Context, payload *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
	all := string(*payload) + ":"
	for {
		msg, err := in.Recv()
		if err == io.EOF {
			return trial.Message(all), nil
		}
		if err != nil {
			return nil, err
		}
		all += string(*msg)
	}
}

// The handler's response is what CloseAndRecv returns: after all was received, before, and
// where it is larger than a frame.
func TestResponseOfAnUpload(t *testing.T) {
	large := strings.Repeat("l", 3<<20)
	for what, tt := range map[string]struct {
		fn   func(ctx context.Context, payload *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error)
		want string
	}{
		"behind the last message": {join, "head:" + strings.Repeat("x", 100)},
		"before the first": {func(context.Context, *grid.Bytes, *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
			return trial.Message("enough"), nil
		}, "enough"},
		"large": {func(ctx context.Context, p *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
			_, err := join(ctx, p, in)
			return trial.Message(large), err
		}, large},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := answeredWorld(t, r, trial.Setup{}, tt.fn)
				for range 3 {
					if got, err := upload(t, w, 100); err != nil || got != tt.want {
						t.Fatalf("%d bytes, %v; want %d", len(got), err, len(tt.want))
					}
				}
			})
		})
	}
}

// An error of the handler, of an interceptor behind it, or of the response goes before the
// response: the caller gets one or the other.
func TestErrorInPlaceOfAResponse(t *testing.T) {
	refuse := grid.Interceptor{Stream: func(ctx context.Context, _ *grid.HandlerInfo, payload []byte, next grid.StreamFunc) error {
		if err := next(ctx, payload); err != nil {
			return err
		}
		return grid.NewError(grid.PermissionDenied, "not this one")
	}}
	for what, tt := range map[string]struct {
		setup trial.Setup
		fn    func(ctx context.Context, payload *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error)
		code  *grid.Error
	}{
		"of the handler": {trial.Setup{}, func(context.Context, *grid.Bytes, *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
			return trial.Message("not seen"), grid.NewError(grid.NotFound, "no such head")
		}, grid.ErrNotFound},
		"no response":       {trial.Setup{}, func(context.Context, *grid.Bytes, *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) { return nil, nil }, grid.ErrInternal},
		"of an interceptor": {trial.Setup{Configure: func(_ *trial.World, _ string, o *grid.Options) { o.ServerInterceptors = []grid.Interceptor{refuse} }}, join, grid.ErrPermissionDenied},
		"response too large": {trial.Setup{Configure: func(w *trial.World, name string, o *grid.Options) {
			if name == w.Caller {
				o.Limits.Message = 100 << 10
			}
		}}, func(context.Context, *grid.Bytes, *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
			return trial.Message(strings.Repeat("l", 200<<10)), nil
		}, grid.ErrTooLarge},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := answeredWorld(t, r, tt.setup, tt.fn)
				got, err := upload(t, w, 10)
				trial.WantError(t, what, err, tt.code, grid.Ran)
				if got != "" {
					t.Errorf("a response, too: %q", got)
				}
			})
		})
	}
}

// A peer that is not held to the schema sends no message, or two: neither is taken for a
// response.
func TestNotOneResponse(t *testing.T) {
	for n, outcome := range map[int]grid.Outcome{0: grid.Ran, 2: grid.MayHaveRun} {
		trial.EachRole(t, func(t *testing.T, r trial.Role) {
			w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
				return m.Register(answered().Handle(func(_ context.Context, _ *grid.Bytes, _ *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
					for range n {
						if err := out.Send(trial.Message("x")); err != nil {
							return err
						}
					}
					return nil
				}))
			}})
			_, err := upload(t, w, 1)
			trial.WantError(t, "messages", err, grid.ErrInternal, outcome)
			w.WantSession(t, 1)
		})
	}
}

// Whoever leaves an upload cancels its handler.
func TestLeavingAnUploadWithAResponse(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		canceled := make(chan error, 1)
		w := answeredWorld(t, r, trial.Setup{}, func(ctx context.Context, _ *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
			_, err := in.Recv()
			canceled <- err
			return trial.Message("too late"), nil
		})
		up, err := answered().OpenAnsweredUpload(t.Context(), w.Conn, trial.Message("head"))
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		up.Close()
		if err := trial.Await(t, "handler", canceled); !errors.Is(err, context.Canceled) {
			t.Errorf("the handler saw %v", err)
		}
		_, err = up.CloseAndRecv()
		trial.WantError(t, "CloseAndRecv", err, grid.ErrCanceled, grid.MayHaveRun)
	})
}

// P13: a build that streams out and one that answers once understand each other where the
// client reads messages; where it waits for one response its calls fail, not sent, and the
// reason says so.
func TestP13ResponsesOfStreamsBetweenBuilds(t *testing.T) {
	table := func(change func(h *schema.Handler)) *schema.Table {
		ty := &schema.Type{Kind: schema.Raw}
		h := schema.Handler{ID: uint16(trial.IdStream), Name: "shop.Shop.Put", Stream: true, Request: ty, In: ty, InCapacity: 4}
		change(&h)
		return &schema.Table{Handlers: []schema.Handler{h}}
	}
	ty := &schema.Type{Kind: schema.Raw}
	one := table(func(h *schema.Handler) { h.Response = ty })
	many := table(func(h *schema.Handler) { h.Out, h.OutCapacity = ty, 1 })
	none := table(func(*schema.Handler) {})
	for what, tt := range map[string]struct {
		client, server *schema.Table
		reason         string
	}{
		"reads messages":        {many, one, ""},
		"waits for one of many": {one, many, "one response at the client, messages of `out` at the server"},
		"waits for none":        {one, none, "at the client"},
		"knows of none":         {none, one, "at the server"},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return m.Register(answered(grid.WithSchema(tt.server)).HandleAnswered(join))
				}})
				st, err := answered(grid.WithSchema(tt.client)).Open(t.Context(), w.Conn, trial.Message("head"))
				if tt.reason != "" {
					trial.WantError(t, "open", err, grid.ErrIncompatible, grid.NotSent)
					if !strings.Contains(err.Error(), tt.reason) {
						t.Errorf("no %q in %v", tt.reason, err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if err := st.CloseSend(); err != nil {
					t.Error(err)
				}
				if n := trial.Drain(t, st); n != 1 {
					t.Errorf("%d messages, want 1", n)
				}
			})
		})
	}
}
