package calls_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Who never has more under way than a limit allows, as far as it can see, is never
// refused: a slot is free before its answer, or the end of its stream, can be seen.
// This is about which goroutine is faster, so it is tried on a socket.
func TestSlotsAreFreeBeforeTheAnswerIsSeen(t *testing.T) {
	quick := func(_ context.Context, p []byte) ([]byte, error) { return p, nil }
	slow := func(_ context.Context, p []byte) ([]byte, error) { time.Sleep(100 * time.Microsecond); return p, nil }
	long := func(context.Context, []byte) ([]byte, error) { return make([]byte, 100<<10), nil }
	server := slotServer(t, func(m *grid.Manager) error {
		return errors.Join(trial.RegisterAll(map[grid.HandlerID]func(context.Context, []byte) ([]byte, error){10: quick, 11: slow, 12: long}, nil)(m), trial.TypedStream(1, 1, trial.EchoBack)(m))
	})
	call := func(id grid.HandlerID) func(c *grid.Connection) error {
		return func(c *grid.Connection) error {
			_, err := c.Request(t.Context(), id, []byte("x"))
			return err
		}
	}
	for what, one := range map[string]func(c *grid.Connection) error{
		"on the reader": call(10), "in a goroutine": call(11), "large": call(12),
		"stream": func(c *grid.Connection) error {
			st, err := trial.BytesStream(1, 1).Open(t.Context(), c, trial.Message(""))
			if err != nil {
				return err
			}
			_ = st.CloseSend() // Recv tells
			if _, err := st.Recv(); err != io.EOF {
				return err
			}
			return nil
		},
	} {
		t.Run(what, func(t *testing.T) {
			refused := 0
			for range 500 {
				if err := one(server); err != nil {
					if refused++; refused == 1 {
						t.Error(err)
					}
				}
			}
			if refused > 0 {
				t.Errorf("%d of 500 were refused", refused)
			}
		})
	}
}

// The same of credit: who sends the next message when it has seen what came of the one
// before finds room for it, with windows of one message and of hardly more bytes than
// one takes.
func TestCreditIsThereBeforeTheAnswerIsSeen(t *testing.T) {
	server := slotServer(t, func(m *grid.Manager) error { return trial.TypedStream(1, 1, trial.EchoBack)(m) })
	for _, size := range []int{1, 60 << 10, 300 << 10} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			st, err := trial.BytesStream(1, 1).Open(t.Context(), server, trial.Message(""))
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			msg := grid.NewBytesWith(make([]byte, size))
			for i := range 200 {
				if err := st.Send(msg); err != nil {
					t.Fatalf("message %d: %v", i, err)
				}
				if got, err := st.Recv(); err != nil || len(*got) != size {
					t.Fatalf("message %d: %v", i, err)
				}
			}
			if err := st.CloseSend(); err != nil {
				t.Error(err)
			}
			if _, err := st.Recv(); err != io.EOF {
				t.Errorf("the stream ended with %v", err)
			}
		})
	}
}

// slotServer starts a node on loopback that serves one call and one stream at a
// time, and returns a connection to it.
func slotServer(t *testing.T, register func(*grid.Manager) error) *grid.Connection {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	server, err := grid.NewManager(grid.Options{Name: "server", Auth: grid.InsecureNoAuth(), Peers: []grid.Peer{{Name: "caller"}}, Logger: quiet,
		Register: register, Limits: grid.Limits{RunningCalls: 1, RunningCallsTotal: 1, OpenStreams: 1}})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: server.Handler()}
	served := make(chan struct{})
	go func() { defer close(served); srv.Serve(ln) }()
	caller, err := grid.NewManager(grid.Options{Name: "caller", CallOnly: true, Auth: grid.InsecureNoAuth(), Logger: quiet,
		Peers: []grid.Peer{{Name: "server", Address: ln.Addr().String()}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(caller.Shutdown(context.Background()), server.Shutdown(context.Background()), srv.Close()); err != nil {
			t.Error(err)
		}
		<-served
	})
	if err := caller.Connection("server").WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	return caller.Connection("server")
}
