package stranger

import (
	"encoding/binary"
	"errors"
)

// Kinds of frames.
const (
	kindCall = iota + 1
	kindReply
	kindError
	kindOpen
	kindMessage
	kindEnd
	kindReset
	kindCredit
	kindChunk
	kindPing
	kindPong
	kindGoaway
	kindRoutes
	kindShapes

	ignorable = 0x80
)

// Targets of reset, credit and chunk. A grant's is grantOf plus the message's.
const (
	ofSession = 0
	ofCall    = 1
	ofReply   = 2
	ofStream  = 3
	grantOf   = 4
)

// Flags of call, open, reply and message, of routes and of an entry in them.
const (
	flagSize     = 1
	flagMetadata = 2
	flagMore     = 1
	flagStream   = 1
)

var errMalformed = errors.New("malformed")

// body builds the body of a frame or of a handshake message.
type body []byte

func (b body) uint(v uint64) body { return binary.AppendUvarint(b, v) }

func (b body) uints(vs ...uint64) body {
	for _, v := range vs {
		b = b.uint(v)
	}
	return b
}

func (b body) bytes(p []byte) body { return append(b.uint(uint64(len(p))), p...) }

func (b body) string(s string) body { return append(b.uint(uint64(len(s))), s...) }

// frame is kind, length and body.
func frame(kind byte, b body) []byte { return body{kind}.bytes(b) }

// fields takes a body apart. The first fault is kept, and everything after it
// is zero.
type fields struct {
	rest []byte
	err  error
}

func (f *fields) uint() uint64 {
	v, n := binary.Uvarint(f.rest)
	if n <= 0 {
		f.fail()
		return 0
	}
	f.rest = f.rest[n:]
	return v
}

func (f *fields) bytes() []byte {
	n := f.uint()
	if n > uint64(len(f.rest)) {
		f.fail()
		return nil
	}
	p := f.rest[:n:n]
	f.rest = f.rest[n:]
	return p
}

func (f *fields) string() string { return string(f.bytes()) }

func (f *fields) fail() { f.rest, f.err = nil, errMalformed }
