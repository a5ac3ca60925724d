package grid_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// P10: a node that calls begins no call once it is shutting down, so that its
// callers do not keep it; those that its running handlers make go on.
func TestP10ShutdownOfANodeThatCalls(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(idCall, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(20 * time.Millisecond)
				return p, nil
			})
		}})
		own := w.Node(r.caller).Manager()
		err := own.RegisterSingleHandler(idOther, func(ctx context.Context, p []byte) ([]byte, error) {
			for range 100 { // two seconds, most of them after Shutdown
				if _, err := w.conn.Request(ctx, idCall, p); err != nil {
					return nil, err
				}
			}
			return p, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		settle()
		served := begin(t.Context(), w.Connection(r.server, r.caller), idOther, []byte("served"))
		var callers sync.WaitGroup
		for i := range 4 {
			callers.Go(func() {
				ctx := t.Context()
				if i%2 == 0 {
					ctx = grid.WaitForReady(ctx)
				}
				for {
					if _, err := w.conn.Request(ctx, idCall, nil); err != nil {
						wantError(t, "caller", err, grid.ErrDisconnected, grid.NotSent)
						return
					}
				}
			})
		}
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		if err := w.Stop(t.Context(), r.caller); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		callers.Wait()
		res := await(t, "the handler's call", served)
		wantReply(t, "the handler", res.reply, res.err, "served")
	})
}

// P10: streams that a node has opened are waited for and told, in the core's shape
// and in that of channels, of which also what is still to be read.
func TestP10ShutdownWaitsForItsOwnStreams(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		const messages = 50
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return m.RegisterStreamingHandler(idStream, grid.StreamHandler{InCapacity: 4, OutCapacity: 64, Handle: func(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
				<-grid.Draining(ctx)
				for range messages {
					out <- []byte("m")
				}
				for range in { // to the end of the input
				}
				return nil
			}})
		}})
		core := grid.NewStream(idStream, grid.NewBytes, grid.NewBytes, grid.NewBytes, grid.WithCapacity(4, 64))
		st, err := core.Open(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		typed, err := core.Call(t.Context(), w.conn, message(""))
		if err != nil {
			t.Fatal(err)
		}
		bytes, err := w.conn.NewStream(t.Context(), idStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		settle()
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.caller) }()
		for _, told := range []<-chan struct{}{st.Draining(), typed.Draining(), bytes.Draining()} {
			await(t, "word of the drain", told)
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
		if err := await(t, "Shutdown", down); err != nil {
			t.Error(err)
		}
	})
}

// P10: who shuts a node down a second time, and has less patience, cuts short what
// the first waits for. Both are told what that was.
func TestP10SecondShutdownCutsTheFirstShort(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		if err := errors.Join(h.register(w.Node(r.caller).Manager())); err != nil {
			t.Fatal(err)
		}
		settle()
		own := begin(t.Context(), w.Connection(r.server, r.caller), idCall, nil) // of the node that ends
		served := begin(t.Context(), w.conn, idCall, nil)
		await(t, "start", h.started)
		await(t, "start", h.started)
		manager := w.Node(r.server).Manager()
		first := make(chan error, 1)
		go func() { first <- manager.Shutdown(t.Context()) }()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for what, err := range map[string]error{"second": manager.Shutdown(ctx), "first": await(t, "Shutdown", first)} {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("%s: %v", what, err)
			}
			for _, word := range []string{`handler 1 for "` + r.caller, `call to "` + r.caller} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%s: %v: does not name %s", what, err, word)
				}
			}
		}
		wantError(t, "call", await(t, "call", served).err, grid.ErrDisconnected, grid.MayHaveRun)
		wantError(t, "own call", await(t, "call", own).err, grid.ErrDisconnected, grid.MayHaveRun)
		if err := manager.Shutdown(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		await(t, "handler", h.ended)
		await(t, "handler", h.ended)
	})
}
