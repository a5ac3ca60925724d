package shutdown_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// P10: what runs may finish, what is new is refused as not sent, streams without
// a natural end are told, and then the node is gone.
func TestP10ShutdownDrains(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		register := func(m *grid.Manager) error {
			if err := trial.TypedStream(4, 4, func(_ context.Context, _ string, in *grid.Receiver[*grid.Bytes], out *grid.Sender[*grid.Bytes]) error {
				<-in.Draining()
				return out.Send(trial.Message("the end, then"))
			})(m); err != nil {
				return err
			}
			return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(grid.DefaultLimits().PingInterval)
				return p, nil
			})
		}
		w := r.World(t, trial.Setup{Register: register})
		call := trial.Begin(t.Context(), w.Conn, trial.IdCall, []byte("finished"))
		st := trial.OpenStream(t, w, "")
		trial.Settle()
		start := time.Now()
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.Server) }()
		trial.Settle()

		_, err := w.Conn.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "a new call", err, grid.ErrUnavailable, grid.NotSent)
		_, err = w.Conn.NewStream(t.Context(), trial.IdStream, nil)
		trial.WantError(t, "a new stream", err, grid.ErrUnavailable, grid.NotSent)
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
		res := trial.Await(t, "call", call)
		trial.WantReply(t, "the call under way", res.Reply, res.Err, "finished")
		if err := trial.Await(t, "Shutdown", down); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if since := time.Since(start); since < 9*time.Second || since > 11*time.Second {
			t.Errorf("Shutdown took %v", since)
		}
		trial.Settle()
		_, err = w.Conn.Request(t.Context(), trial.IdCall, nil)
		trial.WantError(t, "afterwards", err, grid.ErrDisconnected, grid.NotSent)
	})
}

// P10: a request that crosses the goaway on its way is rejected, not run.
func TestP10RequestThatCrossesTheGoawayIsRejected(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register, Link: gridtest.Link{Latency: 200 * time.Millisecond}})
		ctx, cancel := context.WithCancel(t.Context())
		trial.Begin(ctx, w.Conn, trial.IdCall, nil) // keeps the server
		trial.Await(t, "start", h.Started)
		down := make(chan error, 1)
		go func() { down <- w.Stop(t.Context(), r.Server) }()
		trial.Settle()
		_, err := w.Conn.Request(t.Context(), trial.IdOther, nil)
		trial.WantError(t, "call", err, grid.ErrUnavailable, grid.Rejected)
		cancel()
		if err := trial.Await(t, "Shutdown", down); err != nil {
			t.Error(err)
		}
	})
}

// P10: who has no time cuts short what is left, and is told so; the callers and
// the handlers hear of it.
func TestP10ShutdownThatIsCutShort(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		h := trial.NewWaiting()
		w := r.World(t, trial.Setup{Register: h.Register})
		call := trial.Begin(t.Context(), w.Conn, trial.IdCall, nil)
		trial.Await(t, "start", h.Started)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Stop(ctx, r.Server); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		trial.WantError(t, "caller", trial.Await(t, "call", call).Err, grid.ErrDisconnected, grid.MayHaveRun)
		trial.Await(t, "handler", h.Ended)
	})
}

// A node that went in good order and comes back is found soon, although it has
// refused its peers meanwhile.
func TestReconnectsSoonAfterAnOrderlyRestart(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: trial.RegisterEcho})
		if err := w.Node(r.Server).Manager().Shutdown(t.Context()); err != nil { // its HTTP server goes on
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		w.Restart(r.Server)
		start := time.Now()
		w.Connected(t)
		if since := time.Since(start); since > 5*time.Second {
			t.Errorf("it took %v", since)
		}
	})
}

// P10: a node that shuts down waits for the calls that it has made itself.
func TestP10ShutdownWaitsForItsOwnCalls(t *testing.T) {
	trial.EachRole(t, func(t *testing.T, r trial.Role) {
		w := r.World(t, trial.Setup{Register: func(m *grid.Manager) error {
			return m.RegisterSingleHandler(trial.IdCall, func(_ context.Context, p []byte) ([]byte, error) {
				time.Sleep(5 * time.Second)
				return p, nil
			})
		}})
		call := trial.Begin(t.Context(), w.Conn, trial.IdCall, []byte("mine"))
		trial.Settle()
		if err := w.Stop(t.Context(), r.Caller); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		res := trial.Await(t, "call", call)
		trial.WantReply(t, "the call", res.Reply, res.Err, "mine")
		if err := w.Node(r.Caller).Manager().Shutdown(t.Context()); err != nil {
			t.Errorf("a second Shutdown: %v", err)
		}
	})
}
