package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"
)

// Kinds of frames.
const (
	Call = 1 + iota
	Reply
	Error
	Open
	Message
	End
	Reset
	Credit
	Chunk
	Ping
	Pong
	Goaway
	Routes
	Shapes
	Trailer
)

// Ignorable is the bit of a kind that lets the receiver skip the frame.
const Ignorable = 0x80

// Session is an authenticated socket.
type Session struct {
	*Socket
	Theirs   Hello
	Checksum bool
	pending  []byte // frames of the last batch that were not returned yet
}

func (s *Socket) session(mine Hello, theirsRaw []byte) (*Session, error) {
	theirs, err := ParseHello(theirsRaw)
	if err != nil {
		return nil, err
	}
	both := strings.Contains(string(mine[TagChecksums]), "x") && strings.Contains(string(theirs[TagChecksums]), "x")
	return &Session{Socket: s, Theirs: theirs, Checksum: both}, nil
}

// Join encodes fields: an int or uint64 is a varint, a string has its length in
// front, bytes are as they are.
func Join(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch v := p.(type) {
		case int:
			b = binary.AppendUvarint(b, uint64(v))
		case uint64:
			b = binary.AppendUvarint(b, v)
		case string:
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		case []byte:
			b = append(b, v...)
		default:
			panic(fmt.Sprintf("peer: a field of type %T", p))
		}
	}
	return b
}

// NewFrame encodes a frame of the given fields, see Join.
func NewFrame(kind byte, parts ...any) []byte {
	body := Join(parts...)
	return append(Join([]byte{kind}, len(body)), body...)
}

// Route encodes an entry of a routes frame.
func Route(route, id int, subroute string, flags, in, out int) []byte {
	return Join(string(Join(route, id, subroute, flags, in, out)))
}

// Batch returns the payload of a batch of these frames.
func (s *Session) Batch(frames ...[]byte) []byte {
	var b []byte
	for _, f := range frames {
		b = append(b, f...)
	}
	if !s.Checksum {
		return b
	}
	return append(binary.LittleEndian.AppendUint64(nil, xxh3.Hash(b)), b...)
}

// Send writes one batch of these frames.
func (s *Session) Send(frames ...[]byte) error { return s.Write(OpBinary, s.Batch(frames...)) }

// Announce sends a routes frame of these entries.
func (s *Session) Announce(entries ...[]byte) error {
	var all []byte
	for _, e := range entries {
		all = append(all, e...)
	}
	return s.Send(NewFrame(Routes, 0, all))
}

// Next returns the next frame, or the next WebSocket pong as a frame of kind 0.
// A close frame is an error.
func (s *Session) Next() (*Frame, error) {
	for len(s.pending) == 0 {
		op, payload, err := s.Read()
		switch {
		case err != nil:
			return nil, err
		case op == OpClose:
			return nil, closed(payload)
		case op == OpPong:
			return &Frame{Body: payload}, nil
		case op != OpBinary:
			return nil, fmt.Errorf("a message with opcode %d", op)
		}
		if err := s.check(payload); err != nil {
			return nil, err
		}
	}
	return s.cut()
}

func (s *Session) check(batch []byte) error {
	if s.Checksum {
		if len(batch) < 8 || binary.LittleEndian.Uint64(batch) != xxh3.Hash(batch[8:]) {
			return errors.New("a batch with a wrong checksum")
		}
		batch = batch[8:]
	}
	s.pending = batch
	return nil
}

func (s *Session) cut() (*Frame, error) {
	f := &Frame{Kind: s.pending[0], Body: s.pending[1:]}
	n := f.Uvarint()
	if f.Bad || n > uint64(len(f.Body)) {
		return nil, errors.New("a frame that goes past its batch")
	}
	s.pending = f.Body[n:]
	f.Body = f.Body[:n:n]
	return f, nil
}

// Expect returns the next frame of that kind, passing over others.
func (s *Session) Expect(kind byte) (*Frame, error) {
	for {
		f, err := s.Next()
		if err != nil {
			return nil, fmt.Errorf("waiting for a frame of kind %d: %w", kind, err)
		}
		if f.Kind == kind {
			return f, nil
		}
	}
}

// Frame is a frame that was received; its methods take fields off its body.
type Frame struct {
	Kind byte
	Body []byte
	Bad  bool // a field was cut short
}

// Uvarint takes a number.
func (f *Frame) Uvarint() uint64 {
	v, n := binary.Uvarint(f.Body)
	if n <= 0 {
		f.Body, f.Bad = nil, true
		return 0
	}
	f.Body = f.Body[n:]
	return v
}

// String takes a string.
func (f *Frame) String() string {
	n := f.Uvarint()
	if n > uint64(len(f.Body)) {
		f.Body, f.Bad = nil, true
		return ""
	}
	v := string(f.Body[:n])
	f.Body = f.Body[n:]
	return v
}
