package shutdown_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P10: a node that calls begins no call once it is shutting down, so that its
// callers do not keep it; those that its running handlers make go on.
func TestP10ShutdownOfANodeThatCalls(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(20 * time.Millisecond)
				return p, nil
			})
		}})
		own := w.Node(r.Caller).Manager()
		err := own.RegisterSingleHandler(trial.IdOther, func(ctx context.Context, p []byte) ([]byte, error) {
			for range 100 { // two seconds, most of them after Shutdown
				if _, err := w.Conn.Request(ctx, trial.IdCall, p); err != nil {
					return nil, err
				}
			}
			return p, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		served := trial.Begin(t.Context(), w.Connection(r.Server, r.Caller), trial.IdOther, []byte("served"))
		var callers sync.WaitGroup
		for i := range 4 {
			callers.Go(func() {
				ctx := t.Context()
				if i%2 == 0 {
					ctx = grid.WaitForReady(ctx)
				}
				for {
					if _, err := w.Conn.Request(ctx, trial.IdCall, nil); err != nil {
						trial.WantError(t, "caller", err, grid.ErrDisconnected, grid.NotSent)
						return
					}
				}
			})
		}
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		if err := w.Stop(t.Context(), r.Caller); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		callers.Wait()
		res := trial.Await(t, "the handler's call", served)
		trial.WantReply(t, "the handler", res.Reply, res.Err, "served")
	})
}

// P10: streams that a node has opened are waited for and told, in the core's shape
// and in that of channels, of which also what is still to be read.
func TestP10ShutdownWaitsForItsOwnStreams(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		const messages = 50
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterStreamingHandler(trial.IdStream, grid.StreamHandler{InCapacity: 4, OutCapacity: 64, Handle: func(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
				<-grid.Draining(ctx)
				for range messages {
					out <- []byte("m")
				}
				for range in { // to the end of the input
				}
				return nil
			}})
		}})
		core := grid.NewStreamingHandler(trial.IdStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(4, 64))
		st, err := core.Open(t.Context(), w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		typed, err := core.Call(t.Context(), w.Conn, trial.Message(""))
		if err != nil {
			t.Fatal(err)
		}
		bytes, err := w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.Caller) }()
		for _, told := range []<-chan struct{}{st.Draining(), typed.Draining(), bytes.Draining()} {
			trial.Await(t, "word of the drain", told)
		}
		_ = st.CloseSend()
		close(typed.Requests)
		close(bytes.Requests)
		time.Sleep(time.Second) // all has arrived, nothing is read
		n := [3]int{}
		for {
			if _, err := st.Recv(); err != nil {
				if err != io.EOF {
					t.Error(err)
				}
				break
			}
			n[0]++
		}
		err = errors.Join(
			typed.Results(func(*grid.Bytes) error { n[1]++; return nil }),
			bytes.Results(func([]byte) error { n[2]++; return nil }))
		if err != nil || n != [3]int{messages, messages, messages} {
			t.Errorf("%v messages, %v", n, err)
		}
		if err := trial.Await(t, "Shutdown", down); err != nil {
			t.Error(err)
		}
	})
}

// P10: who shuts a node down a second time, and has less patience, cuts short what
// the first waits for. Both are told what that was.
func TestP10SecondShutdownCutsTheFirstShort(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		if err := errors.Join(h.Register(w.Node(r.Caller).Manager())); err != nil {
			t.Fatal(err)
		}
		trial.Settle()
		own := trial.Begin(t.Context(), w.Connection(r.Server, r.Caller), trial.IdCall, nil) // of the node that ends
		served := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
		trial.Await(t, "start", h.Started)
		trial.Await(t, "start", h.Started)
		manager := w.Node(r.Server).Manager()
		first := make(chan error, 1)
		go func() { first <- manager.Shutdown(t.Context()) }()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for what, err := range map[string]error{"second": manager.Shutdown(ctx), "first": trial.Await(t, "Shutdown", first)} {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%s: %v", what, err)
			}
			for _, word := range []string{`handler 1 for "` + r.Caller, `call to "` + r.Caller} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%s: %v: does not name %s", what, err, word)
				}
			}
		}
		trial.WantError(t, "call", trial.Await(t, "call", served).Err, grid.ErrDisconnected, grid.MayHaveRun)
		trial.WantError(t, "own call", trial.Await(t, "call", own).Err, grid.ErrDisconnected, grid.MayHaveRun)
		if err := manager.Shutdown(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		trial.Await(t, "handler", h.Ended)
		trial.Await(t, "handler", h.Ended)
	})
}
