package fences_test

import (
	"context"
	"errors"
	"io/fs"
	goruntime "runtime"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// place is somewhere the runtime calls code that is not its own, on a goroutine of
// its own or with something held that others wait for. try puts a slip there and looks
// for what became of the one call, stream or connection.
type place struct {
	name string
	try  func(t *testing.T, r trial.Role, slip func())
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
					trial.EachRole(t, func(t *testing.T, r trial.Role) { p.try(t, r, slip) })
				})
			}
		})
	}
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
func handlerOf(fn func(slip func()) ([]byte, error)) func(*testing.T, trial.Role, func()) {
	return func(t *testing.T, r trial.Role, slip func()) {
		typed := trial.BytesStream(2, 2)
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			handlers := trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){
				trial.IdOther: func(context.Context, []byte) ([]byte, error) { return fn(slip) },
				trial.IdCall:  trial.Echo,
			}, map[grid.HandlerID]grid.StreamHandler{trial.IdOther + 1: {OutCapacity: 2, InCapacity: 2,
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
			_, err := w.Conn.Request(t.Context(), trial.IdOther, make([]byte, size))
			wantFenced(t, err, grid.Ran)
		}
		st, err := typed.Open(t.Context(), w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = st.Recv()
		wantFenced(t, err, grid.Ran)
		channels, err := w.Conn.NewStream(t.Context(), trial.IdOther+1, nil)
		if err != nil {
			t.Fatal(err)
		}
		close(channels.Requests)
		wantFenced(t, channels.Results(func([]byte) error { return nil }), grid.Ran)
		w.Alive(t)
	}
}
