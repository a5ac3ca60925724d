package grid_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// testKey is the shared key of the nodes in these tests.
var testKey = []byte("a key of thirty-two bytes or so.")

// probePatience bounds how long a test waits for something that should come at once.
const probePatience = 10 * time.Second

// targetLog keeps what a Manager logs.
type targetLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *targetLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// size is how much memory the log takes.
func (l *targetLog) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Cap()
}

// lines returns the log lines that contain all of the words.
func (l *targetLog) lines(words ...string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for line := range strings.Lines(l.buf.String()) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			out = append(out, line)
		}
	}
	return out
}

// await waits until there is a log line with all of the words.
func (l *targetLog) await(t testing.TB, words ...string) string {
	t.Helper()
	l.awaitMore(t, 0, words...)
	return l.lines(words...)[0]
}

// awaitMore waits until there are more than n lines with all of the words, and
// returns how many there are.
func (l *targetLog) awaitMore(t testing.TB, n int, words ...string) int {
	t.Helper()
	for end := time.Now().Add(probePatience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if found := len(l.lines(words...)); found > n {
			return found
		}
	}
	t.Fatalf("no log line with %q in:\n%s", words, l.lines())
	return 0
}

// probeTarget is a node under test, reached over real TCP. It knows the peers probe
// and witness, which dial it.
type probeTarget struct {
	*grid.Manager
	addr    string
	log     *targetLog
	release chan struct{} // closed by free
	free    func()        // lets blocking handlers return
}

// Numbers of the routes of a target, in the order of their registration.
const (
	routeEcho   = 0 // answers with its payload
	routeBlock  = 1 // waits for the end of its context, or for release
	routeBulk   = 2 // answers with 128 KiB
	routeStream = 3 // sends back what it receives; capacities 4 and 4
	routeHold   = 4 // a stream that receives nothing and waits; capacities 16 and 4
	routeStuck  = 5 // waits for release alone, then answers with 128 KiB
)

func startTarget(t testing.TB, change func(*grid.Options)) *probeTarget {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := newTarget(t, change)
	x.addr = ln.Addr().String()
	x.serve(t, ln)
	return x
}

// newTarget makes the node without a listener.
func newTarget(t testing.TB, change func(*grid.Options)) *probeTarget {
	t.Helper()
	x := &probeTarget{log: &targetLog{}, release: make(chan struct{})}
	x.free = sync.OnceFunc(func() { close(x.release) })
	o := grid.Options{
		Name: "target", Auth: grid.SharedKey(testKey), Logger: slog.New(slog.NewTextHandler(x.log, nil)),
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
		x.free()
		ctx, cancel := context.WithTimeout(context.Background(), probePatience)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return x
}

func (x *probeTarget) serve(t testing.TB, ln net.Listener) {
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

func (x *probeTarget) register(t testing.TB) {
	t.Helper()
	bulk := bytes.Repeat([]byte("x"), 128<<10)
	err := errors.Join(
		x.RegisterSingleHandler(1, func(_ context.Context, p []byte) ([]byte, error) { return p, nil }),
		x.RegisterSingleHandler(2, func(ctx context.Context, _ []byte) ([]byte, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-x.release:
				return nil, nil
			}
		}),
		x.RegisterSingleHandler(3, func(context.Context, []byte) ([]byte, error) { return bytes.Clone(bulk), nil }),
		x.RegisterStreamingHandler(4, grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: echoStream}),
		x.RegisterStreamingHandler(5, grid.StreamHandler{InCapacity: 16, OutCapacity: 4, Handle: x.hold}),
		x.RegisterSingleHandler(6, func(context.Context, []byte) ([]byte, error) {
			<-x.release
			return bytes.Clone(bulk), nil
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

func echoStream(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
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

func (x *probeTarget) hold(ctx context.Context, _ []byte, _ <-chan []byte, _ chan<- []byte) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-x.release:
		return nil
	}
}

// conn dials the target's socket.
func (x *probeTarget) conn(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", x.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(probePatience))
	return c
}

// session makes a session as the named peer, routes exchanged.
func (x *probeTarget) session(t testing.TB, name string) *peer.Session {
	t.Helper()
	return x.sessionOf(t, peer.NewHello(name, "target"))
}

func (x *probeTarget) sessionOf(t testing.TB, h peer.Hello) *peer.Session {
	t.Helper()
	return x.sessionOn(t, x.conn(t), h)
}

// sessionOn makes a session on a socket, routes exchanged.
func (x *probeTarget) sessionOn(t testing.TB, conn net.Conn, h peer.Hello) *peer.Session {
	t.Helper()
	s, err := peer.Dial(conn, h, testKey)
	if err != nil {
		t.Fatal(err)
	}
	sendFrames(t, s, peer.NewFrame(peer.Routes, 0))
	expectFrame(t, s, peer.Routes)
	ctx, cancel := context.WithTimeout(context.Background(), probePatience)
	defer cancel()
	if err := x.Connection(string(h[peer.TagName])).WaitConnected(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func sendFrames(t testing.TB, s *peer.Session, frames ...[]byte) {
	t.Helper()
	if err := s.Send(frames...); err != nil {
		t.Fatal(err)
	}
}

func expectFrame(t testing.TB, s *peer.Session, kind byte) *peer.Frame {
	t.Helper()
	f, err := s.Expect(kind)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sessionAlive proves that a session works: an echo comes back.
func sessionAlive(t testing.TB, s *peer.Session, id int) {
	t.Helper()
	sendFrames(t, s, peer.NewFrame(peer.Call, id, routeEcho, 0, 0, []byte("alive")))
	for {
		f := expectFrame(t, s, peer.Reply)
		if f.Uvarint() != uint64(id) {
			continue
		}
		if f.Uvarint() != 0 || string(f.Body) != "alive" {
			t.Fatalf("echo of %q", f.Body)
		}
		return
	}
}

// sessionGone proves that the other end has closed the session: with a close frame if
// there was time for one, whose code and reason are then returned.
func sessionGone(t testing.TB, s *peer.Session) *peer.Closed {
	t.Helper()
	for {
		_, err := s.Next()
		var c *peer.Closed
		var timeout net.Error
		switch {
		case err == nil:
		case errors.As(err, &c):
			return c
		case errors.As(err, &timeout) && timeout.Timeout():
			t.Fatal("the session was not closed")
		case errors.Is(err, io.EOF), isConnReset(err):
			return nil
		default:
			t.Fatal(err)
		}
	}
}

func isConnReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF)
}

// callFrame is a call without deadline, flags and payload.
func callFrame(id, route int) []byte {
	return peer.NewFrame(peer.Call, id, route, 0, 0)
}

// failureOf reads the failure that a frame ends with, its id and status taken off.
func failureOf(f *peer.Frame) string {
	outcome := f.Uvarint()
	code := f.String()
	return fmt.Sprintf("%d %s", outcome, code)
}
