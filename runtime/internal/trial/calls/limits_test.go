package calls_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Every limit has a typed, readable error; the session goes on.

// smallMessages limits messages at one of the nodes.
func smallMessages(at func(w *trial.World) string) func(*trial.World, string, *grid.Options) {
	return func(w *trial.World, name string, o *grid.Options) {
		if name == at(w) {
			o.Limits.Message = 1 << 20
		}
	}
}

func atServer(w *trial.World) string { return w.Server }
func atCaller(w *trial.World) string { return w.Caller }

// P6: a request that the server does not take is not sent, as a call and as the
// payload of a stream.
func TestP6RequestTooLarge(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Configure: smallMessages(atServer), Register: func(m *grid.Manager) error {
			trial.RegisterEcho(m)
			return trial.TypedStream(4, 4, trial.EchoBack)(m)
		}})
		large := make([]byte, 1<<20+1)
		_, err := w.Conn.Request(t.Context(), trial.IdCall, large)
		trial.WantError(t, "call", err, grid.ErrTooLarge, grid.NotSent)
		if !strings.Contains(err.Error(), "1048577") || !strings.Contains(err.Error(), "1048576") {
			t.Errorf("%v does not name size and limit", err)
		}
		_, err = w.Conn.NewStream(t.Context(), trial.IdStream, large)
		trial.WantError(t, "stream", err, grid.ErrTooLarge, grid.NotSent)

		st := trial.OpenStream(t, w, "")
		if err := st.Send(trial.Message(string(large))); !errors.Is(err, grid.ErrTooLarge) {
			t.Errorf("stream message: %v", err)
		}
		reply, err := w.Conn.Request(t.Context(), trial.IdCall, large[1:])
		if err != nil || len(reply) != 1<<20 {
			t.Errorf("exactly the limit: %d bytes, %v", len(reply), err)
		}
		w.Alive(t)
	})
}

// P6: an answer that the caller does not take is an error that says that the
// handler ran.
func TestP6ResponseTooLarge(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		large := func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<20+1), nil }
		w := r.World(t, trial.Setup{Configure: smallMessages(atCaller), Register: trial.RegisterAll(
			map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){trial.IdCall: trial.Echo, trial.IdOther: large},
			map[grid.HandlerID]grid.StreamHandler{trial.IdStream: {OutCapacity: 2, Handle: func(_ context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
				out <- []byte("small")
				out <- make([]byte, 1<<20+1)
				return nil
			}}},
		)})
		_, err := w.Conn.Request(t.Context(), trial.IdOther, nil)
		trial.WantError(t, "call", err, grid.ErrTooLarge, grid.Ran)
		st, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		err = st.Results(func([]byte) error { got++; return nil })
		if !errors.Is(err, grid.ErrTooLarge) || got != 1 {
			t.Errorf("stream: %d messages, then %v; a message that is missing is an error", got, err)
		}
		w.Alive(t)
	})
}

// P6: calls beyond the limit are refused at once, and the error says so.
func TestP6RunningCallsAreBounded(t *testing.T) {
	for what, limit := range map[string]func(*grid.Limits){
		"session": func(l *grid.Limits) { l.RunningCalls = 3 },
		"node":    func(l *grid.Limits) { l.RunningCallsTotal = 3 },
	} {
		t.Run(what, func(t *testing.T) {
			trial.EachRole(t, func(t *testing.T, r trial.Role) {
				h := trial.NewWaiting()
				w := r.World(t, trial.Setup{Register: h.Register, Configure: func(_ *trial.World, _ string, o *grid.Options) { limit(&o.Limits) }})
				ctx, cancel := context.WithCancel(t.Context())
				for range 3 {
					trial.Begin(ctx, w.Conn, trial.IdCall, nil)
					trial.Await(t, "start", h.Started)
				}
				_, err := w.Conn.Request(t.Context(), trial.IdOther, nil)
				trial.WantError(t, "one more", err, grid.ErrResourceExhausted, grid.Rejected)
				if !grid.IsRemote(err) || !strings.Contains(err.Error(), "3") {
					t.Errorf("%v", err)
				}
				cancel()
				synctest.Wait()
				reply, err := w.Conn.Request(t.Context(), trial.IdOther, []byte("room again"))
				trial.WantReply(t, "afterwards", reply, err, "room again")
			})
		})
	}
}

// P6: the same for streams.
func TestP6OpenStreamsAreBounded(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register, Configure: func(w *trial.World, name string, o *grid.Options) {
			if name == w.Server {
				o.Limits.OpenStreams = 3
			}
		}})
		for range 3 {
			st := trial.OpenStream(t, w, "")
			trial.Await(t, "start", h.Started)
			defer st.Close()
		}
		_, err := trial.OpenStream(t, w, "").Recv()
		trial.WantError(t, "one more", err, grid.ErrResourceExhausted, grid.Rejected)
		if !grid.IsRemote(err) {
			t.Errorf("%v", err)
		}
		reply, err := w.Conn.Request(t.Context(), trial.IdOther, []byte("calls go on"))
		trial.WantReply(t, "a call", reply, err, "calls go on")
	})
}

// P6: metadata has a limit of its own.
func TestP6MetadataIsBounded(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		ctx := grid.WithMetadata(t.Context(), map[string]string{"k": strings.Repeat("v", 8<<10)})
		_, err := w.Conn.Request(ctx, trial.IdCall, nil)
		trial.WantError(t, "too much", err, grid.ErrTooLarge, grid.NotSent)
		ctx = grid.WithMetadata(t.Context(), map[string]string{"k": strings.Repeat("v", 8<<10-100)})
		if _, err := w.Conn.Request(ctx, trial.IdCall, nil); err != nil {
			t.Errorf("just enough: %v", err)
		}
		w.Alive(t)
	})
}

// P6: large messages wait at their senders until there is room to put them
// together: what is being put together never exceeds the limit, and all arrive.
func TestP6ReassemblyIsBoundedAndEverythingArrives(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, _ string, o *grid.Options) {
			o.Limits.Message, o.Limits.Reassembly = 1<<20, 2<<20
		}})
		var calls []<-chan trial.Result
		for i := range 20 {
			calls = append(calls, trial.Begin(t.Context(), w.Conn, trial.IdCall, bytes.Repeat([]byte{byte(i)}, 900<<10)))
		}
		for i, call := range calls {
			res := trial.Await(t, "call", call)
			if res.Err != nil || !bytes.Equal(res.Reply, bytes.Repeat([]byte{byte(i)}, 900<<10)) {
				t.Errorf("call %d: %d bytes, %v", i, len(res.Reply), res.Err)
			}
		}
		w.Alive(t)
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
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{})
		nobody := w.Connection(r.Caller, "nobody")
		_, err := nobody.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
		_, err = trial.BytesStream(1, 1).Open(t.Context(), nobody.Subroute("x"), trial.Message(""))
		trial.WantError(t, "stream", err, grid.ErrDisconnected, grid.NotSent)
		if s := fmt.Sprint(err); !strings.Contains(s, "no such peer") {
			t.Error(s)
		}
	})
}
