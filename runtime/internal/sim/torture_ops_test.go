package sim

import (
	"fmt"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// operations that a connection is asked for.
const (
	opRead        = "Read"
	opWrite       = "Write"
	opSetDeadline = "SetDeadline" // and its two halves
	opClose       = "Close"
)

// flaky is a connection of which one operation fails, once.
type flaky struct {
	net.Conn
	f *failure
}

// failure says which operation fails: the nth of its kind, at one of the ends.
type failure struct {
	atDialer bool
	ready    bool // the connection offers more than net.Conn, as TCP sockets do
	wire     Wire
	op       string
	nth      int // from 0; negative: none

	mu     sync.Mutex
	seen   map[string]int
	failed bool
}

func (f *failure) String() string {
	end, kind := "acceptor", "plain"
	if f.atDialer {
		end = "dialer"
	}
	if f.ready {
		kind = "ready"
	}
	return fmt.Sprintf("%s,%s,%d,%s,%d", end, kind, f.wire, f.op, f.nth)
}

// due reports whether this is the operation that fails.
func (f *failure) due(op string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		f.seen = make(map[string]int)
	}
	n := f.seen[op]
	f.seen[op]++
	if op != f.op || n != f.nth {
		return false
	}
	f.failed = true
	return true
}

func (f *failure) done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// wrap makes a connection flaky.
func (f *failure) wrap(c net.Conn) net.Conn {
	x := &flaky{c, f}
	if f.ready {
		return &readyFlaky{flaky: x, mem: c.(*memconn.Conn)}
	}
	return x
}

// broken is what the failing operation says.
func (x *flaky) broken(op string) error {
	return &net.OpError{Op: op, Net: "mem", Err: syscall.EIO}
}

// Read implements net.Conn.
func (x *flaky) Read(b []byte) (int, error) {
	if x.f.due(opRead) {
		return 0, x.broken("read")
	}
	return x.Conn.Read(b)
}

// Write implements net.Conn. When it fails, half was written.
func (x *flaky) Write(b []byte) (int, error) {
	if x.f.due(opWrite) {
		n, _ := x.Conn.Write(b[:len(b)/2])
		return n, x.broken("write")
	}
	return x.Conn.Write(b)
}

// Close implements net.Conn. When it fails, the connection is closed all the same.
func (x *flaky) Close() error {
	failed := x.f.due(opClose)
	if err := x.Conn.Close(); err != nil || !failed {
		return err
	}
	return x.broken("close")
}

func (x *flaky) deadline(set func(time.Time) error, t time.Time) error {
	if x.f.due(opSetDeadline) {
		return x.broken("set")
	}
	return set(t)
}

// SetDeadline implements net.Conn.
func (x *flaky) SetDeadline(t time.Time) error { return x.deadline(x.Conn.SetDeadline, t) }

// SetReadDeadline implements net.Conn.
func (x *flaky) SetReadDeadline(t time.Time) error { return x.deadline(x.Conn.SetReadDeadline, t) }

// SetWriteDeadline implements net.Conn.
func (x *flaky) SetWriteDeadline(t time.Time) error { return x.deadline(x.Conn.SetWriteDeadline, t) }

// readyFlaky offers what package poll asks for, and counts it as reads and writes.
type readyFlaky struct {
	*flaky
	mem *memconn.Conn
}

// ReadReady implements poll.ReadyReader.
func (x *readyFlaky) ReadReady(get func() []byte, put func([]byte)) (int, error) {
	if x.f.due(opRead) {
		return 0, x.broken("read")
	}
	return x.mem.ReadReady(get, put)
}

// TryWrite implements poll.TryWriter.
func (x *readyFlaky) TryWrite(b []byte) (int, error) {
	if x.f.due(opWrite) {
		n, _ := x.mem.TryWrite(b[:len(b)/2])
		return n, x.broken("write")
	}
	return x.mem.TryWrite(b)
}

// torture performs the script with a flaky connection.
func (f *failure) torture(t *testing.T) (h *History) {
	synctest.Test(t, func(t *testing.T) {
		w := wiring{accepted: f.wrap}
		if f.atDialer {
			w = wiring{dialed: f.wrap}
		}
		if f.nth >= 0 {
			w.struck = f.done
		}
		h = perform(script(f.wire, false), w)
	})
	return h
}

// TestTortureOperations lets every Read, Write, SetDeadline and Close of the
// canonical session fail once, at either end, on connections that offer only
// net.Conn and on those that offer what TCP sockets do. By default it does so
// with some of them.
func TestTortureOperations(t *testing.T) {
	var work []*failure
	for _, end := range []*failure{
		{atDialer: true, ready: true}, {atDialer: true}, {ready: true}, {},
		{atDialer: true, ready: true, wire: TLS}, {ready: true, wire: TLS}, {wire: TLS},
	} {
		add := func(op string, nth int) *failure {
			return &failure{atDialer: end.atDialer, ready: end.ready, wire: end.wire, op: op, nth: nth}
		}
		count := add("", -1)
		sound(t, count.torture(t), "without a failure")
		for op, n := range count.seen {
			if n == 0 {
				t.Errorf("no %s in the whole session", op)
			}
			for nth := range n {
				work = append(work, add(op, nth))
			}
		}
		if len(count.seen) != 4 {
			t.Errorf("the session does not do everything: %v", count.seen)
		}
	}
	n := spread(t, work, 500, func(t *testing.T, f *failure) {
		sound(t, f.torture(t), fmt.Sprintf("go test ./runtime/internal/sim -run TestTortureOperations -only %s", f))
	})
	t.Logf("%d of %d operations failed, once each", n, len(work))
}
