package grid_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	grid "github.com/gridrpc/gridc/runtime"
)

// Every limit has a typed, readable error; the session goes on.

// smallMessages limits messages at one of the nodes.
func smallMessages(at func(w *world) string) func(*world, string, *grid.Options) {
	return func(w *world, name string, o *grid.Options) {
		if name == at(w) {
			o.Limits.Message = 1 << 20
		}
	}
}

func atServer(w *world) string { return w.server }
func atCaller(w *world) string { return w.caller }

// alive checks that the first session is still the one.
func (w *world) alive(t *testing.T) {
	t.Helper()
	reply, err := w.conn.Request(t.Context(), idCall, []byte("alive"))
	wantReply(t, "afterwards", reply, err, "alive")
	if n := w.conn.State().Session; n != 1 {
		t.Errorf("it took %d sessions", n)
	}
}

// P6: a request that the server does not take is not sent, as a call and as the
// payload of a stream.
func TestP6RequestTooLarge(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{configure: smallMessages(atServer), register: func(m *grid.Manager) error {
			registerEcho(m)
			return typedStream(4, 4, echoBack)(m)
		}})
		large := make([]byte, 1<<20+1)
		_, err := w.conn.Request(t.Context(), idCall, large)
		wantError(t, "call", err, grid.ErrTooLarge, grid.NotSent)
		if !strings.Contains(err.Error(), "1048577") || !strings.Contains(err.Error(), "1048576") {
			t.Errorf("%v does not name size and limit", err)
		}
		_, err = w.conn.NewStream(t.Context(), idStream, large)
		wantError(t, "stream", err, grid.ErrTooLarge, grid.NotSent)

		st := openStream(t, w, "")
		if err := st.Send(message(string(large))); !errors.Is(err, grid.ErrTooLarge) {
			t.Errorf("stream message: %v", err)
		}
		reply, err := w.conn.Request(t.Context(), idCall, large[1:])
		if err != nil || len(reply) != 1<<20 {
			t.Errorf("exactly the limit: %d bytes, %v", len(reply), err)
		}
		w.alive(t)
	})
}

// P6: an answer that the caller does not take is an error that says that the
// handler ran.
func TestP6ResponseTooLarge(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		large := func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<20+1), nil }
		w := r.world(t, setup{configure: smallMessages(atCaller), register: registerAll(
			map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){idCall: echo, idOther: large},
			map[grid.HandlerID]grid.StreamHandler{idStream: {OutCapacity: 2, Handle: func(_ context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
				out <- []byte("small")
				out <- make([]byte, 1<<20+1)
				return nil
			}}},
		)})
		_, err := w.conn.Request(t.Context(), idOther, nil)
		wantError(t, "call", err, grid.ErrTooLarge, grid.Ran)
		st, err := w.conn.NewStream(t.Context(), idStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		err = st.Results(func([]byte) error { got++; return nil })
		if !errors.Is(err, grid.ErrTooLarge) || got != 1 {
			t.Errorf("stream: %d messages, then %v; a message that is missing is an error", got, err)
		}
		w.alive(t)
	})
}

// P6: calls beyond the limit are refused at once, and the error says so.
func TestP6RunningCallsAreBounded(t *testing.T) {
	for what, limit := range map[string]func(*grid.Limits){
		"session": func(l *grid.Limits) { l.RunningCalls = 3 },
		"node":    func(l *grid.Limits) { l.RunningCallsTotal = 3 },
	} {
		t.Run(what, func(t *testing.T) {
			eachRole(t, func(t *testing.T, r role) {
				h := newWaiting()
				w := r.world(t, setup{register: h.register, configure: func(_ *world, _ string, o *grid.Options) { limit(&o.Limits) }})
				ctx, cancel := context.WithCancel(t.Context())
				for range 3 {
					begin(ctx, w.conn, idCall, nil)
					await(t, "start", h.started)
				}
				_, err := w.conn.Request(t.Context(), idOther, nil)
				wantError(t, "one more", err, grid.ErrResourceExhausted, grid.Rejected)
				if !grid.IsRemote(err) || !strings.Contains(err.Error(), "3") {
					t.Errorf("%v", err)
				}
				cancel()
				synctest.Wait()
				reply, err := w.conn.Request(t.Context(), idOther, []byte("room again"))
				wantReply(t, "afterwards", reply, err, "room again")
			})
		})
	}
}

// P6: the same for streams.
func TestP6OpenStreamsAreBounded(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register, configure: func(w *world, name string, o *grid.Options) {
			if name == w.server {
				o.Limits.OpenStreams = 3
			}
		}})
		for range 3 {
			st := openStream(t, w, "")
			await(t, "start", h.started)
			defer st.Close()
		}
		_, err := openStream(t, w, "").Recv()
		wantError(t, "one more", err, grid.ErrResourceExhausted, grid.Rejected)
		if !grid.IsRemote(err) {
			t.Errorf("%v", err)
		}
		reply, err := w.conn.Request(t.Context(), idOther, []byte("calls go on"))
		wantReply(t, "a call", reply, err, "calls go on")
	})
}

// P6: metadata has a limit of its own.
func TestP6MetadataIsBounded(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho})
		ctx := grid.WithMetadata(t.Context(), map[string]string{"k": strings.Repeat("v", 8<<10)})
		_, err := w.conn.Request(ctx, idCall, nil)
		wantError(t, "too much", err, grid.ErrTooLarge, grid.NotSent)
		ctx = grid.WithMetadata(t.Context(), map[string]string{"k": strings.Repeat("v", 8<<10-100)})
		if _, err := w.conn.Request(ctx, idCall, nil); err != nil {
			t.Errorf("just enough: %v", err)
		}
		w.alive(t)
	})
}

// P6: large messages wait at their senders until there is room to put them
// together: what is being put together never exceeds the limit, and all arrive.
func TestP6ReassemblyIsBoundedAndEverythingArrives(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho, configure: func(_ *world, _ string, o *grid.Options) {
			o.Limits.Message, o.Limits.Reassembly = 1<<20, 2<<20
		}})
		var calls []<-chan result
		for i := range 20 {
			calls = append(calls, begin(t.Context(), w.conn, idCall, bytes.Repeat([]byte{byte(i)}, 900<<10)))
		}
		for i, call := range calls {
			res := await(t, "call", call)
			if res.err != nil || !bytes.Equal(res.reply, bytes.Repeat([]byte{byte(i)}, 900<<10)) {
				t.Errorf("call %d: %d bytes, %v", i, len(res.reply), res.err)
			}
		}
		w.alive(t)
	})
}

// Wrong options are all named in one error.
func TestWrongOptionsAreNamedAllAtOnce(t *testing.T) {
	_, err := grid.NewManager(grid.Options{
		Name:   "",
		Peers:  []grid.Peer{{Name: "b", Address: "no port"}, {Name: "b"}, {}},
		Path:   "relative",
		Limits: grid.Limits{Message: -1, BulkWindow: 1, BackoffMin: 1 << 40},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"Name", "Auth", "no port", "twice", "Peers[2]", "relative", "-1", "BulkWindow", "BackoffMax"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("nothing about %s in:\n%v", part, err)
		}
	}
	_, err = grid.NewManager(grid.Options{Name: "a", Auth: grid.SharedKey([]byte("short"))})
	if err == nil || !strings.Contains(err.Error(), "at least 16") {
		t.Errorf("a short key: %v", err)
	}
}

// A Connection that is none, because the name is unknown, fails like one that
// is not connected.
func TestUnknownPeer(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{})
		nobody := w.Connection(r.caller, "nobody")
		_, err := nobody.Request(t.Context(), idCall, nil)
		wantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
		_, err = bytesStream(1, 1).Open(t.Context(), nobody.Subroute("x"), message(""))
		wantError(t, "stream", err, grid.ErrDisconnected, grid.NotSent)
		if s := fmt.Sprint(err); !strings.Contains(s, "no such peer") {
			t.Error(s)
		}
	})
}
