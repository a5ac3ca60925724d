package calls_test

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Known mistake of the origin: errors by value and by pointer broke errors.Is. A
// declared error arrives with its fields, found by errors.As, whether the
// handler returned it as it is or wrapped.
func TestOriginDeclaredErrorsAreFoundByErrorsAs(t *testing.T) {
	lost := &storage.FileNotFound{Volume: "v", Path: "p"}
	for what, returned := range map[string]error{
		"as it is": lost,
		"wrapped":  fmt.Errorf("while reading: %w", lost),
		"joined":   errors.Join(errors.New("other"), lost),
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				_, client := trial.StorageWorld(t, r, &storage.StorageFuncs{
					DeleteFileFunc: func(context.Context, *storage.DeleteFileRequest) error { return returned },
					WalkDirFunc: func(context.Context, *storage.WalkDirOptions, *grid.Sender[*storage.WalkEntry]) error {
						return returned
					},
				})
				check := func(err error) {
					t.Helper()
					var found *storage.FileNotFound
					if !errors.As(err, &found) || *found != *lost {
						t.Errorf("got %v, want %v in it", err, lost)
					}
					var e *grid.Error
					if !errors.As(err, &e) || e.Code != lost.Code() || !grid.IsRemote(err) || e.Outcome != grid.Ran {
						t.Errorf("got %#v", e)
					}
					if strings.Contains(err.Error(), "while reading") {
						t.Errorf("%v tells the peer what was wrapped around", err)
					}
				}
				check(client.DeleteFile(t.Context(), &storage.DeleteFileRequest{}))
				walk, err := client.WalkDir(t.Context(), &storage.WalkDirOptions{})
				if err != nil {
					t.Fatal(err)
				}
				_, err = walk.Recv()
				check(err)
			})
		})
	}
}

// An error that says no code of its own is internal for who called, of a call and of a
// stream.
func TestErrorsWithoutACodeAreInternal(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterAll(
			map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){trial.IdCall: func(context.Context, []byte) ([]byte, error) { return nil, grid.NewError("", "odd") }},
			map[grid.HandlerID]grid.StreamHandler{trial.IdStream: {OutCapacity: 1, Handle: func(context.Context, []byte, <-chan []byte, chan<- []byte) error {
				return fmt.Errorf("wrapped: %w", &grid.Error{Message: "odd"})
			}}})})
		_, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "call", err, grid.ErrInternal, grid.Ran)
		st, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		trial.WantError(t, "stream", st.Results(func([]byte) error { return nil }), grid.ErrInternal, grid.Ran)
	})
}

// Standard codes travel as they are, and match their sentinels.
func TestStandardErrorsTravel(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		codes := []*grid.Error{grid.ErrNotFound, grid.ErrPermissionDenied, grid.ErrUnavailable, grid.ErrInvalidArgument, grid.ErrResourceExhausted}
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
				return nil, grid.NewError(codes[p[0]].Code, "because of this")
			})
		}})
		for i, code := range codes {
			_, err := w.Conn.Request(t.Context(), trial.IdCall, []byte{byte(i)})
			trial.WantError(t, string(code.Code), err, code, grid.Ran)
			if !grid.IsRemote(err) || !strings.Contains(err.Error(), "because of this") {
				t.Errorf("%v", err)
			}
		}
	})
}

// An error that is not declared could hold anything: the peer learns that there
// was one and a reference, the log here the rest. A declared error of another
// handler is as foreign as any.
func TestUndeclaredErrorsStayHere(t *testing.T) {
	const secret = "password is hunter2"
	for what, returned := range map[string]error{
		"plain":             errors.New(secret),
		"of another":        &storage.FileNotFound{Path: secret},
		"own code":          grid.NewError("secret.code", secret),
		"about the handler": &grid.Error{Code: grid.UnknownHandler, Message: secret},
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				w, client := trial.StorageWorld(t, r, &storage.StorageFuncs{
					DiskInfoFunc: func(context.Context, *storage.DiskInfoOptions) (*storage.DiskInfo, error) { return nil, returned },
				})
				_, err := client.DiskInfo(t.Context(), storage.NewDiskInfoOptions())
				if grid.OutcomeOf(err) != grid.Ran || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the peer was told %v", err)
				}
				if errors.Is(err, grid.ErrUnknownHandler) {
					t.Errorf("%v would be taken for an error of this call", err)
				}
				if !errors.Is(err, grid.ErrInternal) {
					return // a code that the runtime itself may turn into words
				}
				ref := reference(err)
				if logs := w.Logs.String(); ref == "" || !strings.Contains(logs, ref) || !strings.Contains(logs, "hunter2") {
					t.Errorf("the log does not tell what %v was about:\n%s", err, logs)
				}
			})
		})
	}
}

// reference finds the opaque reference in an error.
func reference(err error) string {
	_, after, _ := strings.Cut(err.Error(), "(ref ")
	ref, _, _ := strings.Cut(after, ")")
	return ref
}

// Known mistakes of the origin: the text of a panic was sent to the peer, and a
// panicking stream handler leaked a goroutine. The peer learns a reference; the
// log here has the stack; the process and the session go on. A handler that ends
// its goroutine is treated alike.
func TestOriginPanicsAreFenced(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		crash := func(p []byte) {
			if string(p) == "goexit" {
				goruntime.Goexit()
			}
			panic("hunter2")
		}
		w := r.World(t, trial.Setup{Register: trial.RegisterAll(
			map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
				trial.IdCall:  func(_ context.Context, p []byte) ([]byte, error) { crash(p); return nil, nil },
				trial.IdOther: trial.Echo,
			},
			map[grid.HandlerID]grid.StreamHandler{trial.IdStream: {InCapacity: 2, OutCapacity: 2,
				Handle: func(_ context.Context, p []byte, in <-chan []byte, out chan<- []byte) error { crash(p); return nil }}},
		)})
		for _, how := range []string{"panic", "goexit"} {
			_, call := w.Conn.Request(t.Context(), trial.IdCall, []byte(how))
			_, stream := trial.OpenStream(t, w, how).Recv()
			for what, err := range map[string]error{"call": call, "stream": stream} {
				trial.WantError(t, how+" of a "+what, err, grid.ErrInternal, grid.Ran)
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the peer was told %v", err)
				}
				logs := w.Logs.String()
				if ref := reference(err); ref == "" || !strings.Contains(logs, ref) || !strings.Contains(logs, "errors_test.go") {
					t.Errorf("%s of a %s: no stack under the reference of %v in the log", how, what, err)
				}
			}
		}
		reply, err := w.Conn.Request(t.Context(), trial.IdOther, []byte("alive"))
		trial.WantReply(t, "afterwards", reply, err, "alive")
		if n := w.Conn.State().Session; n != 1 {
			t.Errorf("it took %d sessions", n)
		}
	})
}

// Known mistake of the origin: an error of decoding was only logged, and the
// object delivered. Here the request is rejected before the handler, and a
// stream message that cannot be read ends its stream.
func TestOriginWhatCannotBeDecodedIsNotDelivered(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		ran := false
		typed := grid.NewSingleHandler(trial.IdCall, storage.NewReadVersionRequest, grid.NewNoPayload)
		streamed := grid.NewStreamingHandler(trial.IdStream, grid.NewNoPayload, storage.NewOp, grid.NewNoPayload)
		got := make(chan error, 1)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.Register(
				typed.Handle(func(context.Context, *storage.ReadVersionRequest) (*grid.NoPayload, error) {
					ran = true
					return grid.NewNoPayload(), nil
				}),
				streamed.Handle(func(_ context.Context, _ *grid.NoPayload, in *grid.Receiver[*storage.Op], _ *grid.Sender[*grid.NoPayload]) error {
					_, err := in.Recv()
					got <- err
					return err
				}),
			)
		}})
		_, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("\xc1 is never used in msgpack"))
		trial.WantError(t, "request", err, grid.ErrInvalidArgument, grid.Rejected)
		if ran {
			t.Error("the handler ran")
		}
		st, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		st.Requests <- []byte("\xc1")
		if err := trial.Await(t, "Recv", got); !errors.Is(err, grid.ErrInvalidArgument) {
			t.Errorf("the handler's Recv returned %v", err)
		}
		if err := st.Results(func([]byte) error { return nil }); !errors.Is(err, grid.ErrInvalidArgument) {
			t.Errorf("the stream ended with %v", err)
		}
	})
}

// An answer that cannot be decoded is an error at the caller, who knows that the
// handler ran.
func TestAnswerThatCannotBeDecoded(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		typed := grid.NewSingleHandler(trial.IdCall, grid.NewBytes, storage.NewFileInfo)
		_, err := typed.Call(t.Context(), w.Conn, trial.Message("\xc1"))
		trial.WantError(t, "answer", err, grid.ErrInvalidArgument, grid.Ran)
	})
}
