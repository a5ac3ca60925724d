package wire

import (
	"encoding/binary"
	"fmt"
	"time"
)

// RequestFrame is the body of a call or an open.
type RequestFrame struct {
	ID      uint64
	Route   uint64
	Timeout time.Duration // 0: none. Travels as a duration, never as a time
	Credit  uint64        // open only: messages that the opener has room for
	Meta    []byte        // encoded metadata, nil for none
	Large   bool          // payload follows in chunks, size bytes of it
	Size    uint64
	Payload []byte
}

// Length is how many bytes the payload has, here or in chunks to come.
func (q *RequestFrame) Length() uint64 {
	if q.Large {
		return q.Size
	}
	return uint64(len(q.Payload))
}

// Append appends the frame. Like all that a batch is built with it takes little of the stack:
// a goroutine that was started to write begins with 2 KiB.
func (q *RequestFrame) Append(b []byte, kind Kind) []byte {
	var head [5 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], q.ID)
	n += binary.PutUvarint(head[n:], q.Route)
	n += binary.PutUvarint(head[n:], TimeoutMicros(q.Timeout))
	if kind == KindOpen {
		n += binary.PutUvarint(head[n:], q.Credit)
	}
	if q.Large || q.Meta != nil {
		return q.appendFlagged(b, kind, head[:n])
	}
	return AppendFrame(b, kind, append(head[:n], 0), q.Payload)
}

// appendFlagged appends a frame whose flags are not 0. head is what stands before them.
func (q *RequestFrame) appendFlagged(b []byte, kind Kind, head []byte) []byte {
	var scratch [128]byte
	var flags uint64
	if q.Meta != nil {
		flags |= flagMetadata
	}
	if q.Large {
		flags |= flagLarge
	}
	h := binary.AppendUvarint(append(scratch[:0], head...), flags)
	if q.Meta != nil {
		h = AppendBytes(h, q.Meta)
	}
	if q.Large {
		h = binary.AppendUvarint(h, q.Size)
	}
	return AppendFrame(b, kind, h, q.Payload)
}

func ParseRequest(body []byte, kind Kind) (q RequestFrame, err error) {
	f := Fields{B: body}
	q.ID = f.Uvarint()
	q.Route = f.Uvarint()
	q.Timeout = MicrosTimeout(f.Uvarint())
	if kind == KindOpen {
		q.Credit = f.Uvarint()
	}
	flags := f.Uvarint()
	if flags&flagMetadata != 0 {
		q.Meta = f.Bytes()
	}
	if flags&flagLarge != 0 {
		q.Large, q.Size = true, f.Uvarint()
	}
	q.Payload = f.B
	if err := checkPayload(flags, flagLarge|flagMetadata, q.Payload); err != nil {
		return q, err
	}
	return q, f.Err(kind)
}

// TimeoutMicros rounds up, so that a deadline that is left never travels as none.
func TimeoutMicros(d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	return uint64((d + time.Microsecond - 1) / time.Microsecond)
}

// MaxTimeout is a hundred years: longer than that means for ever.
const MaxTimeout = 100 * 365 * 24 * time.Hour

// MicrosTimeout caps what a peer says.
func MicrosTimeout(v uint64) time.Duration {
	const most = uint64(MaxTimeout / time.Microsecond)
	return time.Duration(min(v, most)) * time.Microsecond // fits: at most a hundred years
}

// PayloadFrame is the body of a reply or a stream message.
type PayloadFrame struct {
	ID      uint64
	Large   bool
	Size    uint64
	Payload []byte
}

// Length is how many bytes the payload has, here or in chunks to come.
func (p *PayloadFrame) Length() uint64 {
	if p.Large {
		return p.Size
	}
	return uint64(len(p.Payload))
}

// Append appends the frame.
func (p *PayloadFrame) Append(b []byte, kind Kind) []byte {
	var head [2*binary.MaxVarintLen64 + 1]byte
	n := binary.PutUvarint(head[:], p.ID)
	if p.Large {
		head[n] = flagLarge
		n += 1 + binary.PutUvarint(head[n+1:], p.Size)
	} else {
		n++ // no flags
	}
	return AppendFrame(b, kind, head[:n], p.Payload)
}

func ParsePayload(body []byte, kind Kind) (p PayloadFrame, err error) {
	f := Fields{B: body}
	p.ID = f.Uvarint()
	flags := f.Uvarint()
	if flags&flagLarge != 0 {
		p.Large, p.Size = true, f.Uvarint()
	}
	p.Payload = f.B
	if err := checkPayload(flags, flagLarge, p.Payload); err != nil {
		return p, err
	}
	return p, f.Err(kind)
}

// checkPayload refuses flags that a later version may give a meaning, which this
// one would misread, and payloads that should have come in chunks.
func checkPayload(flags, known uint64, payload []byte) error {
	switch {
	case flags&^known != 0:
		return fmt.Errorf("%w: unknown flags %#x", ErrFrame, flags)
	case flags&flagLarge != 0 && len(payload) > 0:
		return fmt.Errorf("%w: a large message starts with its size alone", ErrFrame)
	case len(payload) > MaxPayload:
		return fmt.Errorf("%w: %d bytes in one frame, more than %d travel in chunks", ErrFrame, len(payload), MaxPayload)
	}
	return nil
}
