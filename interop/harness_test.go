package interop_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	grid "github.com/gridrpc/gridc/runtime"
)

// bound is how long one stranger may take. It is far above what is needed, and
// below what .ci/run has patience for.
const bound = 20 * time.Second

// key is the shared key of every node here.
const key = "0123456789abcdef"

// What the node under test serves, and the one handler that it calls at the
// strangers. node/exercise.mjs has the same numbers.
const (
	idEcho    grid.HandlerID = 1 // the payload; under the subroute a/b it says so
	idRelay   grid.HandlerID = 2 // a stream: the payload, then every message of the input
	idCount   grid.HandlerID = 3 // a stream: numbers until it is given up
	idRefuse  grid.HandlerID = 4 // not_found
	idReverse grid.HandlerID = 5 // served by strangers: the payload backwards
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		removeInstalled()
		os.Exit(status)
	}))
}

// limited returns a context that ends with the test's patience.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	t.Cleanup(cancel)
	return ctx
}

// node is a real Manager behind a real TCP listener.
type node struct {
	*grid.Manager
	address      string
	disconnected chan string // the reasons that the node logs for sessions that ended
}

// watch is a log that also tells the test why sessions end.
type watch struct {
	slog.Handler
	disconnected chan string
}

func (w watch) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "grid: disconnected" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "reason" {
				select {
				case w.disconnected <- a.Value.String():
				default: // nobody looks
				}
			}
			return true
		})
	}
	return w.Handler.Handle(ctx, r)
}

// startNode starts a node that serves the handlers above until the test ends.
func startNode(t *testing.T, o grid.Options) *node {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Auth = grid.SharedKey([]byte(key))
	disconnected := make(chan string, 8)
	o.Logger = slog.New(watch{slog.NewTextHandler(t.Output(), nil), disconnected})
	m, err := grid.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, m)
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	server := &http.Server{Handler: mux}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(ln)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		_ = server.Close()
		<-done
	})
	return &node{Manager: m, address: ln.Addr().String(), disconnected: disconnected}
}

// serve registers what strangers call.
func serve(t *testing.T, m *grid.Manager) {
	t.Helper()
	for _, err := range []error{
		m.RegisterSingleHandler(idEcho, func(_ context.Context, p []byte) ([]byte, error) { return p, nil }),
		m.RegisterSingleHandler(idEcho, func(ctx context.Context, p []byte) ([]byte, error) {
			return append(bytes.Clone(p), " under "+grid.GetSubroute(ctx)...), nil
		}, "a", "b"),
		m.RegisterSingleHandler(idRefuse, func(context.Context, []byte) ([]byte, error) {
			return nil, grid.NewError(grid.NotFound, "gone")
		}),
		m.RegisterStreamingHandler(idRelay, grid.StreamHandler{Handle: relay, InCapacity: 4, OutCapacity: 4}),
		m.RegisterStreamingHandler(idCount, grid.StreamHandler{Handle: count, OutCapacity: 8}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func relay(ctx context.Context, payload []byte, in <-chan []byte, out chan<- []byte) error {
	for message, more := payload, true; more; {
		select {
		case out <- bytes.Clone(message):
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case message, more = <-in:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func count(ctx context.Context, _ []byte, _ <-chan []byte, out chan<- []byte) error {
	for i := 1; ; i++ {
		select {
		case out <- []byte(strconv.Itoa(i)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// callStranger calls the handler that strangers serve, with a small and with a
// large message.
func callStranger(t *testing.T, c *grid.Connection) {
	t.Helper()
	ctx := limited(t)
	for _, size := range []int{0, 5, 73_728, 73_729, 1_500_000} {
		sent := pattern(size)
		got, err := c.Request(grid.WaitForReady(ctx), idReverse, sent)
		if err != nil {
			t.Fatalf("call of %d bytes: %v", size, err)
		}
		for i := range sent {
			if len(got) != size || got[i] != sent[size-1-i] {
				t.Fatalf("call of %d bytes: the answer of %d bytes is not the request backwards", size, len(got))
			}
		}
	}
}

// pattern returns n bytes in which a piece that is lost or moved shows.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*31 + i>>8)
	}
	return p
}
