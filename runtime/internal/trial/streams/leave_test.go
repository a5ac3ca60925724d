package streams_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
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
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: trial.RegisterAll(nil, map[grid.HandlerID]grid.StreamHandler{trial.IdStream: {OutCapacity: 1,
			Handle: func(ctx context.Context, p []byte, in <-chan []byte, out chan<- []byte) error {
				out <- []byte("first")
				return h.Stream(ctx, p, in, out)
			}}})})
		loops := map[string]func(leave func() error){
			"All": func(leave func() error) {
				for range trial.OpenStream(t, w, "").All() {
					if leave() != nil {
						break
					}
				}
			},
			"Results": func(leave func() error) {
				st, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if err := st.Results(func([]byte) error { return leave() }); err != enough {
					t.Errorf("Results returned %v", err)
				}
			},
			"typed Results": func(leave func() error) {
				st, err := trial.BytesStream(0, 4).Call(t.Context(), w.Conn, trial.Message(""))
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
				if err := trial.Await(t, loop+", "+way, h.Ended); !errors.Is(err, grid.ErrCanceled) {
					t.Errorf("%s, %s: the handler's context: %v", loop, way, err)
				}
			}
		}
	})
}

// Byte payloads go to handlers under a subroute, too, calls and streams.
func TestBytesUnderASubroute(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return errors.Join(
				m.RegisterSingleHandler(trial.IdCall, func(ctx context.Context, p []byte) ([]byte, error) {
					return append([]byte(grid.GetSubroute(ctx)+": "), p...), nil
				}, "disks", "0"),
				m.RegisterStreamingHandler(trial.IdStream, grid.StreamHandler{OutCapacity: 1, Subroute: "disks",
					Handle: func(ctx context.Context, p []byte, _ <-chan []byte, out chan<- []byte) error {
						out <- append([]byte(grid.GetSubroute(ctx)+": "), p...)
						return nil
					}}))
		}})
		disks := w.Conn.Subroute("disks")
		reply, err := disks.Subroute("0").Request(t.Context(), trial.IdCall, []byte("hi"))
		trial.WantReply(t, "call", reply, err, "disks/0: hi")
		st, err := disks.NewStream(t.Context(), trial.IdStream, []byte("hi"))
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Results(func(msg []byte) error { trial.WantReply(t, "stream", msg, nil, "disks: hi"); return nil }); err != nil {
			t.Error(err)
		}
		_, err = disks.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "not under it", err, grid.ErrUnknownHandler, grid.NotSent)
	})
}
