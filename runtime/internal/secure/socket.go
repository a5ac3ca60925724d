package secure

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// Socket is what a tls.Conn has in place of its socket. Until the session begins it is
// that socket. From then on no method that the tls.Conn calls waits: Read gives what
// has been read ahead, Write keeps, and deadlines are not the tls.Conn's to set.
type Socket struct {
	net.Conn // the socket
	ready    poll.ReadyReader
	try      poll.TryWriter

	live atomic.Bool // the session has begun
	in   inbox       // owned by who reads the session
	out  outbox
}

// newSocket returns nil for a connection that cannot do what a session needs.
func newSocket(raw net.Conn) *Socket {
	ready, try := poll.For(raw)
	if ready == nil || try == nil {
		return nil
	}
	s := &Socket{Conn: raw, ready: ready, try: try}
	s.out.turn.L = &s.out.mu
	return s
}

// NetConn returns the socket.
func (s *Socket) NetConn() net.Conn { return s.Conn }

// Read implements net.Conn for the tls.Conn.
func (s *Socket) Read(b []byte) (int, error) {
	if s.live.Load() {
		return s.in.read(b)
	}
	n, err := s.Conn.Read(b)
	if n > 0 && n <= len(b) {
		s.in.at.pass(b[:n])
	}
	return n, err
}

// Write implements net.Conn for the tls.Conn.
func (s *Socket) Write(b []byte) (int, error) {
	if s.live.Load() {
		return s.out.add(b)
	}
	return s.Conn.Write(b)
}

// Close implements net.Conn for the tls.Conn, which has just said that it will write no
// more. That goes out if there is room, and if nobody is in the middle of a write.
func (s *Socket) Close() error {
	if s.live.Load() && s.out.claim() {
		_, _ = s.out.flush(s.try) // the peer may be gone: nothing depends on it
	}
	return s.Conn.Close()
}

// SetDeadline implements net.Conn for the tls.Conn.
func (s *Socket) SetDeadline(t time.Time) error {
	if s.live.Load() {
		return nil
	}
	return s.Conn.SetDeadline(t)
}

// SetReadDeadline implements net.Conn for the tls.Conn.
func (s *Socket) SetReadDeadline(t time.Time) error {
	if s.live.Load() {
		return nil
	}
	return s.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn for the tls.Conn, which sets one to say that it
// will write no more. The socket may be in use by then: a deadline would end a write that
// is under way.
func (s *Socket) SetWriteDeadline(t time.Time) error {
	if s.live.Load() {
		return nil
	}
	return s.Conn.SetWriteDeadline(t)
}
