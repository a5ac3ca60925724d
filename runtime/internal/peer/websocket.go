package peer

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// Opcodes of RFC 6455.
const (
	OpContinuation = 0
	OpText         = 1
	OpBinary       = 2
	OpClose        = 8
	OpPing         = 9
	OpPong         = 10
)

// Socket is a WebSocket after its upgrade.
type Socket struct {
	Conn net.Conn
	br   *bufio.Reader
	mask bool // this end is the dialer
}

// NewSocket is a WebSocket whose upgrade the test has done itself, up to what br has
// read. The dialer masks what it sends.
func NewSocket(conn net.Conn, br *bufio.Reader, dialer bool) *Socket {
	return &Socket{Conn: conn, br: br, mask: dialer}
}

// Header is the head of a WebSocket frame, so that tests can write wrong ones.
type Header struct {
	First  byte // fin, reserved bits and opcode
	Masked bool
	Length int
}

// Bytes returns the header, with a mask of its own if it is masked.
func (h Header) Bytes() []byte {
	b := []byte{h.First}
	switch {
	case h.Length < 126:
		b = append(b, byte(h.Length))
	case h.Length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(h.Length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(h.Length))
	}
	if h.Masked {
		b[1] |= 0x80
		b = append(b, mask[:]...)
	}
	return b
}

// mask is always the same: tests want equal bytes in every run.
var mask = [4]byte{0x1d, 0x2c, 0x3b, 0x4a}

// Message returns a whole WebSocket message as this end sends it.
func (s *Socket) Message(op byte, payload []byte) []byte { return s.frame(0x80|op, payload) }

// Fragment returns a fragment that is not the last of its message: the first, of an opcode,
// or a further one, of OpContinuation. The last is a Message of OpContinuation.
func (s *Socket) Fragment(op byte, payload []byte) []byte { return s.frame(op, payload) }

// frame returns a frame as this end sends it.
func (s *Socket) frame(first byte, payload []byte) []byte {
	b := Header{First: first, Masked: s.mask, Length: len(payload)}.Bytes()
	start := len(b)
	b = append(b, payload...)
	if s.mask {
		for i := range payload {
			b[start+i] ^= mask[i%4]
		}
	}
	return b
}

// Write writes a WebSocket message.
func (s *Socket) Write(op byte, payload []byte) error {
	_, err := s.Conn.Write(s.Message(op, payload))
	return err
}

// Read reads a WebSocket message, and checks that it is one that section 3 of
// PROTOCOL.md allows the other end to send.
func (s *Socket) Read() (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(s.br, head[:]); err != nil {
		return 0, nil, err
	}
	if head[0]&0xf0 != 0x80 {
		return 0, nil, fmt.Errorf("first byte %#x: fragments and reserved bits are not used", head[0])
	}
	size, err := s.length(head[1] & 0x7f)
	if err != nil {
		return 0, nil, err
	}
	if masked := head[1]&0x80 != 0; masked == s.mask {
		return 0, nil, fmt.Errorf("masked: %v, which is wrong from this end", masked)
	}
	var key [4]byte
	if !s.mask {
		if _, err := io.ReadFull(s.br, key[:]); err != nil {
			return 0, nil, err
		}
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(s.br, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= key[i%4]
	}
	return head[0] & 0x0f, payload, nil
}

// maxMessage is the largest WebSocket message of a session.
const maxMessage = 262152

func (s *Socket) length(short byte) (int, error) {
	n := map[byte]int{126: 2, 127: 8}[short]
	if n == 0 {
		return int(short), nil
	}
	var b [8]byte
	if _, err := io.ReadFull(s.br, b[8-n:]); err != nil {
		return 0, err
	}
	size := binary.BigEndian.Uint64(b[:])
	if size > maxMessage {
		return 0, fmt.Errorf("a message of %d bytes, at most %d are allowed", size, maxMessage)
	}
	return int(size), nil
}

// Closed is the error for a close frame of the other end.
type Closed struct {
	Code   uint16
	Reason string
}

func (c *Closed) Error() string { return fmt.Sprintf("closed: %d %q", c.Code, c.Reason) }

func closed(payload []byte) *Closed {
	if len(payload) < 2 {
		return &Closed{}
	}
	return &Closed{Code: binary.BigEndian.Uint16(payload), Reason: string(payload[2:])}
}
