package peer

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"

	"github.com/gobwas/ws"
)

var wsPeer = Peer{
	Name:   "gobwas/ws",
	About:  "one binary WebSocket message for each message, package ws only, masked by the client as the RFC asks; otherwise like tcp",
	Module: "github.com/gobwas/ws",
	Serve: serveRaw(func(conn net.Conn) (link, error) {
		if _, err := ws.Upgrade(conn); err != nil {
			return nil, err
		}
		return newWSLink(conn, nil, ws.StateServerSide), nil
	}),
	Dialer: rawDialing(func(ctx context.Context, to Target) (link, error) {
		scheme := "ws://"
		if to.TLS != nil {
			scheme = "wss://"
		}
		conn, left, _, err := ws.Dialer{TLSConfig: to.TLS}.Dial(ctx, scheme+to.Address)
		if err != nil {
			return nil, err
		}
		return newWSLink(conn, left, ws.StateClientSide), nil
	}),
	StreamConnects: true,
}

type wsLink struct {
	net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	masking bool
	masked  []byte
}

// newWSLink goes on with a connection after its upgrade; left has what arrived
// together with that.
func newWSLink(conn net.Conn, left *bufio.Reader, state ws.State) *wsLink {
	if left == nil {
		left = bufio.NewReader(conn)
	}
	return &wsLink{Conn: conn, r: left, w: bufio.NewWriter(conn), masking: state.ClientSide()}
}

func (l *wsLink) widen() {
	l.r = bufio.NewReaderSize(l.r, wide)
	l.w = bufio.NewWriterSize(l.Conn, wide)
}

func (l *wsLink) pending() bool { return l.r.Buffered() > 0 }
func (l *wsLink) flush() error  { return l.w.Flush() }

func (l *wsLink) read(buf []byte) ([]byte, error) {
	h, err := ws.ReadHeader(l.r)
	if err != nil {
		return nil, err
	}
	if h.OpCode != ws.OpBinary || h.Length > maxMessage {
		return nil, fmt.Errorf("a frame of kind %x with %d bytes", h.OpCode, h.Length)
	}
	buf = grown(buf, int(h.Length))
	if _, err := io.ReadFull(l.r, buf); err != nil {
		return nil, err
	}
	if h.Masked {
		ws.Cipher(buf, h.Mask, 0)
	}
	return buf, nil
}

func (l *wsLink) write(head, body []byte) error {
	h := ws.Header{Fin: true, OpCode: ws.OpBinary, Length: int64(len(head) + len(body))}
	if l.masking {
		h.Masked, h.Mask = true, newMask()
		l.masked = append(append(l.masked[:0], head...), body...)
		ws.Cipher(l.masked, h.Mask, 0)
		head, body = l.masked, nil
	}
	if err := ws.WriteHeader(l.w, h); err != nil {
		return err
	}
	l.w.Write(head) // a bufio.Writer keeps its first error
	_, err := l.w.Write(body)
	return err
}

func newMask() (mask [4]byte) {
	n := rand.Uint32()
	return [4]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
}
