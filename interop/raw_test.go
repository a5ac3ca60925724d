package interop_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// role is the end of the socket that sends raw frames.
type role bool

const (
	asDialer   role = true
	asAcceptor role = false
)

func (r role) String() string {
	if r == asDialer {
		return "a dialer sends"
	}
	return "an acceptor sends"
}

// rawFrame is a frame of RFC 6455 bit by bit. Its zero value with an opcode is
// a sound, final frame.
type rawFrame struct {
	opcode   byte
	notFinal bool
	reserved byte // the three bits, 1 to 7
	payload  []byte
	form     int    // of the length: 16 or 64 bits, 0 for the shortest
	declared uint64 // the length that is claimed, where it is not the payload's
	unmask   bool   // masked where it should not be, not masked where it should
	mask     [4]byte
}

// Opcodes.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa
)

// bytes is the frame as an end in a role sends it.
func (f rawFrame) bytes(r role) []byte {
	first := f.opcode | f.reserved<<4
	if !f.notFinal {
		first |= 0x80
	}
	length := uint64(len(f.payload))
	if f.declared != 0 {
		length = f.declared
	}
	masked := bool(r) != f.unmask
	var maskBit byte
	if masked {
		maskBit = 0x80
	}
	b := []byte{first}
	switch {
	case f.form == 64 || f.form == 0 && length > 0xffff:
		b = binary.BigEndian.AppendUint64(append(b, maskBit|127), length)
	case f.form == 16 || f.form == 0 && length > 125:
		b = binary.BigEndian.AppendUint16(append(b, maskBit|126), uint16(length))
	default:
		b = append(b, maskBit|byte(length))
	}
	if !masked {
		return append(b, f.payload...)
	}
	b = append(b, f.mask[:]...)
	for i, c := range f.payload {
		b = append(b, c^f.mask[i&3])
	}
	return b
}

// closed is the close frame that the other end sent.
type closed struct {
	code   int // 0 where the frame had none
	reason string
}

func (c *closed) Error() string { return fmt.Sprintf("closed with code %d: %s", c.code, c.reason) }

// rawSocket is a WebSocket without a library: a stranger speaks through it, and
// a test writes what it likes beside.
type rawSocket struct {
	role  role
	conn  net.Conn
	r     *bufio.Reader
	pongs chan []byte
	mu    sync.Mutex // around writes
}

func newRawSocket(r role, conn net.Conn, br *bufio.Reader) *rawSocket {
	return &rawSocket{role: r, conn: conn, r: br, pongs: make(chan []byte, 16)}
}

func (s *rawSocket) raw(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(bound))
	_, err := s.conn.Write(p)
	return err
}

func (s *rawSocket) Write(message []byte) error {
	return s.raw(rawFrame{opcode: opBinary, payload: message, mask: [4]byte{1, 2, 3, 4}}.bytes(s.role))
}

func (s *rawSocket) Close(int, string) error { return s.conn.Close() }

// Read returns the next binary message and keeps the pongs before it. It also
// sees to it that the other end itself sends sound frames only.
func (s *rawSocket) Read() ([]byte, error) {
	for {
		opcode, payload, err := s.frame()
		if err != nil {
			return nil, err
		}
		switch opcode {
		case opBinary:
			return payload, nil
		case opPong:
			s.pongs <- payload
		case opClose:
			c := &closed{}
			if len(payload) >= 2 {
				c.code, c.reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
			}
			return nil, c
		default:
			return nil, fmt.Errorf("the node sent opcode %d", opcode)
		}
	}
}

var errUnsound = errors.New("the node sent a frame that RFC 6455 forbids")

func (s *rawSocket) frame() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return 0, nil, err
	}
	masked := head[1]&0x80 != 0
	if head[0]&0xf0 != 0x80 || masked == bool(s.role) {
		return 0, nil, errUnsound
	}
	length, shortest := uint64(head[1]&0x7f), uint64(0)
	if extra := map[uint64]int{126: 2, 127: 8}[length]; extra > 0 {
		var wide [8]byte
		if _, err := io.ReadFull(s.r, wide[8-extra:]); err != nil {
			return 0, nil, err
		}
		shortest = map[uint64]uint64{126: 126, 127: 0x10000}[length]
		length = binary.BigEndian.Uint64(wide[:])
	}
	opcode = head[0] & 0xf
	if length < shortest || length > maxMessage || opcode >= opClose && length > 125 {
		return 0, nil, errUnsound
	}
	var mask [4]byte
	if masked {
		if _, err := io.ReadFull(s.r, mask[:]); err != nil {
			return 0, nil, err
		}
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(s.r, payload)
	for i := range payload {
		payload[i] ^= mask[i&3]
	}
	return opcode, payload, err
}
