package interop_test

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gridrpc/gridc/interop/stranger"
	grid "github.com/gridrpc/gridc/runtime"
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

// rawUpgraded returns a socket to a node whose upgrade is over, the handshake
// of the protocol not begun, and the node.
func rawUpgraded(t *testing.T, r role) (*rawSocket, *node) {
	t.Helper()
	if r == asDialer {
		n := startNode(t, grid.Options{Name: "beta", Peers: []grid.Peer{{Name: "alpha"}}})
		return rawDial(t, n.address), n
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	n := startNode(t, grid.Options{Name: "alpha", Peers: []grid.Peer{{Name: "beta", Address: ln.Addr().String()}}})
	return rawAccept(t, ln), n
}

// rawSession is rawUpgraded with the handshake done, without checksums.
func rawSession(t *testing.T, r role) (*rawSocket, *stranger.Session) {
	t.Helper()
	socket, _ := rawUpgraded(t, r)
	make, c := stranger.Dial, configFor("alpha", "beta", "-")
	if r == asAcceptor {
		make, c = stranger.Accept, configFor("beta", "alpha", "-")
	}
	s, err := make(socket, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return socket, s
}

// upgradeRequest is a sound one; the key and its answer are those of RFC 6455.
const (
	upgradeRequest = "GET " + path + " HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " + subprotocol + "\r\n\r\n"
	upgradeAnswer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func rawDial(t *testing.T, address string) *rawSocket {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(limited(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, conn)
	if _, err := io.WriteString(conn, upgradeRequest); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(conn)
	response, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := response.Header
	if response.StatusCode != http.StatusSwitchingProtocols || h.Get("Sec-WebSocket-Accept") != upgradeAnswer ||
		h.Get("Sec-WebSocket-Protocol") != subprotocol || h.Get("Sec-WebSocket-Extensions") != "" {
		t.Fatalf("upgrade: %s %v", response.Status, h)
	}
	return newRawSocket(asDialer, conn, br)
}

func rawAccept(t *testing.T, ln net.Listener) *rawSocket {
	t.Helper()
	stop := context.AfterFunc(limited(t), func() { _ = ln.Close() })
	defer stop()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, conn)
	br := bufio.NewReader(conn)
	request, err := http.ReadRequest(br)
	if err != nil {
		t.Fatal(err)
	}
	h := request.Header
	if request.URL.Path != path || h.Get("Sec-WebSocket-Version") != "13" || h.Get("Sec-WebSocket-Protocol") != subprotocol ||
		!strings.EqualFold(h.Get("Upgrade"), "websocket") || h.Get("Sec-WebSocket-Extensions") != "" || h.Get("Origin") != "" {
		t.Fatalf("upgrade: %s %v", request.URL, h)
	}
	if _, err := io.WriteString(conn, upgradeResponse(h.Get("Sec-WebSocket-Key"))); err != nil {
		t.Fatal(err)
	}
	return newRawSocket(asAcceptor, conn, br)
}

func closeAtEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(bound))
	t.Cleanup(func() { _ = conn.Close() })
}

func upgradeResponse(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\nSec-WebSocket-Protocol: " + subprotocol + "\r\n\r\n"
}
