package faults

import (
	"bytes"
	"encoding/binary"
	"time"
)

// manner is how a handler takes an order.
type manner uint8

const (
	atOnce manner = iota // it answers
	sleeps               // it answers later, unless it is canceled
	waits                // it answers when the gate is opened, whoever has given up by then
)

// order is a request: which call it is, and what its handler is to do.
type order struct {
	id    uint64
	how   manner
	hold  time.Duration // for sleeps, in milliseconds
	reply int           // bytes of the answer; for streams, messages in each direction
	size  int           // bytes that follow the head
}

// orderHead is what an order takes without the bytes that follow.
const orderHead = 8 + 1 + 2 + 4 + 4

// encode returns the payload of an order.
func (o order) encode() []byte {
	b := make([]byte, 0, orderHead+o.size)
	b = binary.LittleEndian.AppendUint64(b, o.id)
	b = append(b, byte(o.how))
	b = binary.LittleEndian.AppendUint16(b, uint16(o.hold/time.Millisecond))
	b = binary.LittleEndian.AppendUint32(b, uint32(o.reply))
	b = binary.LittleEndian.AppendUint32(b, uint32(o.size))
	return appendFill(b, o.id, o.size)
}

// parseOrder reads a payload, and reports whether it is one that encode has made.
// One that is not has the id 0, which nobody uses.
func parseOrder(b []byte) (order, bool) {
	if len(b) < orderHead {
		return order{}, false
	}
	o := order{
		id: binary.LittleEndian.Uint64(b), how: manner(b[8]),
		hold:  time.Duration(binary.LittleEndian.Uint16(b[9:])) * time.Millisecond,
		reply: int(binary.LittleEndian.Uint32(b[11:])), size: int(binary.LittleEndian.Uint32(b[15:])),
	}
	if len(b) != orderHead+o.size || !isFill(b[orderHead:], o.id) {
		return order{}, false
	}
	return o, true
}

// answer is the reply to an order.
func (o order) answer() []byte { return appendFill(make([]byte, 0, o.reply), ^o.id, o.reply) }

// isAnswer reports whether b is the reply to this order and no other.
func (o order) isAnswer(b []byte) bool { return len(b) == o.reply && isFill(b, ^o.id) }

// message is the one with number n of a stream: from the client, or its echo.
func (o order) message(n int, echo bool) []byte {
	key := mix(o.id + uint64(n)<<1)
	size := 8 + int(key%500)
	if n%16 == 15 {
		size = 70_000 // one that travels in chunks
	}
	if echo {
		key = ^key
	}
	return appendFill(make([]byte, 0, size), key, size)
}

// isMessage reports whether b is that message and no other.
func (o order) isMessage(b []byte, n int, echo bool) bool {
	return bytes.Equal(b, o.message(n, echo))
}

// appendFill appends n bytes that follow from a key.
func appendFill(b []byte, key uint64, n int) []byte {
	key = mix(key)
	for ; n >= 8; n -= 8 {
		b = binary.LittleEndian.AppendUint64(b, key)
		key += 0x9e3779b97f4a7c15
	}
	for ; n > 0; n-- {
		b = append(b, byte(key>>(8*n)))
	}
	return b
}

func isFill(b []byte, key uint64) bool {
	var word [8]byte
	key = mix(key)
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(word[:], key)
		if !bytes.Equal(word[:], b[:8]) {
			return false
		}
		key += 0x9e3779b97f4a7c15
	}
	for n := len(b); n > 0; n-- {
		if b[len(b)-n] != byte(key>>(8*n)) {
			return false
		}
	}
	return true
}

// mix spreads the bits of a key, so that neighbours have nothing in common.
func mix(x uint64) uint64 {
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	return x ^ x>>32
}
