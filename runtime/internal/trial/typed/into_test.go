package typed_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// varied is the i-th of messages that differ in every sort of field: what is long
// in one is short in the next, or empty, or absent.
func varied(name string, i int) *storage.FileInfo {
	v := &storage.FileInfo{Name: name, Size: int64(i % 2)}
	for n := range []int{3, 0, 1, 7, 2}[i%5] {
		v.Parts = append(v.Parts, storage.PartInfo{Number: uint32(n), Etag: strings.Repeat(name, n%3)})
		if v.Metadata == nil {
			v.Metadata = map[string]string{}
		}
		v.Metadata[fmt.Sprint(name, n)] = name
	}
	if i%3 > 0 { // present, and empty every other time
		v.Data = []byte(strings.Repeat(name, i%2*(i%7)))
		v.Version = &grid.UUID{byte(i)}
	}
	return v
}

// checkVaried compares a message that was decoded with what was sent.
func checkVaried(t *testing.T, got, want *storage.FileInfo) {
	t.Helper()
	if got.Name != want.Name || got.Size != want.Size || !slices.Equal(got.Parts, want.Parts) || !maps.Equal(got.Metadata, want.Metadata) ||
		string(got.Data) != string(want.Data) || (got.Data == nil) != (want.Data == nil) ||
		(got.Version == nil) != (want.Version == nil) || got.Version != nil && *got.Version != *want.Version {
		t.Errorf("sent %+v, got %+v", want, got)
	}
}

// A response of the caller's is replaced by each answer: nothing of one call is
// left for the next, whatever the handler does with its request.
func TestCallInto(t *testing.T) {
	for _, opts := range [][]grid.HandlerOption{nil, {grid.WithReuse()}} {
		h := grid.NewSingleHandler(trial.IdCall, storage.NewFileInfo, storage.NewFileInfo, opts...)
		trial.EachRole(t, func(t *testing.T, r trial.Role) {
			w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
				return h.Register(m, func(_ context.Context, req *storage.FileInfo) (*storage.FileInfo, error) {
					if req.Size == 0 {
						return req, nil
					}
					resp := *req // which shares its memory
					return &resp, nil
				})
			}})
			var callers sync.WaitGroup
			for i := range 8 {
				callers.Go(func() {
					var resp storage.FileInfo
					for j := range 60 {
						req := varied(fmt.Sprintf("%d/%d", i, j), j)
						if err := h.CallInto(t.Context(), w.Conn, req, &resp); err != nil {
							t.Error(err)
							return
						}
						checkVaried(t, &resp, req)
					}
					both := varied("both", i)
					if err := h.CallInto(t.Context(), w.Conn, both, both); err != nil {
						t.Error(err)
					}
					checkVaried(t, both, varied("both", i))
				})
			}
			callers.Wait()
		})
	}
}

// CallInto fails as Call does, and the response serves the next call.
func TestCallIntoFailsAsCallDoes(t *testing.T) {
	const idText = trial.IdCall + 1
	text := grid.NewSingleHandler(idText, storage.NewReadVersionRequest, grid.NewBytes)
	file := grid.NewSingleHandler(idText, storage.NewReadVersionRequest, storage.NewFileInfo,
		grid.WithErrors(grid.ErrorOf[storage.FileNotFound]()))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return text.Register(m, func(_ context.Context, req *storage.ReadVersionRequest) (*grid.Bytes, error) {
				if req.Path == "garbage" {
					return trial.Message("\xc1 is no answer"), nil
				}
				return nil, grid.NewError(grid.NotFound, "nothing here")
			})
		}})
		resp := &storage.FileInfo{Name: "before"}
		for path, want := range map[string]struct {
			code    *grid.Error
			outcome grid.Outcome
		}{
			"garbage":                    {grid.ErrInvalidArgument, grid.Ran},
			"none":                       {grid.ErrNotFound, grid.Ran},
			strings.Repeat("x", 4<<10+1): {grid.ErrInvalidArgument, grid.NotSent},
		} {
			req := &storage.ReadVersionRequest{Path: path}
			_, err := file.Call(t.Context(), w.Conn, req)
			into := file.CallInto(t.Context(), w.Conn, req, resp)
			trial.WantError(t, path, into, want.code, want.outcome)
			if err == nil || into == nil || err.Error() != into.Error() {
				t.Errorf("Call: %v; CallInto: %v", err, into)
			}
		}
		nobody := file.CallInto(t.Context(), (*grid.Connection)(nil), &storage.ReadVersionRequest{}, resp)
		if grid.OutcomeOf(nobody) != grid.NotSent {
			t.Errorf("a call to nobody: %v", nobody)
		}
	})
}

// An error of a handler may refer to its request, which is then not used again: what
// one caller is told would else be of another's call.
func TestRequestOfAnErrorIsNotUsedAgain(t *testing.T) {
	h := grid.NewSingleHandler(trial.IdCall, storage.NewReadVersionRequest, grid.NewBytes, grid.WithReuse(), grid.WithErrors(grid.ErrorOf[storage.FileNotFound]()))
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		seen := make(map[*storage.ReadVersionRequest]bool)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return h.Register(m, func(_ context.Context, req *storage.ReadVersionRequest) (*grid.Bytes, error) {
				if seen[req] {
					t.Errorf("the request of %q came again", req.Path)
				}
				seen[req] = true
				return nil, &storage.FileNotFound{Path: req.Path}
			})
		}})
		for i := range 50 {
			path := fmt.Sprint("file ", i)
			_, err := h.Call(t.Context(), w.Conn, &storage.ReadVersionRequest{Path: path})
			var missing *storage.FileNotFound
			if !errors.As(err, &missing) || missing.Path != path {
				t.Errorf("%s: %v", path, err)
			}
		}
	})
}

// An interceptor of the client may keep the answer that the response was decoded
// from: the response shares no memory with it.
func TestCallIntoSharesNothingWithInterceptors(t *testing.T) {
	h := grid.NewSingleHandler(trial.IdCall, trial.NewStored, trial.NewStored)
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		var kept [][]byte
		w := r.World(t, trial.Setup{
			Register: func(m *grid.Manager) error {
				return h.Register(m, func(_ context.Context, req *trial.Stored) (*trial.Stored, error) { return req, nil })
			},
			Configure: func(w *trial.World, name string, o *grid.Options) {
				if name == w.Caller {
					o.ClientInterceptors = []grid.Interceptor{{Call: func(ctx context.Context, _ *grid.HandlerInfo, p []byte, next grid.CallFunc) ([]byte, error) {
						reply, err := next(ctx, p)
						kept = append(kept, reply)
						return reply, err
					}}}
				}
			},
		})
		resp := trial.NewStored()
		for i := range byte(3) {
			if err := h.CallInto(t.Context(), w.Conn, &trial.Stored{Data: []byte(strings.Repeat(string('a'+i), 2<<20))}, resp); err != nil {
				t.Fatal(err)
			}
		}
		clear(resp.Data)
		for i, reply := range kept {
			if want := strings.Repeat(string('a'+byte(i)), 2<<20); !strings.HasSuffix(string(reply), want) {
				t.Errorf("answer %d was overwritten", i)
			}
		}
		if len(kept) != 3 {
			t.Errorf("%d answers", len(kept))
		}
	})
}

// flowing is a stream of small and of large messages in both directions.
func flowing(opts ...grid.HandlerOption) *grid.StreamingHandler[*grid.NoPayload, *storage.FileInfo, *trial.Stored] {
	return grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, storage.NewFileInfo, trial.NewStored, append(opts, grid.WithCapacity(4, 4))...)
}

// Receiving into one message, again and again, gives at both ends what Recv gives,
// and the same end.
func TestRecvInto(t *testing.T) {
	h := flowing()
	sizes := []int{10, 3 << 20, 0, 70_000, 2 << 20, 5}
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.Register(h.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*storage.FileInfo], out *grid.Sender[*trial.Stored]) error {
				var msg storage.FileInfo
				for i := 0; ; i++ {
					err := in.RecvInto(&msg)
					if err == io.EOF {
						if again := in.RecvInto(&msg); again != io.EOF {
							t.Errorf("after the end: %v", again)
						}
						return grid.NewError(grid.NotFound, "no more")
					}
					if err != nil {
						return err
					}
					checkVaried(t, &msg, varied("message", i))
					if err := out.Send(&trial.Stored{Data: []byte(strings.Repeat(string('a'+byte(i%20)), sizes[i%len(sizes)]))}); err != nil {
						return err
					}
				}
			}))
		}})
		st, err := h.Open(t.Context(), w.Conn, grid.NewNoPayload())
		if err != nil {
			t.Fatal(err)
		}
		const count = 40
		var sender sync.WaitGroup
		sender.Go(func() {
			for i := range count {
				if err := st.Send(varied("message", i)); err != nil {
					t.Error(err)
				}
			}
			if err := st.CloseSend(); err != nil {
				t.Error(err)
			}
		})
		var msg trial.Stored
		for i := range count {
			if err := st.RecvInto(&msg); err != nil {
				t.Fatal(err)
			}
			if want := strings.Repeat(string('a'+byte(i%20)), sizes[i%len(sizes)]); string(msg.Data) != want {
				t.Errorf("message %d: %d bytes, not %d, or others", i, len(msg.Data), len(want))
			}
		}
		for range 2 {
			if err := st.RecvInto(&msg); !errors.Is(err, grid.ErrNotFound) {
				t.Errorf("the end: %v", err)
			}
		}
		sender.Wait()
	})
}

// A message that cannot be decoded ends a stream for RecvInto as for Recv.
func TestRecvIntoOfGarbage(t *testing.T) {
	bytes := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, grid.NewNoPayload, grid.NewBytes)
	files := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, grid.NewNoPayload, storage.NewFileInfo)
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return bytes.RegisterNoInput(m, func(ctx context.Context, _ *grid.NoPayload, out chan<- *grid.Bytes) error {
				out <- trial.Message("\xc1 is no message")
				<-ctx.Done()
				return nil
			})
		}})
		receive := map[string]func(st *grid.Receiver[*storage.FileInfo]) error{
			"Recv":     func(st *grid.Receiver[*storage.FileInfo]) error { _, err := st.Recv(); return err },
			"RecvInto": func(st *grid.Receiver[*storage.FileInfo]) error { return st.RecvInto(storage.NewFileInfo()) },
		}
		for name, recv := range receive {
			st, err := files.OpenReceiver(t.Context(), w.Conn, grid.NewNoPayload())
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				trial.WantError(t, name, recv(st), grid.ErrInvalidArgument, grid.MayHaveRun)
			}
		}
	})
}

// With WithReuse a handler's Recv gives one message, again and again; the channel
// shape, where one waits while the next arrives, gives a new one each time.
func TestStreamsWithReuse(t *testing.T) {
	const count = 20
	h := flowing(grid.WithReuse())
	shapes := map[string]func(m *grid.Manager, seen func(*storage.FileInfo)) error{
		"core": func(m *grid.Manager, seen func(*storage.FileInfo)) error {
			return m.Register(h.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*storage.FileInfo], _ *grid.Sender[*trial.Stored]) error {
				for msg, err := range in.All() {
					if err != nil {
						return err
					}
					seen(msg)
				}
				return nil
			}))
		},
		"channels": func(m *grid.Manager, seen func(*storage.FileInfo)) error {
			return h.Register(m, func(_ context.Context, _ *grid.NoPayload, in <-chan *storage.FileInfo, _ chan<- *trial.Stored) error {
				for msg := range in {
					seen(msg)
				}
				return nil
			})
		},
	}
	for name, want := range map[string]int{"core": 1, "channels": count} {
		t.Run(name, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				n, structs := 0, map[*storage.FileInfo]bool{}
				w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
					return shapes[name](m, func(msg *storage.FileInfo) {
						checkVaried(t, msg, varied("message", n))
						n++
						structs[msg] = true
					})
				}})
				st, err := h.Open(t.Context(), w.Conn, grid.NewNoPayload())
				if err != nil {
					t.Fatal(err)
				}
				for i := range count {
					if err := st.Send(varied("message", i)); err != nil {
						t.Fatal(err)
					}
				}
				if err := st.CloseSend(); err != nil {
					t.Fatal(err)
				}
				if _, err := st.Recv(); err != io.EOF {
					t.Fatal(err)
				}
				if n != count || len(structs) != want {
					t.Errorf("%d messages in %d structs, not %d", n, len(structs), want)
				}
			})
		})
	}
}
