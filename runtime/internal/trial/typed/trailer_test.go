package typed_test

import (
	"context"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// wantTrailer compares what came with an answer.
func wantTrailer(t *testing.T, what string, tr *grid.Trailer, want map[string]string) {
	t.Helper()
	if got := tr.Get(); !maps.Equal(got, want) {
		t.Errorf("%s: the trailer is %v, want %v", what, got, want)
	}
}

// trailing serves handlers that set a trailer: a call that answers with as many bytes as it
// is asked for, or fails, and a stream.
func trailing(m *grid.Manager) error {
	set := func(ctx context.Context) error {
		if err := grid.SetTrailer(ctx, map[string]string{"a": "1", "b": "1"}); err != nil {
			return err
		}
		return grid.SetTrailer(ctx, map[string]string{"b": "2"})
	}
	err := m.RegisterSingleHandler(trial.IdCall, func(ctx context.Context, p []byte) ([]byte, error) {
		if string(p) == "none" {
			return p, nil
		}
		if err := set(ctx); err != nil {
			return nil, err
		}
		if string(p) == "fail" {
			return nil, grid.NewError(grid.NotFound, "as asked")
		}
		return []byte(strings.Repeat("x", len(p))), nil
	})
	if err != nil {
		return err
	}
	return m.Register(answered().HandleAnswered(func(ctx context.Context, p *grid.Bytes, in *grid.Receiver[*grid.Bytes]) (*grid.Bytes, error) {
		if err := set(ctx); err != nil {
			return nil, err
		}
		if string(*p) == "fail" {
			return nil, grid.NewError(grid.NotFound, "as asked")
		}
		return join(ctx, p, in)
	}))
}

// What a handler sets goes back with its answer, or its error, to calls and streams, and to
// nobody where it sets nothing.
func TestTrailers(t *testing.T) {
	want := map[string]string{"a": "1", "b": "2"}
	check := func(t *testing.T, c *grid.Connection) {
		for _, p := range []string{"small", "fail", strings.Repeat("l", 1<<20)} {
			var outer, inner grid.Trailer
			_, err := c.Request(grid.WithTrailer(grid.WithTrailer(t.Context(), &outer), &inner), trial.IdCall, []byte(p))
			if (err != nil) != (p == "fail") {
				t.Errorf("call: %v", err)
			}
			wantTrailer(t, "call", &outer, want)
			wantTrailer(t, "call", &inner, want)
		}
		var none grid.Trailer
		if _, err := c.Request(grid.WithTrailer(t.Context(), &none), trial.IdCall, []byte("none")); err != nil {
			t.Error(err)
		}
		wantTrailer(t, "call without", &none, nil)
		for _, p := range []string{"head", "fail"} {
			for what, ctx := range map[string]context.Context{"never ends": context.Background(), "may end": t.Context()} {
				var tr grid.Trailer
				up, err := answered().OpenAnsweredUpload(grid.WithTrailer(ctx, &tr), c, trial.Message(p))
				if err != nil {
					t.Fatal(err)
				}
				if p == "head" {
					wantTrailer(t, "open stream", &tr, nil)
				}
				if _, err := up.CloseAndRecv(); (err != nil) != (p == "fail") {
					t.Errorf("stream: %v", err)
				}
				wantTrailer(t, "stream whose context "+what, &tr, want)
			}
		}
	}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		check(t, r.World(t, trial.Setup{Register: trailing}).Conn)
	})
	t.Run("to itself", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := trial.Role{Caller: "b", Server: "a"}.World(t, trial.Setup{Register: trailing})
			check(t, w.Connection("a", "a"))
		})
	})
}

// Interceptors of both ends read and change trailers.
func TestInterceptorsOfTrailers(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trailing, Configure: func(w *trial.World, name string, o *grid.Options) {
			o.ServerInterceptors = []grid.Interceptor{{Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				reply, err := next(ctx, p)
				if set := grid.SentTrailer(ctx); set["b"] != "2" {
					t.Errorf("the interceptor of the server sees %v", set)
				}
				if err := grid.SetTrailer(ctx, map[string]string{"server": "saw it"}); err != nil {
					t.Error(err)
				}
				return reply, err
			}}}
			o.ClientInterceptors = []grid.Interceptor{{Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
				var tr grid.Trailer
				reply, err := next(grid.WithTrailer(ctx, &tr), p)
				md := tr.Get()
				if md["server"] != "saw it" {
					t.Errorf("the interceptor of the client sees %v", md)
				}
				delete(md, "a")
				grid.PassTrailer(ctx, md)
				return reply, err
			}}}
		}})
		var tr grid.Trailer
		if _, err := w.Conn.Request(grid.WithTrailer(t.Context(), &tr), trial.IdCall, []byte("x")); err != nil {
			t.Fatal(err)
		}
		wantTrailer(t, "call", &tr, map[string]string{"b": "2", "server": "saw it"})
	})
}

// A trailer is bounded, and belongs to a handler that runs.
func TestTrailersThatCannotBeSet(t *testing.T) {
	if err := grid.SetTrailer(t.Context(), map[string]string{"k": "v"}); err == nil {
		t.Error("a trailer outside of a handler")
	}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		var kept context.Context
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(ctx context.Context, _ []byte) ([]byte, error) {
				kept = ctx
				if err := grid.SetTrailer(ctx, map[string]string{"k": "v"}); err != nil {
					t.Error(err)
				}
				err := grid.SetTrailer(ctx, map[string]string{"l": strings.Repeat("x", grid.MaxMetadata)})
				return nil, err
			})
		}})
		var tr grid.Trailer
		_, err := w.Conn.Request(grid.WithTrailer(t.Context(), &tr), trial.IdCall, nil)
		trial.WantError(t, "too much", err, grid.ErrTooLarge, grid.Ran)
		wantTrailer(t, "what was set before", &tr, map[string]string{"k": "v"})
		trial.Settle()
		if err := grid.SetTrailer(kept, map[string]string{"k": "v"}); err == nil {
			t.Error("a trailer after the handler has returned")
		}
	})
}

// Streams in the other forms get trailers, too: as channels, and received to the end.
func TestTrailersOfOtherForms(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trailing})
		var tr grid.Trailer
		st, err := w.Conn.NewStream(grid.WithTrailer(t.Context(), &tr), trial.IdStream, []byte("head"))
		if err != nil {
			t.Fatal(err)
		}
		close(st.Requests)
		if err := st.Results(func([]byte) error { return nil }); err != nil {
			t.Error(err)
		}
		wantTrailer(t, "channels", &tr, map[string]string{"a": "1", "b": "2"})
		var dup grid.Trailer
		both, err := answered().Open(grid.WithTrailer(t.Context(), &dup), w.Conn, trial.Message("head"))
		if err != nil {
			t.Fatal(err)
		}
		if err := both.CloseSend(); err != nil {
			t.Error(err)
		}
		for err == nil {
			_, err = both.Recv()
		}
		if err != io.EOF {
			t.Error(err)
		}
		wantTrailer(t, "duplex", &dup, map[string]string{"a": "1", "b": "2"})
	})
}
