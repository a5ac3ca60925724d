package grid_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// P10: what runs may finish, what is new is refused as not sent, streams without
// a natural end are told, and then the node is gone.
func TestP10ShutdownDrains(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		register := func(m *grid.Manager) error {
			if err := typedStream(4, 4, func(_ context.Context, _ string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				<-in.Draining()
				return out.Send(message("the end, then"))
			})(m); err != nil {
				return err
			}
			return m.RegisterSingleHandler(idCall, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(grid.DefaultLimits().PingInterval)
				return p, nil
			})
		}
		w := r.world(t, setup{register: register})
		call := begin(t.Context(), w.conn, idCall, []byte("finished"))
		st := openStream(t, w, "")
		settle()
		start := time.Now()
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.server) }()
		settle()

		_, err := w.conn.Request(t.Context(), idCall, nil)
		wantError(t, "a new call", err, grid.ErrUnavailable, grid.NotSent)
		_, err = w.conn.NewStream(t.Context(), idStream, nil)
		wantError(t, "a new stream", err, grid.ErrUnavailable, grid.NotSent)
		select {
		case <-st.Draining():
		default:
			t.Error("the client's stream was not told")
		}
		if msg, err := st.Recv(); err != nil || string(*msg) != "the end, then" {
			t.Errorf("the stream: %v", err)
		}
		if _, err := st.Recv(); err != io.EOF {
			t.Errorf("the end of the stream: %v", err)
		}
		res := await(t, "call", call)
		wantReply(t, "the call under way", res.reply, res.err, "finished")
		if err := await(t, "Shutdown", down); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if since := time.Since(start); since < 9*time.Second || since > 11*time.Second {
			t.Errorf("Shutdown took %v", since)
		}
		settle()
		_, err = w.conn.Request(t.Context(), idCall, nil)
		wantError(t, "afterwards", err, grid.ErrDisconnected, grid.NotSent)
	})
}

// P10: a request that crosses the goaway on its way is rejected, not run.
func TestP10RequestThatCrossesTheGoawayIsRejected(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register, link: gridtest.Link{Latency: 200 * time.Millisecond}})
		ctx, cancel := context.WithCancel(t.Context())
		begin(ctx, w.conn, idCall, nil) // keeps the server
		await(t, "start", h.started)
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.server) }()
		settle()
		_, err := w.conn.Request(t.Context(), idOther, nil)
		wantError(t, "call", err, grid.ErrUnavailable, grid.Rejected)
		cancel()
		if err := await(t, "Shutdown", down); err != nil {
			t.Error(err)
		}
	})
}

// P10: who has no time cuts short what is left, and is told so; the callers and
// the handlers hear of it.
func TestP10ShutdownThatIsCutShort(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		h := newWaiting()
		w := r.world(t, setup{register: h.register})
		call := begin(t.Context(), w.conn, idCall, nil)
		await(t, "start", h.started)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Stop(ctx, r.server); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		wantError(t, "caller", await(t, "call", call).err, grid.ErrDisconnected, grid.MayHaveRun)
		await(t, "handler", h.ended)
	})
}

// A node that went in good order and comes back is found soon, although it has
// refused its peers meanwhile.
func TestReconnectsSoonAfterAnOrderlyRestart(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: registerEcho})
		if err := w.Node(r.server).Manager().Shutdown(t.Context()); err != nil { // its HTTP server goes on
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		w.Restart(r.server)
		start := time.Now()
		w.connected(t)
		if since := time.Since(start); since > 5*time.Second {
			t.Errorf("it took %v", since)
		}
	})
}

// P10: a node that shuts down waits for the calls that it has made itself.
func TestP10ShutdownWaitsForItsOwnCalls(t *testing.T) {
	eachRole(t, func(t *testing.T, r role) {
		w := r.world(t, setup{register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(idCall, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(5 * time.Second)
				return p, nil
			})
		}})
		call := begin(t.Context(), w.conn, idCall, []byte("mine"))
		settle()
		if err := w.Stop(t.Context(), r.caller); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		res := await(t, "call", call)
		wantReply(t, "the call", res.reply, res.err, "mine")
		if err := w.Node(r.caller).Manager().Shutdown(t.Context()); err != nil {
			t.Errorf("a second Shutdown: %v", err)
		}
	})
}
