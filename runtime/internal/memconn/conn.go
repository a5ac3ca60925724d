package memconn

import (
	"net"
	"sync"
	"time"
)

// defaultBuffer is how many bytes one direction holds.
const defaultBuffer = 256 << 10

// Options describe a pair. The zero value is good.
type Options struct {
	Buffer int         // bytes each direction holds, on their way or unread; 0: 256 KiB
	Addrs  [2]net.Addr // of a and b; nil: "mem"
	AToB   Arrival     // how long bytes travel from a to b; nil: no time
	BToA   Arrival     // and back
}

// Arrival says when n bytes that leave now arrive; a moment that is not after
// now means at once. Order is kept whatever it says: bytes wait for those
// before them. It is called for pieces of a few KiB, and with n = 0 for the end
// of the stream, by one goroutine at a time, and must not use the connection.
type Arrival func(now time.Time, n int) time.Time

// addr is the address of an end that was given none.
type addr struct{}

func (addr) Network() string { return "mem" }
func (addr) String() string  { return "mem" }

// Conn is one end of a pair. Its methods may be called from any goroutine.
type Conn struct {
	mu            *sync.Mutex // of the pair; guards everything below
	peer          *Conn       // static
	local, remote net.Addr    // static
	in, out       *flow       // static pointers; peer.out and peer.in

	read, write waiter
	writing     bool  // a Write is under way: others queue, so that none interleave
	stalled     bool  // see SetStalled
	closed      bool  // by Close or Reset
	failed      error // by Kill
}

// Pair returns the two ends of a new connection.
func Pair(o Options) (a, b *Conn) {
	if o.Buffer <= 0 {
		o.Buffer = defaultBuffer
	}
	for i := range o.Addrs {
		if o.Addrs[i] == nil {
			o.Addrs[i] = addr{}
		}
	}
	mu := new(sync.Mutex)
	ab := &flow{ring: ring{limit: o.Buffer}, arrival: o.AToB}
	ba := &flow{ring: ring{limit: o.Buffer}, arrival: o.BToA}
	a = newConn(mu, o.Addrs[0], o.Addrs[1], ba, ab)
	b = newConn(mu, o.Addrs[1], o.Addrs[0], ab, ba)
	a.peer, b.peer = b, a
	return a, b
}

func newConn(mu *sync.Mutex, local, remote net.Addr, in, out *flow) *Conn {
	c := &Conn{mu: mu, local: local, remote: remote, in: in, out: out}
	c.read.cond.L = mu
	c.write.cond.L = mu
	return c
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.setDeadline(t, &c.read, &c.write) }

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(t, &c.read) }

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(t, &c.write) }

func (c *Conn) setDeadline(t time.Time, ws ...*waiter) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	for _, w := range ws {
		w.setDeadlineLocked(t)
	}
	return nil
}

// opError makes err read, and compare, like an error of the net package.
func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
