package node

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// fencedConn is a connection whose methods may be code of others: of what Options.Dial
// returned or a listener accepted, or what a tls.Config calls. A panic is an error of
// the connection, on whichever goroutine it comes: a reader, a writer, the clock.
type fencedConn struct {
	net.Conn
	m     *Node
	pass  bool // its errors are the standard library's
	empty int  // reads in a row that had nothing
}

// FenceConn returns c behind a fence, unless it needs none: plain sockets, and the
// connections of tests that do what plain sockets do.
func (m *Node) FenceConn(c net.Conn) net.Conn {
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn, *fencedConn, poll.ReadyReader:
		return c
	}
	_, std := c.(*tls.Conn)
	return &fencedConn{Conn: c, m: m, pass: std}
}

// TlsState returns what TLS has found out about a connection, if it is one over TLS.
func TlsState(conn net.Conn) *tls.ConnectionState {
	if f, ok := conn.(*fencedConn); ok {
		conn = f.Conn
	}
	if t, ok := conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := t.ConnectionState()
		return &state
	}
	return nil
}

// call runs one method, and returns its error as one of the runtime's own.
func (c *fencedConn) call(f func() error) error {
	var err error
	if fault := c.m.Guard("method of a connection", func() { err = f() }); fault != nil {
		return fault
	}
	if err == nil || c.pass {
		return err
	}
	return Launder(err)
}

// Read implements net.Conn.
func (c *fencedConn) Read(b []byte) (n int, err error) {
	err = c.call(func() (err error) {
		n, err = c.Conn.Read(b)
		return err
	})
	if n < 0 || n > len(b) {
		return 0, miscounted("Read", n, b)
	}
	if c.empty++; n > 0 {
		c.empty = 0
	}
	if c.empty > maxEmptyReads && err == nil {
		err = io.ErrNoProgress
	}
	return n, err
}

// maxEmptyReads is how often a connection may say that it has read nothing, which is
// no error and no progress.
const maxEmptyReads = 100

// miscounted is the error for more bytes than there was room for, or fewer than none.
func miscounted(method string, n int, b []byte) error {
	return fmt.Errorf("%s of a connection returned %d for %d bytes", method, n, len(b))
}

// Write implements net.Conn.
func (c *fencedConn) Write(b []byte) (n int, err error) {
	err = c.call(func() (err error) {
		n, err = c.Conn.Write(b)
		return err
	})
	switch {
	case n < 0 || n > len(b):
		return 0, miscounted("Write", n, b)
	case n < len(b) && err == nil:
		err = io.ErrShortWrite // it would be asked again and again
	}
	return n, err
}

// Close implements net.Conn. It does not wait, as the Manager's clock closes
// connections, too: that of a tls.Conn takes up to 5 s where the socket is stuck.
func (c *fencedConn) Close() error {
	c.m.Goroutines.Go(func() {
		defer c.m.Enter("Close of a connection").Leave()
		_ = c.call(c.Conn.Close)
	})
	return nil
}

// SetDeadline implements net.Conn.
func (c *fencedConn) SetDeadline(t time.Time) error {
	return c.call(func() error { return c.Conn.SetDeadline(t) })
}

// SetReadDeadline implements net.Conn.
func (c *fencedConn) SetReadDeadline(t time.Time) error {
	return c.call(func() error { return c.Conn.SetReadDeadline(t) })
}

// SetWriteDeadline implements net.Conn.
func (c *fencedConn) SetWriteDeadline(t time.Time) error {
	return c.call(func() error { return c.Conn.SetWriteDeadline(t) })
}
