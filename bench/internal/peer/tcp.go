package peer

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

var tcpPeer = Peer{
	Name:   "tcp",
	About:  "length-prefixed messages, answered in order; one call at a time is written and read by its caller; a stream is a connection of its own",
	Module: "std",
	Serve:  serveRaw(func(conn net.Conn) (link, error) { return newTCPLink(conn), nil }),
	Dialer: rawDialing(func(ctx context.Context, to Target) (link, error) {
		conn, err := to.dial(ctx)
		if err != nil {
			return nil, err
		}
		return newTCPLink(conn), nil
	}),
	StreamConnects: true,
}

// wide is the buffer of a link with traffic in bulk; what is larger than it
// bypasses it.
const wide = 64 << 10

type tcpLink struct {
	net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	in, out [4]byte
	vector  [3][]byte
}

func newTCPLink(conn net.Conn) *tcpLink {
	return &tcpLink{Conn: conn, r: bufio.NewReader(conn), w: bufio.NewWriter(conn)}
}

func (l *tcpLink) widen() {
	l.r = bufio.NewReaderSize(l.r, wide)
	l.w = bufio.NewWriterSize(l.Conn, wide)
}

func (l *tcpLink) pending() bool { return l.r.Buffered() > 0 }
func (l *tcpLink) flush() error  { return l.w.Flush() }

func (l *tcpLink) read(buf []byte) ([]byte, error) {
	if _, err := io.ReadFull(l.r, l.in[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(l.in[:])
	if n > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	buf = grown(buf, int(n))
	_, err := io.ReadFull(l.r, buf)
	return buf, err
}

func (l *tcpLink) write(head, body []byte) error {
	n := len(head) + len(body)
	binary.LittleEndian.PutUint32(l.out[:], uint32(n))
	if _, plain := l.Conn.(*net.TCPConn); plain && n > wide {
		return l.writev(head, body) // which a tls.Conn would make a record of each of
	}
	l.w.Write(l.out[:]) // a bufio.Writer keeps its first error
	l.w.Write(head)
	_, err := l.w.Write(body)
	return err
}

// writev sends what is large without copying it.
func (l *tcpLink) writev(head, body []byte) error {
	if err := l.w.Flush(); err != nil {
		return err
	}
	l.vector = [3][]byte{l.out[:], head, body}
	parts := net.Buffers(l.vector[:])
	_, err := parts.WriteTo(l.Conn)
	return err
}
