package wire

import (
	"encoding/binary"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/status"
)

// Target says what the id of a reset, credit or chunk belongs to.
type Target uint8

const (
	TargetSession Target = 0 // credit only: room for chunks of the session
	TargetCall    Target = 1 // a call, made by the sender of the request
	TargetReply   Target = 2 // the reply of a call
	TargetStream  Target = 3 // a stream
	TargetGrant   Target = 4 // added to one of the three above in a credit: send the large message
)

// AppendReset appends a reset.
func AppendReset(b []byte, t Target, id uint64, code status.Code) []byte {
	var scratch [64]byte
	h := append(scratch[:0], byte(t))
	h = binary.AppendUvarint(h, id)
	return AppendFrame(b, KindReset, AppendString(h, string(code)), nil)
}

func ParseReset(body []byte) (t Target, id uint64, code status.Code, err error) {
	f := Fields{B: body}
	t, id, code = Target(f.small()), f.Uvarint(), status.Code(f.Bytes())
	return t, id, code, f.Err(KindReset)
}

// AppendTrailer appends the metadata of an answer. Older peers skip it.
func AppendTrailer(b []byte, t Target, id uint64, meta []byte) []byte {
	var scratch [16]byte
	h := append(scratch[:0], byte(t))
	return AppendFrame(b, KindTrailer|Ignorable, binary.AppendUvarint(h, id), meta)
}

func ParseTrailer(body []byte) (t Target, id uint64, meta []byte, err error) {
	f := Fields{B: body}
	t, id = Target(f.small()), f.Uvarint()
	return t, id, f.B, f.Err(KindTrailer)
}

// CreditFrame gives room. For a stream: messages and bytes. For the session:
// bytes of chunks. With TargetGrant: leave to send one large message.
type CreditFrame struct {
	Target   Target
	ID       uint64
	Messages uint64
	Bytes    uint64
}

func (c CreditFrame) Append(b []byte) []byte {
	var scratch [40]byte
	h := append(scratch[:0], byte(c.Target))
	h = binary.AppendUvarint(h, c.ID)
	h = binary.AppendUvarint(h, c.Messages)
	h = binary.AppendUvarint(h, c.Bytes)
	return AppendFrame(b, KindCredit, h, nil)
}

func ParseCredit(body []byte) (c CreditFrame, err error) {
	f := Fields{B: body}
	c = CreditFrame{Target: Target(f.small()), ID: f.Uvarint(), Messages: f.Uvarint(), Bytes: f.Uvarint()}
	return c, f.Err(KindCredit)
}

// AppendChunk appends the piece of a large message from one place in it to another.
func AppendChunk(b []byte, t Target, id uint64, msg bufs.Encoded, from, to int) []byte {
	var scratch [16]byte
	h := append(scratch[:0], byte(t))
	h = binary.AppendUvarint(h, id)
	b = append(b, byte(KindChunk))
	b = binary.AppendUvarint(b, uint64(len(h)+to-from))
	return msg.AppendRange(append(b, h...), from, to)
}

func ParseChunk(body []byte) (t Target, id uint64, piece []byte, err error) {
	f := Fields{B: body}
	t, id = Target(f.small()), f.Uvarint()
	return t, id, f.B, f.Err(KindChunk)
}

// AppendNumber appends a ping or pong with its number.
func AppendNumber(b []byte, kind Kind, n uint64) []byte {
	var scratch [10]byte
	return AppendFrame(b, kind, binary.AppendUvarint(scratch[:0], n), nil)
}

func ParseNumber(body []byte, kind Kind) (uint64, error) {
	f := Fields{B: body}
	n := f.Uvarint()
	return n, f.Err(kind)
}
