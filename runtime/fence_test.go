package grid_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	goruntime "runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
)

// place is somewhere the runtime calls code that is not its own, on a goroutine of
// its own or with something held that others wait for. try puts a slip there and looks
// for what became of the one call, stream or connection.
type place struct {
	name string
	try  func(t *testing.T, r role, slip func())
}

// fences is the list of all of them. After each, another call goes on over the same
// session, unless that is what ended.
var fences = []place{
	{"handler of a call", handlerOf(func(slip func()) ([]byte, error) { slip(); return nil, nil })},
	{"Error of an error", handlerOf(func(slip func()) ([]byte, error) { return nil, &slippery{onError: slip} })},
	{"Unwrap of an error", handlerOf(func(slip func()) ([]byte, error) { return nil, &slippery{onUnwrap: slip} })},
	{"Is of an error", handlerOf(func(slip func()) ([]byte, error) { return nil, &slippery{onIs: slip} })},
	{"As of an error", handlerOf(func(slip func()) ([]byte, error) { return nil, &slippery{onAs: slip} })},
	{"Code of a declared error", handlerOf(func(slip func()) ([]byte, error) { return nil, &slipperyTyped{onCode: slip} })},
	{"MarshalMsg of a declared error", handlerOf(func(slip func()) ([]byte, error) { return nil, &slipperyTyped{onMarshal: slip} })},
	{"LogValue of an error", handlerOf(func(slip func()) ([]byte, error) { return nil, &slipperyValue{slip} })},
	{"constructor of a request", messageOf("newReq", grid.Rejected)},
	{"UnmarshalMsg of a request", messageOf("unmarshal", grid.Rejected)},
	{"Msgsize of an answer", messageOf("size", grid.Ran)},
	{"MarshalMsg of an answer", messageOf("marshal", grid.Ran)},
	{"constructor of a stream's payload", streamOf("newPayload", grid.Rejected)},
	{"UnmarshalMsg of a stream's payload", streamOf("unmarshalPayload", grid.Rejected)},
	{"constructor of a message, in Recv", streamOf("newIn", grid.Ran)},
	{"UnmarshalMsg of a message, in Recv", streamOf("unmarshalIn", grid.Ran)},
	{"MarshalMsg of a message, in Send", streamOf("marshalOut", grid.Ran)},
	{"constructor of a message, for a channel", channelsOf("newIn", grid.Ran)},
	{"UnmarshalMsg of a message, for a channel", channelsOf("unmarshalIn", grid.Ran)},
	{"Msgsize of a message, from a channel", channelsOf("sizeOut", grid.Ran)},
	{"MarshalMsg of a message, from a channel", channelsOf("marshalOut", grid.Ran)},
	{"constructor of a response, at the client, for a channel", channelsOf("newOut", grid.MayHaveRun)},
	{"UnmarshalMsg of a response, at the client, for a channel", channelsOf("unmarshalOut", grid.MayHaveRun)},
	{"MarshalMsg of a request, at the client, from a channel", channelsOf("marshalIn", grid.MayHaveRun)},
	{"interceptor of a call, before next", interceptorOf(false, false)},
	{"interceptor of a call, after next", interceptorOf(false, true)},
	{"interceptor of a stream, before next", interceptorOf(true, false)},
	{"interceptor of a stream, after next", interceptorOf(true, true)},
	{"Ended of an interceptor", tryEnded},
	{"constructor of a group's answer", tryGroup},
	{"Options.Logger", tryLogger},
	{"Options.Resolver", tryResolver},
	{"Options.Random", tryRandom},
	{"Options.Dial", tryDial},
	{"Options.Accept", tryAccept},
	{"Options.AllowOrigin", tryAllowOrigin},
	{"Scheme of an Authenticator", tryAuthenticator("scheme")},
	{"Prove of an Authenticator", tryAuthenticator("prove")},
	{"Verify of an Authenticator", tryAuthenticator("verify")},
	{"Error of an error of an Authenticator", tryAuthenticator("error")},
	{"Read of a connection", tryConn("read")},
	{"Write of a connection", tryConn("write")},
	{"Close of a connection", tryConn("close")},
	{"Error of an error of a connection", tryConn("error")},
	{"a context's Err, when it ends under a stream", tryContext},
}

// slips are what code of others may do instead of returning.
var slips = map[string]func(){
	"panic":                func() { panic("hunter2") },
	"nil pointer":          func() { _ = (*fs.PathError)(nil).Op },
	"panic of nil":         func() { panic(nil) },
	"Goexit":               goruntime.Goexit,
	"panic of what panics": func() { panic(&slippery{onError: func() { panic("hunter2") }}) },
}

// No code of others ends the process, or anybody else's call, wherever it is called.
func TestFences(t *testing.T) {
	for _, p := range fences {
		t.Run(p.name, func(t *testing.T) {
			for how, slip := range slips {
				t.Run(how, func(t *testing.T) {
					eachRole(t, func(t *testing.T, r role) { p.try(t, r, slip) })
				})
			}
		})
	}
}

// slippery is an error whose methods are not to be trusted.
type slippery struct{ onError, onUnwrap, onIs, onAs func() }

func (e *slippery) Error() string             { run(e.onError); return "slippery" }
func (e *slippery) Unwrap() error             { run(e.onUnwrap); return nil }
func (e *slippery) Is(error) bool             { run(e.onIs); return false }
func (e *slippery) As(any) bool               { run(e.onAs); return false }
func (e *slipperyValue) LogValue() slog.Value { e.slip(); return slog.Value{} }
func (e *slipperyValue) Error() string        { return "printed by slog" }

// slipperyValue slips when it is printed.
type slipperyValue struct{ slip func() }

// slipperyTyped is a declared error whose methods are not to be trusted.
type slipperyTyped struct {
	grid.NoPayload
	onCode, onMarshal, onUnmarshal func()
}

func (e *slipperyTyped) Error() string   { return "test.slippery: typed" }
func (e *slipperyTyped) Code() grid.Code { run(e.onCode); return "test.slippery" }
func (e *slipperyTyped) MarshalMsg(b []byte) ([]byte, error) {
	run(e.onMarshal)
	return append(b, 0x80), nil
}
func (e *slipperyTyped) UnmarshalMsg(b []byte) ([]byte, error) {
	run(e.onUnmarshal)
	return nil, nil
}

func run(f func()) {
	if f != nil {
		f()
	}
}

// wantFenced checks what a caller is told of a slip: that there was one.
func wantFenced(t *testing.T, err error, outcome grid.Outcome) {
	t.Helper()
	if !errors.Is(err, grid.ErrInternal) || grid.OutcomeOf(err) != outcome || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want internal (%v)", err, outcome)
	}
}

// handlerOf slips in the handler of a call, run in three ways.
func handlerOf(fn func(slip func()) ([]byte, error)) func(*testing.T, role, func()) {
	return func(t *testing.T, r role, slip func()) {
		typed := bytesStream(2, 2)
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			handlers := registerAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
				idOther: func(context.Context, []byte) ([]byte, error) { return fn(slip) },
				idCall:  echo,
			}, map[grid.HandlerID]grid.StreamHandler{idOther + 1: {OutCapacity: 2, InCapacity: 2,
				Handle: func(context.Context, []byte, <-chan []byte, chan<- []byte) error { _, err := fn(slip); return err }}})
			if err := handlers(m); err != nil {
				return err
			}
			return m.Register(typed.Handle(func(context.Context, *grid.Bytes, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
				_, err := fn(slip)
				return err
			}))
		}})
		for _, size := range []int{0, 100_000} { // on the reader, and on a goroutine of its own
			_, err := w.conn.Request(t.Context(), idOther, make([]byte, size))
			wantFenced(t, err, grid.Ran)
		}
		st, err := typed.Open(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = st.Recv()
		wantFenced(t, err, grid.Ran)
		channels, err := w.conn.NewStream(t.Context(), idOther+1, nil)
		if err != nil {
			t.Fatal(err)
		}
		close(channels.Requests)
		wantFenced(t, channels.Results(func([]byte) error { return nil }), grid.Ran)
		w.alive(t)
	}
}

// slipperyMessage is a message of some bytes whose methods are not to be trusted.
type slipperyMessage struct {
	grid.Bytes
	on map[string]func()
}

func (m *slipperyMessage) Msgsize() int { run(m.on["size"]); return m.Bytes.Msgsize() }
func (m *slipperyMessage) MarshalMsg(b []byte) ([]byte, error) {
	run(m.on["marshal"])
	return m.Bytes.MarshalMsg(b)
}
func (m *slipperyMessage) UnmarshalMsg(b []byte) ([]byte, error) {
	run(m.on["unmarshal"])
	return m.Bytes.UnmarshalMsg(b)
}

// slipping returns a constructor whose messages slip where it says; "new" is itself.
func slipping(where string, slip func()) func() *slipperyMessage {
	return func() *slipperyMessage {
		if where == "new" {
			slip()
		}
		return &slipperyMessage{on: map[string]func(){where: slip}}
	}
}

// messageOf slips in a message of a call, at the server.
func messageOf(where string, outcome grid.Outcome) func(*testing.T, role, func()) {
	return func(t *testing.T, r role, slip func()) {
		newReq, newResp := slipping("", nil), slipping(where, slip)
		if where == "newReq" {
			newReq = slipping("new", slip)
		} else if where == "unmarshal" {
			newReq = slipping(where, slip)
		}
		h := grid.NewSingleHandler(idOther, newReq, slipping("", nil))
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return errors.Join(registerEcho(m), h.Register(m, func(context.Context, *slipperyMessage) (*slipperyMessage, error) { return newResp(), nil }))
		}})
		_, err := w.conn.Request(t.Context(), idOther, nil)
		wantFenced(t, err, outcome)
		w.alive(t)
	}
}

// slipperyStream is a handler of streams whose messages slip in one place.
func slipperyStream(where string, slip func()) *grid.StreamingHandler[*slipperyMessage, *slipperyMessage, *slipperyMessage] {
	pick := func(part string) func() *slipperyMessage {
		if at, ok := strings.CutSuffix(where, part); ok {
			return slipping(at, slip)
		}
		return slipping("", nil)
	}
	return grid.NewStream(idStream, pick("Payload"), pick("In"), pick("Out"))
}

// streamOf slips in a message of a stream, in its handler. The client's are sound.
func streamOf(where string, outcome grid.Outcome) func(*testing.T, role, func()) {
	return func(t *testing.T, r role, slip func()) {
		h, sound := slipperyStream(where, slip), slipperyStream("", nil)
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return errors.Join(registerEcho(m), m.Register(h.Handle(func(_ context.Context, _ *slipperyMessage, in *grid.Receiver[*slipperyMessage], out *grid.Sender[*slipperyMessage]) error {
				if _, err := in.Recv(); err != nil {
					return err
				}
				return out.Send(h.NewResponse())
			})))
		}})
		st, err := sound.Open(t.Context(), w.conn, sound.NewPayload())
		if err != nil {
			t.Fatal(err)
		}
		_ = st.Send(sound.NewRequest()) // it may be over by then
		_, err = st.Recv()
		wantFenced(t, err, outcome)
		w.alive(t)
	}
}

// channelsOf slips in a message of a stream with channels at both ends, at one of them.
func channelsOf(where string, outcome grid.Outcome) func(*testing.T, role, func()) {
	return func(t *testing.T, r role, slip func()) {
		server, client := slipperyStream(where, slip), slipperyStream("", nil)
		if outcome == grid.MayHaveRun {
			server, client = client, server
		}
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return errors.Join(registerEcho(m), server.Register(m, func(ctx context.Context, _ *slipperyMessage, in <-chan *slipperyMessage, out chan<- *slipperyMessage) error {
				select {
				case <-in:
				case <-ctx.Done():
					return nil // as if nothing had happened
				}
				for range 3 {
					out <- server.NewResponse()
				}
				return nil
			}))
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		st, err := client.Call(ctx, w.conn, client.NewPayload())
		if err != nil {
			t.Fatal(err)
		}
		settle() // the stream is open
		go func() {
			for range 3 {
				select {
				case st.Requests <- client.NewRequest():
				case <-ctx.Done():
					return
				}
			}
			close(st.Requests)
		}()
		wantFenced(t, st.Results(func(*slipperyMessage) error { return nil }), outcome)
		w.alive(t)
	}
}

// interceptorOf slips in an interceptor of the server.
func interceptorOf(stream, after bool) func(*testing.T, role, func()) {
	return func(t *testing.T, r role, slip func()) {
		outcome := grid.Rejected
		if after {
			outcome = grid.Ran
		}
		mine := func(h *grid.HandlerInfo, next func() error) error {
			if h.ID == idCall {
				return next()
			}
			if after {
				_ = next()
			}
			slip()
			return nil
		}
		w := r.world(t, setup{configure: func(_ *world, _ string, o *grid.Options) {
			o.ServerInterceptors = []grid.Interceptor{{
				Call: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.CallFunc) (reply []byte, err error) {
					err = mine(h, func() error { reply, err = next(ctx, p); return err })
					return reply, err
				},
				Stream: func(ctx context.Context, h *grid.HandlerInfo, p []byte, next grid.StreamFunc) error {
					return mine(h, func() error { return next(ctx, p) })
				},
			}}
		}, register: func(m *grid.Manager) error {
			return errors.Join(registerEcho(m), m.RegisterSingleHandler(idOther, echo),
				typedStream(2, 2, func(context.Context, string, *grid.Receiver[*grid.Bytes], *grid.Sender[*grid.Bytes]) error {
					return nil
				})(m))
		}})
		var err error
		if stream {
			_, err = openStream(t, w, "").Recv()
		} else {
			_, err = w.conn.Request(t.Context(), idOther, nil)
		}
		wantFenced(t, err, outcome)
		w.alive(t)
	}
}

// tryEnded slips in the first interceptor's Ended: the second is told all the same.
func tryEnded(t *testing.T, r role, slip func()) {
	told := make(chan error, 1)
	w := r.world(t, setup{configure: func(w *world, name string, o *grid.Options) {
		if name == w.caller {
			o.ClientInterceptors = []grid.Interceptor{{Ended: func(*grid.HandlerInfo, error) { slip() }}, {Ended: func(_ *grid.HandlerInfo, err error) { told <- err }}}
		}
	}, register: func(m *grid.Manager) error { return errors.Join(registerEcho(m), typedStream(2, 2, echoBack)(m)) }})
	st := openStream(t, w, "")
	if err := st.CloseSend(); err != nil {
		t.Error(err)
	}
	drain(t, st)
	if err := await(t, "Ended", told); err != nil {
		t.Error(err)
	}
	w.alive(t)
}

// tryGroup slips in the message that the answer of one of a group is decoded into.
func tryGroup(t *testing.T, r role, slip func()) {
	h := grid.NewSingleHandler(idOther, grid.NewNoPayload, slipping("new", slip))
	w := r.world(t, setup{register: func(m *grid.Manager) error {
		return errors.Join(registerEcho(m), m.RegisterSingleHandler(idOther, echo))
	}})
	answers := grid.Collect(h.CallGroup(t.Context(), w.Node(r.caller).Manager().Group(r.server), grid.NewNoPayload()))
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	wantFenced(t, answers[0].Err, grid.MayHaveRun)
	w.alive(t)
}

// An error that wraps itself has no end, which errors.Is and errors.As do not notice:
// where it does so in a list they use up the stack, and the process with it.
func TestErrorsThatWrapThemselves(t *testing.T) {
	round := &circle{}
	round.next = []error{round}
	for what, err := range map[string]error{
		"itself":   selfWrapping{},
		"in lists": round,
		"deep":     nest(errors.New("inside"), 100_000),
		"wide":     errors.Join(make100k()...),
	} {
		t.Run(what, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				handlerOf(func(func()) ([]byte, error) { return nil, err })(t, r, nil)
			})
		})
	}
}

type selfWrapping struct{}

func (e selfWrapping) Error() string { return "itself" }
func (e selfWrapping) Unwrap() error { return e }

type circle struct{ next []error }

func (e *circle) Error() string   { return "a circle" }
func (e *circle) Unwrap() []error { return e.next }

type nested struct{ error }

func (e nested) Error() string { return "nested" }
func (e nested) Unwrap() error { return e.error }

func nest(err error, n int) error {
	for range n {
		err = nested{err}
	}
	return err
}

func make100k() []error {
	all := make([]error, 100_000)
	for i := range all {
		all[i] = nested{}
	}
	return all
}

// A typed nil is an error that is not nil: what its methods do with it is up to them.
func TestTypedNilsAsErrors(t *testing.T) {
	for what, err := range map[string]error{
		"of package fs":  (*fs.PathError)(nil),
		"declared":       (*storage.FileNotFound)(nil),
		"of the runtime": (*grid.Error)(nil),
		"wrapped":        fmt.Errorf("while reading: %w", (*fs.PathError)(nil)),
		"joined":         errors.Join((*storage.FileNotFound)(nil)),
	} {
		t.Run(what, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				handlerOf(func(func()) ([]byte, error) { return nil, err })(t, r, nil)
			})
		})
	}
}

// A method of an error, or of a message, that never returns keeps its own call, and
// nothing else: neither the reader that it was called on, nor the clock.
func TestCodeThatNeverReturns(t *testing.T) {
	for what, fn := range map[string]func(stay func()) ([]byte, error){
		"handler": func(stay func()) ([]byte, error) { stay(); return nil, nil },
		"Error":   func(stay func()) ([]byte, error) { return nil, &slippery{onError: stay} },
		"Unwrap":  func(stay func()) ([]byte, error) { return nil, &slippery{onUnwrap: stay} },
		"Is":      func(stay func()) ([]byte, error) { return nil, &slippery{onIs: stay} },
		"As":      func(stay func()) ([]byte, error) { return nil, &slippery{onAs: stay} },
		"marshal": func(stay func()) ([]byte, error) { return nil, &slipperyTyped{onMarshal: stay} },
	} {
		t.Run(what, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				release := make(chan struct{})
				defer close(release)
				w := r.world(t, setup{register: registerAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
					idOther: func(context.Context, []byte) ([]byte, error) { return fn(func() { <-release }) },
					idCall:  echo,
				}, nil)})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				stuck := begin(ctx, w.conn, idOther, nil)
				for range 10 {
					w.alive(t)
				}
				wantError(t, "stuck", await(t, "its deadline", stuck).err, grid.ErrDeadlineExceeded, grid.MayHaveRun)
				w.alive(t)
			})
		})
	}
}

// A goroutine that a handler leaves behind may still send to its channel: it waits, as
// for one that nobody reads, and where it heeds the context it ends. Closing the channel
// would end the process. What is cut off so does not look complete, even if it is a
// single message.
func TestChannelsOfAHandlerThatHasReturned(t *testing.T) {
	typed := grid.NewStream(idOther, grid.NewNoPayload, grid.NewBytes, grid.NewBytes)
	for what, early := range map[string]bool{"sends late": false, "is sending": true} {
		t.Run(what, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				left := make(chan struct{}, 2)
				leave := func(ctx context.Context, send func(ctx context.Context)) {
					ready := make(chan struct{})
					var leaving atomic.Bool
					go func() {
						if !early {
							<-ctx.Done()
						}
						close(ready)
						send(context.WithoutCancel(ctx))
						for i := 0; i < 100 && !leaving.Load(); i++ {
							send(ctx)
						}
						left <- struct{}{}
					}()
					if early {
						<-ready
						time.Sleep(time.Second) // by then it waits, for nobody reads
						leaving.Store(true)
					}
				}
				w := r.world(t, setup{register: func(m *grid.Manager) error {
					return errors.Join(registerEcho(m),
						m.RegisterStreamingHandler(idStream, grid.StreamHandler{OutCapacity: 1, Handle: func(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
							leave(ctx, func(ctx context.Context) {
								select {
								case out <- []byte("x"):
								case <-ctx.Done():
								case <-time.After(time.Minute):
								}
							})
							return nil
						}}),
						typed.Register(m, func(ctx context.Context, _ *grid.NoPayload, _ <-chan *grid.Bytes, out chan<- *grid.Bytes) error {
							close(out) // which is not its to close, and does no harm
							return nil
						}))
				}})
				st, err := w.conn.NewStream(t.Context(), idStream, nil)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Second)
				err = st.Results(func([]byte) error { return nil })
				if !early && err != nil || early && !errors.Is(err, grid.ErrInternal) {
					t.Errorf("the stream ended with %v", err)
				}
				await(t, "the goroutine that was left", left)
				closed, err := typed.Call(t.Context(), w.conn, grid.NewNoPayload())
				if err != nil {
					t.Fatal(err)
				}
				close(closed.Requests)
				if err := closed.Results(func(*grid.Bytes) error { return nil }); err != nil {
					t.Error(err)
				}
				w.alive(t)
			})
		})
	}
}
