package grid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"time"

	crand "crypto/rand"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/poll"
)

// This is the only file that touches frames of RFC 6455. Everything above it
// sees batches: the payloads of unfragmented binary messages.

// wsHeaderMax is the longest header of a WebSocket frame: 2 + 8 + 4 bytes.
const wsHeaderMax = 14

// errWebSocket is wrapped by every complaint about frames of RFC 6455.
var errWebSocket = errors.New("websocket")

// closeError says that the peer ended the WebSocket with a close frame.
type closeError struct {
	code   ws.StatusCode
	reason string
}

// planned reports whether a node ended the session because it meant to: it is shut
// down, or has no such peer any more.
func (e *closeError) planned() bool { return e.code == closeNormal && e.reason != "" }

func (e *closeError) Error() string {
	if e.reason == "" {
		return fmt.Sprintf("closed with %d, by a proxy perhaps: a node gives a reason", e.code)
	}
	return fmt.Sprintf("the peer closed the connection: %d, %s", e.code, logged(e.reason))
}

// wsWriter turns batches into WebSocket frames. Owned by whoever holds the
// flusher's role.
type wsWriter struct {
	dialer bool // the dialer masks, RFC 6455 section 5.3
	masks  *rand.ChaCha8
}

func newWSWriter(dialer bool) *wsWriter {
	w := &wsWriter{dialer: dialer}
	if dialer {
		var seed [32]byte
		crand.Read(seed[:])
		w.masks = rand.NewChaCha8(seed) // masks must not be foreseen, section 10.3
	}
	return w
}

// seal makes a frame of b in place: the first wsHeaderMax bytes of b are room
// for the header, the rest is payload, which is masked where that is due.
func (w *wsWriter) seal(b []byte, op ws.OpCode) []byte {
	payload := b[wsHeaderMax:]
	var head [wsHeaderMax]byte
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
	if w.dialer {
		var mask [4]byte
		binary.LittleEndian.PutUint32(mask[:], uint32(w.masks.Uint64())) // fits: half of a random number
		head[1] |= 0x80
		copy(head[n:], mask[:])
		n += 4
		ws.Cipher(payload, mask, 0)
	}
	start := wsHeaderMax - n
	copy(b[start:], head[:n])
	return b[start:]
}

// closeFrame returns a sealed close frame.
func (w *wsWriter) closeFrame(code ws.StatusCode, reason string) []byte {
	const most = 123 // a control frame holds 125 bytes, two are the code
	reason = cutText(reason, most)
	return w.seal(append(make([]byte, wsHeaderMax), ws.NewCloseFrameBody(code, reason)...), ws.OpClose)
}

// wsReader takes WebSocket messages off a connection. Owned by whoever holds
// the reader's role. Its buffer exists only while there are bytes in it or a
// read is under way, if the connection can tell when it is readable.
type wsReader struct {
	conn   net.Conn
	ready  poll.ReadyReader // nil: plain reads
	pool   *bufferPool
	state  ws.State
	most   int // largest payload that is accepted
	size   int // of the buffer that is taken where nothing larger is needed
	bulk   int // reads without chunks until size is readBuffer again
	buf    []byte
	r, w   int // unread bytes are buf[r:w]
	getBuf func() []byte
	putBuf func([]byte)

	progress func() // nil, or called whenever bytes have come in
}

// readBuffer is the usual capacity of a reader's buffer: it holds a batch of one
// large frame.
const readBuffer = maxPayload + markSize + 64

func newWSReader(conn net.Conn, dialer bool, pool *bufferPool, most int, left []byte) *wsReader {
	r := &wsReader{conn: conn, pool: pool, most: most, size: min(readBuffer, most+wsHeaderMax+markSize), state: ws.StateServerSide}
	if dialer {
		r.state = ws.StateClientSide
	}
	if len(left) > 0 {
		// Bytes that the upgrade read too far: they are the session's first.
		r.buf = pool.get(max(len(left)+markSize, r.size))
		r.buf = usable(r.buf)
		r.w = copy(r.buf, left)
	}
	r.getBuf = r.acquire
	r.putBuf = func([]byte) { r.release() }
	return r
}

// expectBatches readies a reader of handshake messages, which is as small as they
// are, for batches. Some may have come in already.
func (r *wsReader) expectBatches() {
	r.most, r.size = maxBatch+checksumSize, readBuffer
	if r.empty() {
		r.release()
	} else {
		r.enlarge(readBuffer)
	}
}

// acquire makes sure that there is a buffer, and returns its free part.
func (r *wsReader) acquire() []byte {
	if r.buf == nil {
		r.buf = r.pool.get(r.size)
		r.buf = usable(r.buf)
	}
	return r.buf[r.w:]
}

// release gives an empty buffer back to the pool.
func (r *wsReader) release() {
	if r.buf != nil && r.r == r.w {
		r.pool.put(r.buf)
		r.buf, r.r, r.w = nil, 0, 0
	}
}

// empty reports whether no bytes are waiting here.
func (r *wsReader) empty() bool { return r.r == r.w }

// next returns the next message. The payload is unmasked in place and belongs
// to the reader: it is valid until the following call. It waits only when no
// complete message is buffered.
func (r *wsReader) next() (ws.OpCode, []byte, error) {
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

// buffered reports whether a complete message can be had without waiting.
func (r *wsReader) buffered() bool {
	h, n, err := parseWSHeader(r.buf[r.r:r.w])
	return err == nil && n > 0 && int64(r.w-r.r-n) >= h.Length
}

// cut takes one whole message off the buffer, or says how many bytes it would
// need in all to do so.
func (r *wsReader) cut() (op ws.OpCode, payload []byte, need int, err error) {
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
	return h.OpCode, payload, 0, nil
}

// check refuses what RFC 6455 forbids and what this protocol does not use.
func (r *wsReader) check(h ws.Header) error {
	if err := ws.CheckHeader(h, r.state); err != nil {
		return fmt.Errorf("%w: %w", errWebSocket, err)
	}
	switch {
	case h.Length > int64(r.most):
		return fmt.Errorf("%w: a message of %d bytes, at most %d are allowed", errWebSocket, h.Length, r.most)
	case !h.Fin || h.OpCode == ws.OpContinuation:
		return fmt.Errorf("%w: a fragmented message, which gridc.v1 does not use", errWebSocket)
	case h.OpCode == ws.OpText:
		return fmt.Errorf("%w: a text message, which gridc.v1 does not use", errWebSocket)
	}
	return nil
}

// fill reads more bytes, after making room for need bytes in all.
func (r *wsReader) fill(need int) error {
	r.makeRoom(need)
	var n int
	var err error
	if r.ready != nil {
		r.release()
		n, err = r.ready.ReadReady(r.getBuf, r.putBuf)
	} else {
		n, err = r.conn.Read(r.acquire())
	}
	r.w += n
	if n > 0 {
		r.countBulk()
		if r.progress != nil {
			r.progress()
		}
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// makeRoom moves the unread bytes to the front, into a larger buffer if needed.
func (r *wsReader) makeRoom(need int) {
	if r.buf == nil {
		return
	}
	move := r.r > 0 && (r.r == r.w || r.r+need > len(r.buf) || r.w == len(r.buf))
	switch {
	case need > len(r.buf):
		r.enlarge(max(need+markSize, r.size))
	case move && r.r < r.w && len(r.buf) < r.size-markSize:
		r.enlarge(r.size)
	case move:
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
	}
	if r.r == 0 && r.w == 0 && len(r.buf) > max(r.size, readBuffer) {
		r.pool.put(r.buf) // an outsized buffer is not kept
		r.buf = nil
	}
}

// enlarge moves the unread bytes into a buffer of that size.
func (r *wsReader) enlarge(size int) {
	bigger := usable(r.pool.get(max(size, r.w-r.r+markSize)))
	r.w = copy(bigger, r.buf[r.r:r.w])
	r.pool.put(r.buf)
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
			return h, 0, fmt.Errorf("%w: a length with its top bit set", errWebSocket)
		}
		h.Length = int64(binary.BigEndian.Uint64(b[2:])) // fits: its top bit is clear
	}
	if h.Masked {
		copy(h.Mask[:], b[maskAt:])
	}
	return h, n, nil
}

// handshakeConn exchanges handshake messages, before a session exists. Reads and
// writes are bounded by the deadline that its maker set on the connection.
type handshakeConn struct {
	conn net.Conn
	r    *wsReader
	w    *wsWriter

	roundTrip time.Duration // from a message to its answer
}

func (c *handshakeConn) send(msg []byte) error {
	b := append(make([]byte, wsHeaderMax, wsHeaderMax+len(msg)), msg...)
	_, err := c.conn.Write(c.w.seal(b, ws.OpBinary))
	return err
}

// receive returns a copy of the next handshake message.
func (c *handshakeConn) receive() ([]byte, error) {
	for {
		op, payload, err := c.r.next()
		if err != nil {
			return nil, err
		}
		switch op {
		case ws.OpBinary:
			return append([]byte(nil), payload...), nil
		case ws.OpClose:
			code, reason := ws.ParseCloseFrameData(payload)
			return nil, &closeError{code, reason}
		default: // pings have no place in a handshake of five seconds; they are left unanswered
		}
	}
}

// close says why and ends the connection.
func (c *handshakeConn) close(code ws.StatusCode, reason string) {
	c.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.conn.Write(c.w.closeFrame(code, reason)) // the peer may be gone: nothing depends on it
	c.conn.Close()
}
