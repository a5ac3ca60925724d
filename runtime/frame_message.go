package grid

import (
	"encoding/binary"
	"fmt"
	"time"
)

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

// maxTimeout is a hundred years: longer than that means for ever.
const maxTimeout = 100 * 365 * 24 * time.Hour

// microsTimeout caps what a peer says.
func microsTimeout(v uint64) time.Duration {
	const most = uint64(maxTimeout / time.Microsecond)
	return time.Duration(min(v, most)) * time.Microsecond // fits: at most a hundred years
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
	case len(payload) > maxPayload:
		return fmt.Errorf("%w: %d bytes in one frame, more than %d travel in chunks", errFrame, len(payload), maxPayload)
	}
	return nil
}
