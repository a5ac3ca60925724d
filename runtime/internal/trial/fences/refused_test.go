package fences_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// atServerInterceptor gives the server one interceptor.
func atServerInterceptor(x grid.Interceptor) func(*trial.World, string, *grid.Options) {
	return func(w *trial.World, name string, o *grid.Options) {
		if name == w.Server {
			o.ServerInterceptors = []grid.Interceptor{{}, x}
		}
	}
}

// counted serves a call and a stream that count how often they ran, and fail.
func counted(ran *atomic.Int64) func(*grid.Manager) error {
	fail := func() error { ran.Add(1); return grid.NewError(grid.NotFound, "by the handler") }
	return func(m *grid.Manager) error {
		return errors.Join(
			m.RegisterSingleHandler(trial.IdCall, func(context.Context, []byte) ([]byte, error) { return nil, fail() }),
			trial.TypedStream(2, 2, func(context.Context, string, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
				return fail()
			})(m))
	}
}

// callAndStream returns how a call and a stream end.
func callAndStream(t *testing.T, w *trial.World) map[string]error {
	t.Helper()
	_, call := w.Conn.Request(t.Context(), trial.IdCall, nil)
	_, stream := trial.OpenStream(t, w, "").Recv()
	return map[string]error{"call": call, "stream": stream}
}

// What an interceptor refuses has not run; what it makes of a handler's answer has.
func TestWhatAnInterceptorRefusesIsRejected(t *testing.T) {
	denied := grid.NewError(grid.PermissionDenied, "not you")
	for what, c := range map[string]struct {
		mine    func(next func() error) error
		code    *grid.Error
		outcome grid.Outcome
		ran     int64
	}{
		"refuses":          {func(func() error) error { return denied }, grid.ErrPermissionDenied, grid.Rejected, 0},
		"refuses unseen":   {func(func() error) error { return errors.New("undeclared") }, grid.ErrInternal, grid.Rejected, 0},
		"passes on":        {func(next func() error) error { return next() }, grid.ErrNotFound, grid.Ran, 1},
		"replaces":         {func(next func() error) error { _ = next(); return denied }, grid.ErrPermissionDenied, grid.Ran, 1},
		"tries twice":      {func(next func() error) error { _ = next(); return next() }, grid.ErrInternal, grid.Ran, 1},
		"does not wait":    {func(next func() error) error { go next(); time.Sleep(time.Millisecond); return denied }, grid.ErrPermissionDenied, grid.Ran, 1},
		"tries afterwards": {func(next func() error) error { go func() { time.Sleep(time.Millisecond); _ = next() }(); return denied }, grid.ErrPermissionDenied, grid.Rejected, 0},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				var ran atomic.Int64
				w := r.World(t, trial.Setup{Register: counted(&ran), Configure: atServerInterceptor(grid.Interceptor{
					Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) (reply []byte, err error) {
						return nil, c.mine(func() error { _, err := next(ctx, p); return err })
					},
					Stream: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
						return c.mine(func() error { return next(ctx, p) })
					},
				})})
				for kind, err := range callAndStream(t, w) {
					trial.WantError(t, kind, err, c.code, c.outcome)
				}
				time.Sleep(time.Second)
				if n := ran.Load(); n != 2*c.ran {
					t.Errorf("the handlers ran %d times", n)
				}
			})
		})
	}
}

// An interceptor that returns while the handler still runs cannot say what that does:
// it may have run, and its payload is not given to another call under it.
func TestAnInterceptorThatDoesNotWaitForTheHandler(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		read := make(chan string, 1)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(m.RegisterSingleHandler(trial.IdCall, trial.Echo), m.RegisterSingleHandler(trial.IdOther, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(time.Minute)
				read <- string(p)
				return nil, nil
			}))
		}, Configure: atServerInterceptor(grid.Interceptor{
			Call: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				if h.ID == trial.IdCall {
					return next(ctx, p)
				}
				go next(ctx, p)
				time.Sleep(time.Second)
				return nil, grid.NewError(grid.Unavailable, "too slow")
			},
		})})
		_, err := w.Conn.Request(t.Context(), trial.IdOther, []byte("mine"))
		trial.WantError(t, "call", err, grid.ErrUnavailable, grid.MayHaveRun)
		for range 100 {
			if _, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("else")); err != nil {
				t.Fatal(err)
			}
		}
		if got := trial.Await(t, "payload", read); got != "mine" {
			t.Errorf("the handler's payload became %q", got)
		}
	})
}

// An interceptor may call on with a context of its own making.
func TestAnInterceptorWithAnotherContext(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, grid.NewBytes)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return h.Register(m, func(_ context.Context, b *grid.Bytes) (*grid.Bytes, error) { return b, nil })
		}, Configure: atServerInterceptor(grid.Interceptor{
			Call: func(_ context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				return next(context.Background(), p)
			},
		})})
		got, err := h.Call(t.Context(), w.Conn, trial.Message("hi"))
		if err != nil || string(*got) != "hi" {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// A request that cannot be decoded never reaches its handler, in any form of one.
func TestWhatCannotBeDecodedIsRejected(t *testing.T) {
	call := grid.NewSingleHandler(trial.IdCall, grid.NewMSS, grid.NewMSS)
	core := grid.NewStreamingHandler(trial.IdStream, grid.NewMSS, grid.NewMSS, grid.NewMSS)
	channels := grid.NewStreamingHandler(trial.IdOther, grid.NewMSS, grid.NewMSS, grid.NewMSS)
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(
				call.Register(m, func(context.Context, *grid.MSS) (*grid.MSS, error) { t.Error("ran"); return nil, nil }),
				m.Register(core.Handle(func(context.Context, *grid.MSS, *grid.Receiver[*grid.MSS], *grid.Sender[*grid.MSS]) error {
					t.Error("ran")
					return nil
				})),
				channels.Register(m, func(context.Context, *grid.MSS, <-chan *grid.MSS, chan<- *grid.MSS) error { t.Error("ran"); return nil }))
		}})
		bad := []byte("\xc1 is never used in msgpack")
		_, err := w.Conn.Request(t.Context(), trial.IdCall, bad)
		trial.WantError(t, "call", err, grid.ErrInvalidArgument, grid.Rejected)
		for _, id := range []grid.HandlerID{trial.IdStream, trial.IdOther} {
			st, err := w.Conn.NewStream(t.Context(), id, bad)
			if err != nil {
				t.Fatal(err)
			}
			close(st.Requests)
			trial.WantError(t, "stream", st.Results(func([]byte) error { return nil }), grid.ErrInvalidArgument, grid.Rejected)
		}
	})
}

// What a generated server does not implement has done nothing, and says so.
func TestUnimplementedIsRejected(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		_, client := trial.StorageWorld(t, r, &storage.StorageFuncs{})
		_, err := client.DiskInfo(t.Context(), storage.NewDiskInfoOptions())
		trial.WantError(t, "call", err, grid.ErrNotImplemented, grid.Rejected)
		walk, err := client.WalkDir(t.Context(), &storage.WalkDirOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = walk.Recv()
		trial.WantError(t, "stream", err, grid.ErrNotImplemented, grid.Rejected)
	})
}

// The unimplemented of a call that a handler made, or made up, is no word on its own.
func TestUnimplementedElsewhereHasRun(t *testing.T) {
	for what, err := range map[string]error{
		"made up": grid.NewError(grid.Unimplemented, "not yet"),
		"relayed": &grid.Error{Code: grid.Unimplemented, Outcome: grid.Rejected, Remote: true},
	} {
		trial.EachRole(t, func(t *testing.T, r trial.Role) {
			w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
				return m.RegisterSingleHandler(trial.IdCall, func(context.Context, []byte) ([]byte, error) { return nil, err })
			}})
			_, got := w.Conn.Request(t.Context(), trial.IdCall, nil)
			trial.WantError(t, what, got, grid.ErrNotImplemented, grid.Ran)
		})
	}
}

// A declared error travels with its fields up to 64 KiB. Beyond, the caller is told that
// they are missing, and does not find an empty one.
func TestLargeDeclaredErrors(t *testing.T) {
	for size, travels := range map[int]bool{0: true, 33 << 10: true, 60 << 10: true, 65 << 10: false, 1 << 20: false} {
		trial.EachRole(t, func(t *testing.T, r trial.Role) {
			lost := &storage.FileNotFound{Volume: "v", Path: strings.Repeat("p", size)}
			w, client := trial.StorageWorld(t, r, &storage.StorageFuncs{
				DeleteFileFunc: func(context.Context, *storage.DeleteFileRequest) error { return lost },
				WalkDirFunc:    func(context.Context, *storage.WalkDirOptions, *grid.Sender[*storage.WalkEntry]) error { return lost },
			})
			walk, err := client.WalkDir(t.Context(), &storage.WalkDirOptions{})
			if err != nil {
				t.Fatal(err)
			}
			_, stream := walk.Recv()
			for kind, err := range map[string]error{"call": client.DeleteFile(t.Context(), &storage.DeleteFileRequest{}), "stream": stream} {
				trial.WantError(t, kind, err, &grid.Error{Code: lost.Code()}, grid.Ran)
				var found *storage.FileNotFound
				if errors.As(err, &found) != travels || travels && *found != *lost {
					t.Errorf("%s of %d bytes: found %.50v in %.200v", kind, size, found, err)
				}
				if told := strings.Contains(err.Error(), "left out"); told == travels {
					t.Errorf("%s of %d bytes says %.100s … %s", kind, size, err.Error(), err.Error()[max(0, len(err.Error())-200):])
				}
			}
			if n := w.Conn.State().Session; n != 1 {
				t.Errorf("%d sessions", n)
			}
		})
	}
}

// The fields of an error that a client cannot read, or that panics under it, are missing
// from the error, which comes all the same.
func TestErrorsWhoseFieldsCannotBeRead(t *testing.T) {
	for how, slip := range map[string]func(){"panics": func() { panic("hunter2") }, "nil pointer": slips["nil pointer"]} {
		t.Run(how, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				slipOnce = slip
				h := grid.NewSingleHandler(trial.IdCall, grid.NewNoPayload, grid.NewNoPayload, grid.WithErrors(grid.ErrorOf[slipsDecoded]()))
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return h.Register(m, func(context.Context, *grid.NoPayload) (*grid.NoPayload, error) { return nil, &slipsDecoded{} })
				}})
				_, err := h.Call(t.Context(), w.Conn, grid.NewNoPayload())
				trial.WantError(t, "call", err, &grid.Error{Code: "test.slippery"}, grid.Ran)
				var found *slipsDecoded
				if errors.As(err, &found) || !strings.Contains(err.Error(), "cannot be read") || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

var slipOnce func()

// slipsDecoded is an error that slips when it is decoded.
type slipsDecoded struct{ slipperyTyped }

func (e *slipsDecoded) UnmarshalMsg([]byte) ([]byte, error) { slipOnce(); return nil, nil }

// An answer over its limit is told as what it is.
func TestAnAnswerOverItsLimit(t *testing.T) {
	h := grid.NewSingleHandler(trial.IdCall, grid.NewNoPayload, grid.NewMSS)
	many := make(map[string]string)
	for i := range 70_000 {
		many[string(rune(i))+strings.Repeat("x", i%7)] = ""
	}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return h.Register(m, func(context.Context, *grid.NoPayload) (*grid.MSS, error) { return grid.NewMSSWith(many), nil })
		}})
		_, err := h.Call(t.Context(), w.Conn, grid.NewNoPayload())
		trial.WantError(t, "call", err, grid.ErrTooLarge, grid.Ran)
		if !strings.Contains(err.Error(), "at most 65536") {
			t.Error(err)
		}
	})
}
