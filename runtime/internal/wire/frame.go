package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
)

// A batch is one WebSocket binary message: frames back to back. A frame is a
// kind byte, the length of its body as a varint, and the body. This file knows
// the bytes and nothing else: no clock, no I/O. PROTOCOL.md is its description.

// Kind is the first byte of a frame, without the ignorable bit.
type Kind uint8

const (
	KindCall    Kind = 1  // a request that wants one answer
	KindReply   Kind = 2  // the answer
	KindError   Kind = 3  // the answer of a call that failed
	KindOpen    Kind = 4  // begins a stream
	KindMessage Kind = 5  // one message of a stream
	KindEnd     Kind = 6  // half-close with status
	KindReset   Kind = 7  // gives up a call or stream
	KindCredit  Kind = 8  // room: for a stream, for chunks, for one large message
	KindChunk   Kind = 9  // a piece of a large message
	KindPing    Kind = 10 // asks for a sign of life
	KindPong    Kind = 11 // gives it
	KindGoaway  Kind = 12 // no new work, please
	KindRoutes  Kind = 13 // what the sender serves
	KindShapes  Kind = 14 // asks for the wire shape of a handler, or tells it
	KindTrailer Kind = 15 // metadata of the answer that comes behind it; sent as ignorable
)

// Ignorable marks a frame that a receiver which does not know its kind skips.
const Ignorable = 0x80

const (
	// MaxPayload is the most payload in one frame; larger messages travel in chunks,
	// after a grant. It is 64 KiB and room for what a message has beside its bulk: a
	// call with a blob of 64 KiB needs no grant (bench, cell echo/64KiB/1).
	MaxPayload = 72 << 10
	// ChunkSize is the piece of a large message that travels in one frame, and what a
	// batch has at least when it is closed. With its headers, and up to 1.6 KB of small frames
	// in front of it, it is written as one segment, for which Linux takes up to 65,483 bytes on
	// loopback and about 65,000 for an Ethernet link. With 64 KiB, a second segment of some 80 bytes followed
	// each: calls of 1 MiB, 16 in flight, took 1.4 times the CPU (bench, cell echo/1MiB/16).
	ChunkSize = 62 << 10
	// MinBulk is the least room for chunks that a peer gives at the start.
	MinBulk = 64 << 10
	// MaxBatch bounds the payload of one WebSocket message that is accepted. A
	// writer closes a batch once it holds ChunkSize, so the last frame may go past it.
	MaxBatch = 256 << 10
)

// A buffer of the pool's class of 64 KiB, which is that of a chunk, holds any payload.
var _ [bufs.FrameSlack - bufs.BufferSlack - (MaxPayload - 64<<10)]struct{}

// request flags.
const (
	flagLarge    = 1 << 0 // a size follows instead of the payload; it comes in chunks
	flagMetadata = 1 << 1 // metadata follows
)

// ErrFrame is wrapped by every complaint about the bytes of a frame.
var ErrFrame = errors.New("malformed frame")

// CutFrame splits the first frame off b.
func CutFrame(b []byte) (kind byte, body, rest []byte, err error) {
	if len(b) < 2 {
		return 0, nil, nil, fmt.Errorf("%w: %d bytes are no frame", ErrFrame, len(b))
	}
	size, n := binary.Uvarint(b[1:])
	if n <= 0 || size > uint64(len(b)-1-n) {
		return 0, nil, nil, fmt.Errorf("%w: length goes past the end of the batch", ErrFrame)
	}
	start := 1 + n
	end := start + int(size) // fits: less than the length of b
	return b[0], b[start:end:end], b[end:], nil
}

// Fields reads the body of a frame from front to back. After the first fault
// everything reads as zero and bad is set, so callers check once, at the end.
type Fields struct {
	B   []byte
	Bad bool
}

func (f *Fields) Uvarint() uint64 {
	v, n := binary.Uvarint(f.B)
	if n <= 0 {
		f.B, f.Bad = nil, true
		return 0
	}
	f.B = f.B[n:]
	return v
}

// small reads a number of one byte; a larger one must not be cut down to one
// that means something.
func (f *Fields) small() uint8 {
	v := f.Uvarint()
	if v > math.MaxUint8 {
		f.B, f.Bad = nil, true
		return 0
	}
	return uint8(v) // fits: compared
}

// Bytes returns a field with its length in front; it aliases the batch.
func (f *Fields) Bytes() []byte {
	n := f.Uvarint()
	if n > uint64(len(f.B)) {
		f.B, f.Bad = nil, true
		return nil
	}
	v := f.B[:n:n]
	f.B = f.B[n:]
	return v
}

func (f *Fields) Err(kind Kind) error {
	if f.Bad {
		return fmt.Errorf("%w: a frame of kind %d is cut short", ErrFrame, kind)
	}
	return nil
}

// AppendFrame appends a frame whose body is head and then payload.
func AppendFrame(b []byte, kind Kind, head, payload []byte) []byte {
	size := len(head) + len(payload)
	prefix := 1 + uvarintLen(uint64(size))
	b = slices.Grow(b, prefix+size)
	at := len(b)
	b = b[:at+prefix+size]
	b[at] = byte(kind)
	binary.PutUvarint(b[at+1:], uint64(size))
	copy(b[at+prefix:], head)
	copy(b[at+prefix+len(head):], payload) // A copy: into the batch, as in bufs.Encoded.AppendRange.
	return b
}

// uvarintLen is how many bytes the varint of v takes.
func uvarintLen(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func AppendBytes(b, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

func AppendString(b []byte, v string) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}
