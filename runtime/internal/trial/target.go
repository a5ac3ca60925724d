package trial

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// TestKey is the shared key of the nodes in these tests.
var TestKey = []byte("a key of thirty-two bytes or so.")

// ProbePatience bounds how long a test waits for something that should come at once.
const ProbePatience = 10 * time.Second

// ProbeTarget is a node under test, reached over real TCP. It knows the peers probe
// and witness, which dial it.
type ProbeTarget struct {
	*grid.Manager
	addr    string
	Log     *LogBook
	Release chan struct{} // closed by Free
	Free    func()        // lets blocking handlers return
}

// Numbers of the routes of a target, in the order of their registration.
const (
	RouteEcho   = 0 // answers with its payload
	RouteBlock  = 1 // waits for the end of its context, or for release
	RouteBulk   = 2 // answers with 128 KiB
	RouteStream = 3 // sends back what it receives; capacities 4 and 4
	routeHold   = 4 // a stream that receives nothing and waits; capacities 16 and 4
	RouteStuck  = 5 // waits for release alone, then answers with 128 KiB
)

func StartTarget(t testing.TB, change func(*grid.Options)) *ProbeTarget {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := NewTarget(t, change)
	x.addr = ln.Addr().String()
	x.Serve(t, ln)
	return x
}

// NewTarget makes the node without a listener.
func NewTarget(t testing.TB, change func(*grid.Options)) *ProbeTarget {
	t.Helper()
	x := &ProbeTarget{Log: &LogBook{}, Release: make(chan struct{})}
	x.Free = sync.OnceFunc(func() { close(x.Release) })
	o := grid.Options{
		Name: "target", Auth: grid.SharedKey(TestKey), Logger: slog.New(slog.NewTextHandler(x.Log, nil)),
		Peers: []grid.Peer{{Name: "probe"}, {Name: "witness"}},
	}
	if change != nil {
		change(&o)
	}
	m, err := grid.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	x.Manager = m
	x.register(t)
	t.Cleanup(func() {
		x.Free()
		ctx, cancel := context.WithTimeout(context.Background(), ProbePatience)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return x
}

func (x *ProbeTarget) Serve(t testing.TB, ln net.Listener) {
	srv := &http.Server{Handler: x.Handler()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(ln)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
}

func (x *ProbeTarget) register(t testing.TB) {
	t.Helper()
	bulk := bytes.Repeat([]byte("x"), 128<<10)
	err := errors.Join(
		x.RegisterSingleHandler(1, func(_ context.Context, p []byte) ([]byte, error) { return p, nil }),
		x.RegisterSingleHandler(2, func(ctx context.Context, _ []byte) ([]byte, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-x.Release:
				return nil, nil
			}
		}),
		x.RegisterSingleHandler(3, func(context.Context, []byte) ([]byte, error) { return bytes.Clone(bulk), nil }),
		x.RegisterStreamingHandler(4, grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: EchoStream}),
		x.RegisterStreamingHandler(5, grid.StreamHandler{InCapacity: 16, OutCapacity: 4, Handle: x.hold}),
		x.RegisterSingleHandler(6, func(context.Context, []byte) ([]byte, error) {
			<-x.Release
			return bytes.Clone(bulk), nil
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

func EchoStream(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
	for {
		select {
		case m, ok := <-in:
			if !ok {
				return nil
			}
			select {
			case out <- m:
			case <-ctx.Done():
				return ctx.Err()
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (x *ProbeTarget) hold(ctx context.Context, _ []byte, _ <-chan []byte, _ chan<- []byte) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-x.Release:
		return nil
	}
}

// Conn dials the target's socket.
func (x *ProbeTarget) Conn(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", x.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(ProbePatience))
	return c
}

// Session makes a session as the named peer, routes exchanged.
func (x *ProbeTarget) Session(t testing.TB, name string) *peer.Session {
	t.Helper()
	return x.SessionOf(t, peer.NewHello(name, "target"))
}

func (x *ProbeTarget) SessionOf(t testing.TB, h peer.Hello) *peer.Session {
	t.Helper()
	return x.SessionOn(t, x.Conn(t), h)
}

// SessionOn makes a session on a socket, routes exchanged.
func (x *ProbeTarget) SessionOn(t testing.TB, conn net.Conn, h peer.Hello) *peer.Session {
	t.Helper()
	s, err := peer.Dial(conn, h, TestKey)
	if err != nil {
		t.Fatal(err)
	}
	SendFrames(t, s, peer.NewFrame(peer.Routes, 0))
	ExpectFrame(t, s, peer.Routes)
	ctx, cancel := context.WithTimeout(context.Background(), ProbePatience)
	defer cancel()
	if err := x.Connection(string(h[peer.TagName])).WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func (x *ProbeTarget) ReadSome(ctx context.Context, _ []byte, in <-chan []byte, _ chan<- []byte) error {
	for {
		select {
		case m, ok := <-in:
			if !ok || len(m) == 0 {
				return x.hold(ctx, nil, nil, nil)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
