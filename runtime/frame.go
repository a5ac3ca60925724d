package grid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
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
	// maxPayload is the most payload in one frame; larger messages travel in chunks,
	// after a grant. It is 64 KiB and room for what a message has beside its bulk: a
	// call with a blob of 64 KiB needs no grant (bench, cell echo/64KiB/1).
	maxPayload = 72 << 10
	// chunkSize is the piece of a large message that travels in one frame, and what a
	// batch has at least when it is closed.
	chunkSize = 64 << 10
	// maxBatch bounds the payload of one WebSocket message that is accepted. A
	// writer closes a batch once it holds chunkSize, so the last frame may go past it.
	maxBatch = 256 << 10
)

// A buffer of the pool's class for chunkSize holds any payload.
var _ [frameSlack - bufferSlack - (maxPayload - chunkSize)]struct{}

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
	end := start + int(size) // fits: less than the length of b
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
	return uint8(v) // fits: compared
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
