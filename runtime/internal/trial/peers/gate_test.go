package peers_test

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// gate is a TCP proxy in front of a node. In either direction it can stop reading in the
// middle of a TLS record or, without TLS, of a batch.
type gate struct {
	ln     net.Listener
	target string
	secure bool
	work   sync.WaitGroup

	mu    sync.Mutex
	conns []*net.TCPConn // both ends of all connections
	halts [2]*halt       // of the two directions; nil: it goes on
}

// The directions of a gate.
const (
	toTarget = iota
	fromTarget
)

// halt is a stop in one direction.
type halt struct {
	once    sync.Once
	reached chan struct{} // closed when something is stuck half way
	over    chan struct{} // closed when it goes on
}

func newGate(t *testing.T, target string, secure bool) *gate {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{ln: ln, target: target, secure: secure}
	g.work.Go(g.accept)
	t.Cleanup(func() {
		ln.Close()
		g.reset()
		g.goOn()
		g.work.Wait()
	})
	return g
}

func (g *gate) accept() {
	for {
		near, err := g.ln.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", g.target)
		if err != nil {
			near.Close()
			continue
		}
		ends := []*net.TCPConn{near.(*net.TCPConn), far.(*net.TCPConn)}
		g.mu.Lock()
		g.conns = append(g.conns, ends...)
		g.mu.Unlock()
		g.work.Go(func() { g.carry(toTarget, ends[0], ends[1]) })
		g.work.Go(func() { g.carry(fromTarget, ends[1], ends[0]) })
	}
}

// carry moves the bytes of a direction until its end, which it passes on.
func (g *gate) carry(direction int, from, to *net.TCPConn) {
	defer to.CloseWrite()
	buf := make([]byte, 32<<10)
	for {
		n, rest, err := g.half(from, buf)
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
		g.pause(direction, n)
		if _, err := io.ReadFull(from, buf[:rest]); err != nil {
			return
		}
		if _, err := to.Write(buf[:rest]); err != nil {
			return
		}
	}
}

// half reads the first half of a TLS record, and says how long the other one is. Without
// TLS it reads what is there.
func (g *gate) half(from io.Reader, buf []byte) (n, rest int, err error) {
	if !g.secure {
		n, err = from.Read(buf[:1<<10])
		return n, 0, err
	}
	if _, err := io.ReadFull(from, buf[:5]); err != nil {
		return 0, 0, err
	}
	size := int(binary.BigEndian.Uint16(buf[3:]))
	n = 5 + size/2
	_, err = io.ReadFull(from, buf[5:n])
	return n, size - size/2, err
}

// pause waits where the direction is to stop, unless n bytes are too few to be of a call.
func (g *gate) pause(direction, n int) {
	g.mu.Lock()
	h := g.halts[direction]
	g.mu.Unlock()
	if h == nil || n < 512 {
		return
	}
	h.once.Do(func() { close(h.reached) })
	<-h.over
}

// stop makes the gate stop in a direction.
func (g *gate) stop(direction int) *halt {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.SetReadBuffer(8 << 10) // a wish: who sends is stuck sooner
	}
	g.halts[direction] = &halt{reached: make(chan struct{}), over: make(chan struct{})}
	return g.halts[direction]
}

// goOn ends all stops.
func (g *gate) goOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.SetReadBuffer(256 << 10)
	}
	for i, h := range g.halts {
		if h != nil {
			close(h.over)
		}
		g.halts[i] = nil
	}
}

// reset ends all connections so that both ends are told with RST.
func (g *gate) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.SetLinger(0) // fails on one that is closed, which is as good
		c.Close()
	}
	g.conns = nil
}
