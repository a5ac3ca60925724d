package grid

import (
	"encoding/binary"
)

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

// appendChunk appends the piece of a large message from one place in it to another.
func appendChunk(b []byte, t target, id uint64, msg encoded, from, to int) []byte {
	var scratch [16]byte
	h := append(scratch[:0], byte(t))
	h = binary.AppendUvarint(h, id)
	b = append(b, byte(kindChunk))
	b = binary.AppendUvarint(b, uint64(len(h)+to-from))
	return msg.appendRange(append(b, h...), from, to)
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
