package secure

import (
	"crypto/tls"
	"net"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/poll"
)

var (
	_ poll.BusyPoller = (*Conn)(nil)
	_ poll.TryWriter  = (*Conn)(nil)
)

// Conn is a connection over TLS whose tls.Conn stands on a Socket. Before Begin it reads
// and writes as any connection. From then on one goroutine at a time may read, and
// one may write; either may do so while the other does, and anybody may close.
type Conn struct {
	net.Conn // the tls.Conn, behind a fence: it calls code of others
	tls      *tls.Conn
	socket   *Socket

	unread bool // owned by who reads: there may be something to read without waiting
	synced bool // owned by who reads: the tls.Conn holds no record that came during the handshake
	sealed int  // owned by who writes: bytes at the start of what is to be written that are encrypted already
}

// Client returns a connection to a server that speaks TLS. Nothing is said yet.
//
// A connection that may be renegotiated, which TLS 1.3 has abolished, needs a
// tls.Conn that waits.
func Client(m *node.Node, raw net.Conn, config *tls.Config) net.Conn {
	if s := newSocket(raw); s != nil && config.Renegotiation == tls.RenegotiateNever {
		return newConn(m, tls.Client(s, config), s)
	}
	return m.FenceConn(tls.Client(raw, config))
}

// Accepted returns a connection that an HTTP server gave away, fit for a session.
func Accepted(m *node.Node, c net.Conn) net.Conn {
	switch c := c.(type) {
	case *Socket: // the listener is one of Listen, and the server does not speak TLS
		return c.Conn
	case *tls.Conn:
		if s, ok := c.NetConn().(*Socket); ok {
			return newConn(m, c, s)
		}
	}
	return m.FenceConn(c)
}

func newConn(m *node.Node, c *tls.Conn, s *Socket) *Conn {
	s.in.init(&m.Buffers)
	s.out.pool = &m.Buffers
	return &Conn{Conn: m.FenceConn(c), tls: c, socket: s}
}

// Begin readies a connection for a session, if it is a Conn: hands have been shaken.
// Nobody may be reading or writing.
func Begin(c net.Conn) {
	if c, ok := c.(*Conn); ok && !c.socket.live.Load() {
		c.unread = true // what came with the last answer of the handshake
		c.socket.live.Store(true)
	}
}

// ConnectionState returns what TLS has found out about the peer.
func (c *Conn) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }

// Beneath implements poll.Layer.
func (c *Conn) Beneath() net.Conn { return c.socket.Conn }

// Close implements net.Conn. It does not wait: during a handshake, when the tls.Conn
// might, another goroutine closes.
func (c *Conn) Close() error {
	if c.socket.live.Load() {
		return c.tls.Close()
	}
	return c.Conn.Close()
}

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.socket.Conn.SetDeadline(t) }

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.socket.Conn.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.socket.Conn.SetWriteDeadline(t) }
