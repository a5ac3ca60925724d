package grid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// A batch is one WebSocket binary message: frames back to back. A frame is a
// kind byte, the length of its body as a varint, and the body. This file knows
// the bytes and nothing else: no clock, no I/O. PROTOCOL.md is its description.

// frameKind is the first byte of a frame, without the ignorable bit.
type frameKind uint8

const (
	kindCall    frameKind = 1  // a request that wants one answer
	kindReply   frameKind = 2  // the answer
	kindError   frameKind = 3  // the answer of a call that failed
	kindOpen    frameKind = 4  // begins a stream
	kindMessage frameKind = 5  // one message of a stream
	kindEnd     frameKind = 6  // half-close with status
	kindReset   frameKind = 7  // gives up a call or stream
	kindCredit  frameKind = 8  // room: for a stream, for chunks, for one large message
	kindChunk   frameKind = 9  // a piece of a large message
	kindPing    frameKind = 10 // asks for a sign of life
	kindPong    frameKind = 11 // gives it
	kindGoaway  frameKind = 12 // no new work, please
	kindRoutes  frameKind = 13 // what the sender serves
	kindShapes  frameKind = 14 // asks for the wire shape of a handler, or tells it
)

// ignorable marks a frame that a receiver which does not know its kind skips.
const ignorable = 0x80

const (
	// chunkSize is the most payload in one frame. Larger messages travel in chunks.
	chunkSize = 64 << 10
	// maxBatch bounds the payload of one WebSocket message that is accepted. A
	// writer closes a batch once it holds chunkSize, so the last frame may go past it.
	maxBatch = 256 << 10
)

// request flags.
const (
	flagLarge    = 1 << 0 // a size follows instead of the payload; it comes in chunks
	flagMetadata = 1 << 1 // metadata follows
)

// errFrame is wrapped by every complaint about the bytes of a frame.
var errFrame = errors.New("malformed frame")

// cutFrame splits the first frame off b.
func cutFrame(b []byte) (kind byte, body, rest []byte, err error) {
	if len(b) < 2 {
		return 0, nil, nil, fmt.Errorf("%w: %d bytes are no frame", errFrame, len(b))
	}
	size, n := binary.Uvarint(b[1:])
	if n <= 0 || size > uint64(len(b)-1-n) {
		return 0, nil, nil, fmt.Errorf("%w: length goes past the end of the batch", errFrame)
	}
	start := 1 + n
	end := start + int(size)
	return b[0], b[start:end:end], b[end:], nil
}

// fields reads the body of a frame from front to back. After the first fault
// everything reads as zero and bad is set, so callers check once, at the end.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) uvarint() uint64 {
	v, n := binary.Uvarint(f.b)
	if n <= 0 {
		f.b, f.bad = nil, true
		return 0
	}
	f.b = f.b[n:]
	return v
}

// small reads a number of one byte; a larger one must not be cut down to one
// that means something.
func (f *fields) small() uint8 {
	v := f.uvarint()
	if v > math.MaxUint8 {
		f.b, f.bad = nil, true
		return 0
	}
	return uint8(v)
}

// bytes returns a field with its length in front; it aliases the batch.
func (f *fields) bytes() []byte {
	n := f.uvarint()
	if n > uint64(len(f.b)) {
		f.b, f.bad = nil, true
		return nil
	}
	v := f.b[:n:n]
	f.b = f.b[n:]
	return v
}

func (f *fields) err(kind frameKind) error {
	if f.bad {
		return fmt.Errorf("%w: a frame of kind %d is cut short", errFrame, kind)
	}
	return nil
}

// appendFrame appends a frame whose body is head and then payload.
func appendFrame(b []byte, kind frameKind, head, payload []byte) []byte {
	b = append(b, byte(kind))
	b = binary.AppendUvarint(b, uint64(len(head)+len(payload)))
	b = append(b, head...)
	return append(b, payload...)
}

func appendBytes(b, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

func appendString(b []byte, v string) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

// requestFrame is the body of a call or an open.
type requestFrame struct {
	id      uint64
	route   uint64
	timeout time.Duration // 0: none. Travels as a duration, never as a time
	credit  uint64        // open only: messages that the opener has room for
	meta    []byte        // encoded metadata, nil for none
	large   bool          // payload follows in chunks, size bytes of it
	size    uint64
	payload []byte
}

// length is how many bytes the payload has, here or in chunks to come.
func (q *requestFrame) length() uint64 {
	if q.large {
		return q.size
	}
	return uint64(len(q.payload))
}

func (q *requestFrame) append(b []byte, kind frameKind) []byte {
	var scratch [64]byte
	h := binary.AppendUvarint(scratch[:0], q.id)
	h = binary.AppendUvarint(h, q.route)
	h = binary.AppendUvarint(h, timeoutMicros(q.timeout))
	if kind == kindOpen {
		h = binary.AppendUvarint(h, q.credit)
	}
	var flags uint64
	if q.large {
		flags |= flagLarge
	}
	if q.meta != nil {
		flags |= flagMetadata
	}
	h = binary.AppendUvarint(h, flags)
	if q.meta != nil {
		h = appendBytes(h, q.meta)
	}
	if q.large {
		h = binary.AppendUvarint(h, q.size)
	}
	return appendFrame(b, kind, h, q.payload)
}

func parseRequest(body []byte, kind frameKind) (q requestFrame, err error) {
	f := fields{b: body}
	q.id = f.uvarint()
	q.route = f.uvarint()
	q.timeout = microsTimeout(f.uvarint())
	if kind == kindOpen {
		q.credit = f.uvarint()
	}
	flags := f.uvarint()
	if flags&flagMetadata != 0 {
		q.meta = f.bytes()
	}
	if flags&flagLarge != 0 {
		q.large, q.size = true, f.uvarint()
	}
	q.payload = f.b
	if err := checkPayload(flags, flagLarge|flagMetadata, q.payload); err != nil {
		return q, err
	}
	return q, f.err(kind)
}

// timeoutMicros rounds up, so that a deadline that is left never travels as none.
func timeoutMicros(d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	return uint64((d + time.Microsecond - 1) / time.Microsecond)
}

// microsTimeout caps what a peer says at a hundred years.
func microsTimeout(v uint64) time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	return time.Duration(min(v, uint64(most/time.Microsecond))) * time.Microsecond
}

// payloadFrame is the body of a reply or a stream message.
type payloadFrame struct {
	id      uint64
	large   bool
	size    uint64
	payload []byte
}

// length is how many bytes the payload has, here or in chunks to come.
func (p *payloadFrame) length() uint64 {
	if p.large {
		return p.size
	}
	return uint64(len(p.payload))
}

func (p *payloadFrame) append(b []byte, kind frameKind) []byte {
	var scratch [32]byte
	h := binary.AppendUvarint(scratch[:0], p.id)
	if p.large {
		h = append(h, flagLarge)
		h = binary.AppendUvarint(h, p.size)
	} else {
		h = append(h, 0)
	}
	return appendFrame(b, kind, h, p.payload)
}

func parsePayload(body []byte, kind frameKind) (p payloadFrame, err error) {
	f := fields{b: body}
	p.id = f.uvarint()
	flags := f.uvarint()
	if flags&flagLarge != 0 {
		p.large, p.size = true, f.uvarint()
	}
	p.payload = f.b
	if err := checkPayload(flags, flagLarge, p.payload); err != nil {
		return p, err
	}
	return p, f.err(kind)
}

// checkPayload refuses flags that a later version may give a meaning, which this
// one would misread, and payloads that should have come in chunks.
func checkPayload(flags, known uint64, payload []byte) error {
	switch {
	case flags&^known != 0:
		return fmt.Errorf("%w: unknown flags %#x", errFrame, flags)
	case flags&flagLarge != 0 && len(payload) > 0:
		return fmt.Errorf("%w: a large message starts with its size alone", errFrame)
	case len(payload) > chunkSize:
		return fmt.Errorf("%w: %d bytes in one frame, more than %d travel in chunks", errFrame, len(payload), chunkSize)
	}
	return nil
}

// wireError is a failure as it travels, in an error frame and in an end frame.
type wireError struct {
	outcome Outcome // Rejected or Ran
	code    Code
	message string
	detail  []byte // the encoded TypedError, nil for none
}

const maxErrorText = 4 << 10 // longer messages are cut: they are for people

func (w *wireError) append(h []byte) []byte {
	message := cutText(w.message, maxErrorText)
	h = append(h, byte(w.outcome))
	h = appendString(h, string(w.code))
	h = appendString(h, message)
	return append(h, w.detail...)
}

func parseWireError(f *fields) *wireError {
	w := &wireError{outcome: Outcome(f.small())}
	w.code = Code(f.bytes())
	w.message = string(f.bytes())
	w.detail = f.b
	if w.outcome != Rejected && w.outcome != Ran {
		f.bad = true
	}
	return w
}

// cutText shortens s to at most n bytes of whole characters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// appendError appends an error frame for call id.
func appendError(b []byte, id uint64, w *wireError) []byte {
	return appendFrame(b, kindError, w.append(binary.AppendUvarint(nil, id)), nil)
}

func parseError(body []byte) (id uint64, w *wireError, err error) {
	f := fields{b: body}
	id = f.uvarint()
	w = parseWireError(&f)
	return id, w, f.err(kindError)
}

// appendEnd appends an end frame: status OK where w is nil.
func appendEnd(b []byte, id uint64, w *wireError) []byte {
	h := binary.AppendUvarint(nil, id)
	if w == nil {
		return appendFrame(b, kindEnd, append(h, 0), nil)
	}
	return appendFrame(b, kindEnd, w.append(append(h, 1)), nil)
}

func parseEnd(body []byte) (id uint64, w *wireError, err error) {
	f := fields{b: body}
	id = f.uvarint()
	if f.uvarint() != 0 {
		w = parseWireError(&f)
	}
	return id, w, f.err(kindEnd)
}

// target says what the id of a reset, credit or chunk belongs to.
type target uint8

const (
	targetSession target = 0 // credit only: room for chunks of the session
	targetCall    target = 1 // a call, made by the sender of the request
	targetReply   target = 2 // the reply of a call
	targetStream  target = 3 // a stream
	targetGrant   target = 4 // added to one of the three above in a credit: send the large message
)

// appendReset appends a reset.
func appendReset(b []byte, t target, id uint64, code Code) []byte {
	var scratch [64]byte
	h := append(scratch[:0], byte(t))
	h = binary.AppendUvarint(h, id)
	return appendFrame(b, kindReset, appendString(h, string(code)), nil)
}

func parseReset(body []byte) (t target, id uint64, code Code, err error) {
	f := fields{b: body}
	t, id, code = target(f.small()), f.uvarint(), Code(f.bytes())
	return t, id, code, f.err(kindReset)
}

// creditFrame gives room. For a stream: messages and bytes. For the session:
// bytes of chunks. With targetGrant: leave to send one large message.
type creditFrame struct {
	target   target
	id       uint64
	messages uint64
	bytes    uint64
}

func (c creditFrame) append(b []byte) []byte {
	var scratch [40]byte
	h := append(scratch[:0], byte(c.target))
	h = binary.AppendUvarint(h, c.id)
	h = binary.AppendUvarint(h, c.messages)
	h = binary.AppendUvarint(h, c.bytes)
	return appendFrame(b, kindCredit, h, nil)
}

func parseCredit(body []byte) (c creditFrame, err error) {
	f := fields{b: body}
	c = creditFrame{target: target(f.small()), id: f.uvarint(), messages: f.uvarint(), bytes: f.uvarint()}
	return c, f.err(kindCredit)
}

// appendChunk appends one piece of a large message.
func appendChunk(b []byte, t target, id uint64, piece []byte) []byte {
	var scratch [16]byte
	h := append(scratch[:0], byte(t))
	h = binary.AppendUvarint(h, id)
	return appendFrame(b, kindChunk, h, piece)
}

func parseChunk(body []byte) (t target, id uint64, piece []byte, err error) {
	f := fields{b: body}
	t, id = target(f.small()), f.uvarint()
	return t, id, f.b, f.err(kindChunk)
}

// appendNumber appends a ping or pong with its number.
func appendNumber(b []byte, kind frameKind, n uint64) []byte {
	var scratch [10]byte
	return appendFrame(b, kind, binary.AppendUvarint(scratch[:0], n), nil)
}

func parseNumber(body []byte, kind frameKind) (uint64, error) {
	f := fields{b: body}
	n := f.uvarint()
	return n, f.err(kind)
}
