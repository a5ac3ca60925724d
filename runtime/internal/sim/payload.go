package sim

import (
	"bytes"
	"encoding/binary"
)

// Whose bytes they are.
const (
	asRequest = 1 + iota
	asReply
	asPayload
	fromClient
	fromServer
)

// fill returns size bytes that nothing else in the world has: they follow from
// the id of a call or stream, from whose they are, and from a number. Four bytes
// or more begin with the number.
func fill(id uint64, whose, n, size int) []byte {
	b := make([]byte, size)
	key := mix(id<<20 ^ uint64(whose)<<16 ^ uint64(n)*0x9e3779b97f4a7c15)
	var word [8]byte
	at := 0
	if size >= 4 {
		binary.LittleEndian.PutUint32(b, uint32(n))
		at = 4
	}
	for ; at+8 <= size; at += 8 {
		key += 0x9e3779b97f4a7c15
		binary.LittleEndian.PutUint64(b[at:], key^key>>29)
	}
	binary.LittleEndian.PutUint64(word[:], mix(key))
	copy(b[at:], word[:])
	return b
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// isFill reports whether b is what fill returns.
func isFill(b []byte, id uint64, whose, n, size int) bool {
	return len(b) == size && bytes.Equal(b, fill(id, whose, n, size))
}

// messageSize is the size of a message of a stream: some are empty, most small.
func (s *StreamPlan) messageSize(whose, n int) int {
	r := mix(s.ID ^ uint64(whose)<<40 ^ uint64(n)<<8 ^ uint64(s.Most))
	if r%16 == 0 {
		return 0
	}
	return int(r>>8) & 0x3fffffff % s.Most >> (r >> 4 % 4)
}

func (s *StreamPlan) message(whose, n int) []byte {
	return fill(s.ID, whose, n, s.messageSize(whose, n))
}

// number tells which message b is.
func (s *StreamPlan) number(b []byte, whose int) int {
	if len(b) < 4 {
		return Unknown
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n > 1<<20 || !isFill(b, s.ID, whose, n, s.messageSize(whose, n)) {
		return Wrong
	}
	return n
}
