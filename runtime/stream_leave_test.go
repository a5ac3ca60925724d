package grid_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// A loop over All, and a function given to Results, end their stream however they
// are left: by break, by a panic that somebody recovers, by the end of the
// goroutine.
func TestLeavingALoopEndsTheStream(t *testing.T) {
	enough := errors.New("enough")
	ways := map[string]func() error{
		"early": func() error { return enough },
		"panic": func() error { panic("the loop's own") },
		"exit":  func() error { runtime.Goexit(); return nil },
	}
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: registerAll(nil, map[grid.HandlerID]grid.StreamHandler{idStream: {OutCapacity: 1,
			Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
				out <- []byte("first")
				return h.stream(ctx, p, in, out)
			}}})})
		loops := map[string]func(leave func() error){
			"All": func(leave func() error) {
				for range openStream(t, w, "").All() {
					if leave() != nil {
						break
					}
				}
			},
			"Results": func(leave func() error) {
				st, err := w.conn.NewStream(t.Context(), idStream, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if err := st.Results(func([]byte) error { return leave() }); err != enough {
					t.Errorf("Results returned %v", err)
				}
			},
			"typed Results": func(leave func() error) {
				st, err := bytesStream(0, 4).Call(t.Context(), w.conn, message(""))
				if err != nil {
					t.Error(err)
					return
				}
				if err := st.Results(func(*grid.Bytes) error { return leave() }); err != enough {
					t.Errorf("Results returned %v", err)
				}
			},
		}
		for loop, run := range loops {
			for way, leave := range ways {
				go func() {
					defer func() { _ = recover() }()
					run(leave)
				}()
				if err := await(t, loop+", "+way, h.ended); !errors.Is(err, grid.ErrCanceled) {
					t.Errorf("%s, %s: the handler's context: %v", loop, way, err)
				}
			}
		}
	})
}

// Byte payloads go to handlers under a subroute, too, calls and streams.
func TestBytesUnderASubroute(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return errors.Join(
				m.RegisterSingleHandler(idCall, func(ctx context.Context, p []byte) ([]byte, error) {
					return append([]byte(grid.GetSubroute(ctx)+": "), p...), nil
				}, "disks", "0"),
				m.RegisterStreamingHandler(idStream, grid.StreamHandler{OutCapacity: 1, Subroute: "disks",
					Handle: func(ctx context.Context, p []byte, _ <-chan []byte, out chan<- []byte) error {
						out <- append([]byte(grid.GetSubroute(ctx)+": "), p...)
						return nil
					}}))
		}})
		disks := w.conn.Subroute("disks")
		reply, err := disks.Subroute("0").Request(t.Context(), idCall, []byte("hi"))
		wantReply(t, "call", reply, err, "disks/0: hi")
		st, err := disks.NewStream(t.Context(), idStream, []byte("hi"))
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Results(func(msg []byte) error { wantReply(t, "stream", msg, nil, "disks: hi"); return nil }); err != nil {
			t.Error(err)
		}
		_, err = disks.Request(t.Context(), idCall, nil)
		wantError(t, "not under it", err, grid.ErrUnknownHandler, grid.NotSent)
	})
}
