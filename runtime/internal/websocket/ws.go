package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/poll"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// This is the only file that touches frames of RFC 6455. Everything above it
// sees batches: the payloads of binary messages.

// HeaderMax is the longest header of a WebSocket frame: 2 + 8 + 4 bytes.
const HeaderMax = 14

// ErrWebSocket is wrapped by every complaint about frames of RFC 6455.
var ErrWebSocket = errors.New("websocket")

// CloseError says that the peer ended the WebSocket with a close frame.
type CloseError struct {
	Code   ws.StatusCode
	Reason string
}

// Planned reports whether the peer ended the session on purpose: it is shutting down, or
// this node is no peer of it any more.
func (e *CloseError) Planned() bool { return e.Code == CloseNormal && e.Reason != "" }

// Left reports whether the peer, if it is a browser, has closed or reloaded the page.
func (e *CloseError) Left() bool { return e.Code == ws.StatusGoingAway && e.Reason == "" }

func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("closed with %d and no reason, perhaps by a proxy", e.Code)
	}
	return fmt.Sprintf("the peer closed the connection: %d, %s", e.Code, status.Logged(e.Reason))
}

// Writer turns batches into WebSocket frames. Owned by whoever holds the
// flusher's role.
type Writer struct {
	Dialer bool        // the dialer masks, RFC 6455 section 5.3
	Masks  rand.Source // nil: the generator of the process
}

func NewWriter(dialer bool) *Writer {
	return &Writer{Dialer: dialer}
}

// mask is a new one. Masks must not be foreseen (section 10.3): the generator of the
// process is ChaCha8, which the system has seeded (go.dev/blog/chacha8rand).
func (w *Writer) mask() uint32 {
	if w.Masks != nil {
		return uint32(w.Masks.Uint64()) // fits: half of a random number
	}
	return rand.Uint32()
}

// Seal makes a frame of b in place: the first HeaderMax bytes of b are room
// for the header, the rest is payload, which is masked where that is due.
func (w *Writer) Seal(b []byte, op ws.OpCode) []byte {
	payload := b[HeaderMax:]
	var head [HeaderMax]byte
	head[0] = 0x80 | byte(op)
	n := 2
	switch size := len(payload); {
	case size < 126:
		head[1] = byte(size) // fits: compared
	case size < 1<<16:
		head[1] = 126
		binary.BigEndian.PutUint16(head[2:], uint16(size)) // fits: compared
		n = 4
	default:
		head[1] = 127
		binary.BigEndian.PutUint64(head[2:], uint64(size))
		n = 10
	}
	if w.Dialer {
		var mask [4]byte
		binary.LittleEndian.PutUint32(mask[:], w.mask())
		head[1] |= 0x80
		copy(head[n:], mask[:])
		n += 4
		ws.Cipher(payload, mask, 0)
	}
	start := HeaderMax - n
	copy(b[start:], head[:n])
	return b[start:]
}

// CloseFrame returns a sealed close frame.
func (w *Writer) CloseFrame(code ws.StatusCode, reason string) []byte {
	const most = 123 // a control frame holds 125 bytes, two are the code
	reason = status.CutText(reason, most)
	return w.Seal(append(make([]byte, HeaderMax), ws.NewCloseFrameBody(code, reason)...), ws.OpClose)
}

// Reader takes WebSocket messages off a connection. Owned by whoever holds
// the reader's role. Its buffer exists only while there are bytes in it or a
// read is under way, if the connection can tell when it is readable.
type Reader struct {
	conn   net.Conn
	Ready  poll.ReadyReader // nil: plain reads
	pool   *bufs.Pool
	state  ws.State
	most   int // largest payload that is accepted
	size   int // of the buffer that is taken where nothing larger is needed
	bulk   int // how many more reads without chunks before size is readBuffer again
	soon   int // the same before the connection waits at once again
	buf    []byte
	r, w   int // unread bytes are buf[r:w]
	parts  fragments
	getBuf func() []byte
	putBuf func([]byte)

	Progress func()       // nil, or called whenever bytes have come in
	Now      func() int64 // nil, or says when bytes last came in
}

// readBuffer is the usual capacity of a reader's buffer: it holds a batch of one
// large frame.
const readBuffer = wire.MaxPayload + bufs.MarkSize + 64

func NewReader(conn net.Conn, dialer bool, pool *bufs.Pool, most int, left []byte) *Reader {
	r := &Reader{conn: conn, pool: pool, most: most, size: min(readBuffer, most+HeaderMax+bufs.MarkSize), state: ws.StateServerSide}
	if dialer {
		r.state = ws.StateClientSide
	}
	if len(left) > 0 {
		// Bytes that the upgrade read too far: they are the session's first.
		r.buf = pool.Get(max(len(left)+bufs.MarkSize, r.size))
		r.buf = bufs.Usable(r.buf)
		r.w = copy(r.buf, left)
	}
	r.getBuf = r.acquire
	r.putBuf = func([]byte) { r.Release() }
	return r
}

// ExpectBatches readies a reader of handshake messages, which is as small as they
// are, for batches. Some may have come in already.
func (r *Reader) ExpectBatches() {
	r.most, r.size = wire.MaxBatch+wire.ChecksumSize, readBuffer
	if r.Empty() {
		r.Release()
	} else {
		r.enlarge(readBuffer)
	}
}

// acquire makes sure that there is a buffer, and returns its free part.
func (r *Reader) acquire() []byte {
	if r.buf == nil {
		r.buf = r.pool.Get(r.size)
		r.buf = bufs.Usable(r.buf)
	}
	return r.buf[r.w:]
}

// Release gives an empty buffer back to the pool. The last message is not valid any more.
func (r *Reader) Release() {
	r.dropJoined()
	if r.buf != nil && r.r == r.w {
		r.pool.Put(r.buf)
		r.buf, r.r, r.w = nil, 0, 0
	}
}

// Empty reports whether no bytes are waiting here.
func (r *Reader) Empty() bool { return r.r == r.w }

// Next returns the next message. The payload is unmasked in place and belongs
// to the reader: it is valid until the following call. It waits only when no
// complete message is buffered.
func (r *Reader) Next() (ws.OpCode, []byte, error) {
	r.dropJoined()
	for {
		op, payload, need, err := r.cut()
		if err != nil || need == 0 {
			return op, payload, err
		}
		if err := r.fill(need); err != nil {
			return 0, nil, err
		}
	}
}

// Buffered reports whether a complete message can be had without waiting.
func (r *Reader) Buffered() bool {
	h, n, err := parseWSHeader(r.buf[r.r:r.w])
	return err == nil && n > 0 && int64(r.w-r.r-n) >= h.Length && (h.Fin || r.wholeBuffered())
}

// cut takes one whole message off the buffer, or says how many bytes it would
// need in all to do so.
func (r *Reader) cut() (op ws.OpCode, payload []byte, need int, err error) {
	h, n, err := parseWSHeader(r.buf[r.r:r.w])
	if err != nil {
		return 0, nil, 0, err
	}
	if n == 0 {
		return 0, nil, 2, nil
	}
	if err := r.check(h); err != nil {
		return 0, nil, 0, err
	}
	total := n + int(h.Length) // fits: check has compared it with r.most
	if r.w-r.r < total {
		return 0, nil, total, nil
	}
	payload = r.buf[r.r+n : r.r+total : r.r+total]
	r.r += total
	if h.Masked {
		ws.Cipher(payload, h.Mask, 0)
	}
	if h.Fin && h.OpCode != ws.OpContinuation {
		return h.OpCode, payload, 0, nil
	}
	if payload, whole := r.join(h, payload); whole {
		return ws.OpBinary, payload, 0, nil
	}
	return r.cut() // at most MaxFragments deep
}

// check refuses what RFC 6455 forbids and what this protocol does not use.
func (r *Reader) check(h ws.Header) error {
	if err := ws.CheckHeader(h, r.state); err != nil {
		return fmt.Errorf("%w: %w", ErrWebSocket, err)
	}
	switch {
	case h.Length > int64(r.most):
		return fmt.Errorf("%w: a message of %d bytes, at most %d are allowed", ErrWebSocket, h.Length, r.most)
	case h.OpCode == ws.OpText:
		return fmt.Errorf("%w: a text message, which gridc.v1 does not use", ErrWebSocket)
	case !h.Fin || h.OpCode == ws.OpContinuation:
		return r.checkFragment(h)
	}
	return nil
}

// fill reads more bytes, after making room for need bytes in all.
func (r *Reader) fill(need int) error {
	r.makeRoom(need)
	var n int
	var err error
	if r.Ready != nil {
		r.Release()
		n, err = r.Ready.ReadReady(r.getBuf, r.putBuf)
	} else {
		n, err = r.conn.Read(r.acquire())
	}
	r.w += n
	if n > 0 {
		r.countRead()
		if r.Progress != nil {
			r.Progress()
		}
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// makeRoom moves the unread bytes to the front, into a larger buffer if needed.
//
// A copy: of the beginning of a batch whose rest has not come, because a batch is taken apart in one piece.
func (r *Reader) makeRoom(need int) {
	if r.buf == nil {
		return
	}
	move := r.r > 0 && (r.r == r.w || r.r+need > len(r.buf) || r.w == len(r.buf))
	switch {
	case need > len(r.buf):
		r.enlarge(max(need+bufs.MarkSize, r.size))
	case move && r.r < r.w && len(r.buf) < r.size-bufs.MarkSize:
		r.enlarge(r.size)
	case move:
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	if r.r == 0 && r.w == 0 && len(r.buf) > max(r.size, readBuffer) {
		r.pool.Put(r.buf) // an outsized buffer is not kept
		r.buf = nil
	}
}

// enlarge moves the unread bytes into a buffer of that size. A copy: as in makeRoom.
func (r *Reader) enlarge(size int) {
	bigger := bufs.Usable(r.pool.Get(max(size, r.w-r.r+bufs.MarkSize)))
	r.w = copy(bigger, r.buf[r.r:r.w])
	r.pool.Put(r.buf)
	r.buf, r.r = bigger, 0
}

// parseWSHeader parses a frame header; n is its length, 0 if b is too short.
func parseWSHeader(b []byte) (h ws.Header, n int, err error) {
	if len(b) < 2 {
		return h, 0, nil
	}
	h.Fin = b[0]&0x80 != 0
	h.Rsv = (b[0] & 0x70) >> 4
	h.OpCode = ws.OpCode(b[0] & 0x0f)
	h.Masked = b[1]&0x80 != 0
	n = 2
	switch size := b[1] & 0x7f; size {
	case 126:
		n = 4
	case 127:
		n = 10
	default:
		h.Length = int64(size)
	}
	maskAt := n
	if h.Masked {
		n += 4
	}
	if len(b) < n {
		return h, 0, nil
	}
	switch maskAt {
	case 4:
		h.Length = int64(binary.BigEndian.Uint16(b[2:]))
	case 10:
		if b[2]&0x80 != 0 {
			return h, 0, fmt.Errorf("%w: a length with its top bit set", ErrWebSocket)
		}
		h.Length = int64(binary.BigEndian.Uint64(b[2:])) // fits: its top bit is clear
	}
	if h.Masked {
		copy(h.Mask[:], b[maskAt:])
	}
	return h, n, nil
}

// HandshakeConn exchanges handshake messages, before a session exists. Reads and
// writes are bounded by the deadline that its maker set on the connection.
type HandshakeConn struct {
	Conn net.Conn
	R    *Reader
	W    *Writer

	RoundTrip time.Duration // from a message to its answer
}

func (c *HandshakeConn) Send(msg []byte) error {
	b := append(make([]byte, HeaderMax, HeaderMax+len(msg)), msg...)
	_, err := c.Conn.Write(c.W.Seal(b, ws.OpBinary))
	return err
}

// Receive returns a copy of the next handshake message.
func (c *HandshakeConn) Receive() ([]byte, error) {
	for {
		op, payload, err := c.R.Next()
		if err != nil {
			return nil, err
		}
		switch op {
		case ws.OpBinary:
			return append([]byte(nil), payload...), nil
		case ws.OpClose:
			code, reason := ws.ParseCloseFrameData(payload)
			return nil, &CloseError{code, reason}
		default: // pings have no place in a handshake of five seconds; they are left unanswered
		}
	}
}

// Close says why and ends the connection.
func (c *HandshakeConn) Close(code ws.StatusCode, reason string) {
	c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.Conn.Write(c.W.CloseFrame(code, reason)) // the peer may be gone: nothing depends on it
	c.Conn.Close()
}
