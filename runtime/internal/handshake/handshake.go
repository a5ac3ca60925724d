package handshake

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// The handshake is four messages, each a WebSocket binary message:
//
//	dialer   → hello
//	acceptor → hello, then proof
//	dialer   → proof
//	acceptor → welcome
//
// Either end may send reject, with a reason, in place of anything it owes. This
// file is the pure part: bytes in, bytes out. greet.go of package grid drives it.

// ProtocolVersion is the only version of the wire that this build speaks.
const ProtocolVersion = 1

// HelloKind is the first byte of a handshake message.
type HelloKind byte

const (
	HelloHello   HelloKind = 1
	HelloProof   HelloKind = 2
	HelloWelcome HelloKind = 3
	helloReject  HelloKind = 4
)

// Tags of the fields of a hello. Unknown tags are skipped.
const (
	TagVersions    = 1 // two varints: lowest and highest version
	TagName        = 2
	tagTarget      = 3  // the name that the sender expects the other end to have
	TagIncarnation = 4  // 16 random bytes, drawn when the process's Manager was made
	tagAttempt     = 5  // varint; dialer only: grows with each dial of an incarnation
	tagNonce       = 6  // 32 random bytes
	tagScheme      = 7  // of the Authenticator
	tagChecksums   = 8  // string; a checksum for each letter: x is xxh3, - is none
	tagMessage     = 9  // varint: the largest message that the sender accepts
	tagDigest      = 10 // 8 bytes: of the sender's schema table
	TagBulk        = 11 // varint: room for chunks at the start
	tagWindow      = 12 // varint: bytes that a stream may have unread at the start
)

// Hello is what each end says of itself.
type Hello struct {
	MinVersion, MaxVersion uint64
	Name, Target           string
	Incarnation            [16]byte
	Attempt                uint64
	Nonce                  [32]byte
	Scheme                 string
	Checksums              string
	Message                uint64
	digest                 [8]byte
	Bulk, Window           uint64
}

func (h *Hello) Encode() []byte {
	b := []byte{byte(HelloHello)}
	field := func(tag uint64, v []byte) {
		b = binary.AppendUvarint(b, tag)
		b = wire.AppendBytes(b, v)
	}
	number := func(tag, v uint64) { field(tag, binary.AppendUvarint(nil, v)) }
	field(TagVersions, binary.AppendUvarint(binary.AppendUvarint(nil, h.MinVersion), h.MaxVersion))
	field(TagName, []byte(h.Name))
	field(tagTarget, []byte(h.Target))
	field(TagIncarnation, h.Incarnation[:])
	number(tagAttempt, h.Attempt)
	field(tagNonce, h.Nonce[:])
	field(tagScheme, []byte(h.Scheme))
	field(tagChecksums, []byte(h.Checksums))
	number(tagMessage, h.Message)
	field(tagDigest, h.digest[:])
	number(TagBulk, h.Bulk)
	number(tagWindow, h.Window)
	return b
}

func ParseHello(msg []byte) (*Hello, error) {
	h := &Hello{}
	f := wire.Fields{B: msg[1:]}
	for len(f.B) > 0 && !f.Bad {
		tag, v := f.Uvarint(), f.Bytes()
		if !f.Bad {
			h.set(tag, v, &f.Bad)
		}
	}
	switch {
	case f.Bad:
		return nil, errors.New("the hello is cut short")
	case CheckName(h.Name) != nil:
		return nil, errors.New("the hello brings no usable name")
	case h.MaxVersion < h.MinVersion || h.MaxVersion == 0:
		return nil, errors.New("the hello names no version")
	}
	return h, nil
}

func (h *Hello) set(tag uint64, v []byte, bad *bool) {
	fixed := func(dst []byte) { *bad = *bad || copy(dst, v) != len(dst) || len(v) != len(dst) }
	number := func(dst *uint64) {
		f := wire.Fields{B: v}
		*dst = f.Uvarint()
		*bad = *bad || f.Bad
	}
	switch tag {
	case TagVersions:
		f := wire.Fields{B: v}
		h.MinVersion, h.MaxVersion = f.Uvarint(), f.Uvarint()
		*bad = *bad || f.Bad
	case TagName:
		h.Name = string(v)
	case tagTarget:
		h.Target = string(v)
	case TagIncarnation:
		fixed(h.Incarnation[:])
	case tagAttempt:
		number(&h.Attempt)
	case tagNonce:
		fixed(h.Nonce[:])
	case tagScheme:
		h.Scheme = string(v)
	case tagChecksums:
		h.Checksums = string(v)
	case tagMessage:
		number(&h.Message)
	case tagDigest:
		fixed(h.digest[:])
	case TagBulk:
		number(&h.Bulk)
	case tagWindow:
		number(&h.Window)
	}
}

// Rejection is why an end refuses the other. Its text travels.
type Rejection struct {
	Code   status.Code
	Reason string
	Remote bool // the peer refused us
}

func (r *Rejection) Error() string {
	if r.Remote {
		return fmt.Sprintf("refused by the peer: %s (%s)", r.Reason, r.Code)
	}
	return fmt.Sprintf("refused: %s (%s)", r.Reason, r.Code)
}

func Reject(code status.Code, format string, args ...any) *Rejection {
	return &Rejection{Code: code, Reason: fmt.Sprintf(format, args...)}
}

func (r *Rejection) Encode() []byte {
	b := wire.AppendString([]byte{byte(helloReject)}, string(r.Code))
	return wire.AppendString(b, r.Reason)
}

// oneLine makes a text from somebody who has proved nothing fit to be part of an
// error's: it can break no line and drive no terminal.
func oneLine(b []byte) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, string(b))
}

func ParseRejection(msg []byte) *Rejection {
	f := wire.Fields{B: msg[1:]}
	r := &Rejection{Code: status.Code(oneLine(f.Bytes())), Remote: true}
	r.Reason = oneLine(f.Bytes())
	if f.Bad || r.Code == "" {
		return &Rejection{Code: status.Internal, Reason: "without a readable reason", Remote: true}
	}
	return r
}

// Expect checks that msg is of the given kind, and turns a reject into an error.
func Expect(msg []byte, kind HelloKind) error {
	switch {
	case len(msg) == 0:
		return Reject(status.InvalidArgument, "an empty handshake message")
	case HelloKind(msg[0]) == helloReject:
		return ParseRejection(msg)
	case HelloKind(msg[0]) != kind:
		return Reject(status.InvalidArgument, "handshake message %d where %d was due", msg[0], kind)
	}
	return nil
}

// Transcript is what the proofs are about: both hellos, each with its length.
func Transcript(dialer, acceptor []byte) []byte {
	return wire.AppendBytes(wire.AppendBytes(nil, dialer), acceptor)
}

// Agreement is what two hellos come to.
type Agreement struct {
	Checksum bool
	Message  int // the most that the peer accepts
	Bulk     int64
	Window   int64
}

// Agree compares two hellos from the point of view of the first.
func Agree(mine, theirs *Hello) (Agreement, error) {
	switch {
	case theirs.Target != mine.Name:
		return Agreement{}, Reject(status.Unauthenticated, "this is %s, not %s: is the address that is dialed that of %[2]s, and Options.Name here right?", status.Quoted(mine.Name), status.Quoted(theirs.Target))
	case theirs.Name == mine.Name:
		return Agreement{}, Reject(status.Unauthenticated, "the name %s is taken by this node itself: each node has its own", status.Quoted(mine.Name))
	case theirs.MinVersion > mine.MaxVersion || theirs.MaxVersion < mine.MinVersion:
		return Agreement{}, Reject(status.Incompatible, "this node speaks versions %d to %d of the wire, the other %d to %d",
			mine.MinVersion, mine.MaxVersion, theirs.MinVersion, theirs.MaxVersion)
	case theirs.Scheme != mine.Scheme:
		return Agreement{}, Reject(status.Unauthenticated, "authentication is by %s here, by %s there: Options.Auth has to be of one kind at both ends", status.Quoted(mine.Scheme), status.Quoted(theirs.Scheme))
	case theirs.Bulk < wire.MinBulk || theirs.Window < 1:
		return Agreement{}, Reject(status.InvalidArgument, "the other end has no room for messages: %d bytes of chunks, %d of a stream", theirs.Bulk, theirs.Window)
	}
	both := func(c string) bool {
		return bytes.Contains([]byte(mine.Checksums), []byte(c)) && bytes.Contains([]byte(theirs.Checksums), []byte(c))
	}
	a := Agreement{Message: messageLimit(theirs.Message), Bulk: ClampWindow(theirs.Bulk), Window: ClampWindow(theirs.Window)}
	a.Checksum = both("x")
	if !a.Checksum && !both("-") {
		return Agreement{}, Reject(status.Incompatible, "no checksum that both ends know")
	}
	return a, nil
}

// MaxWindow is the most bytes that a limit or a window of a peer is taken for. It keeps
// sums of windows exact.
const MaxWindow = 1 << 40

// messageLimit is the largest message, in bytes, that may be sent to a peer that takes v.
// With an int of 32 bits no message is larger than an int, so it is at most that.
func messageLimit(v uint64) int {
	return int(min(v, MaxWindow, math.MaxInt)) // fits: at most the largest int
}

// ClampWindow is v, a window in bytes that a peer has told, but at most MaxWindow.
func ClampWindow(v uint64) int64 {
	return int64(min(v, MaxWindow)) // fits: at most MaxWindow
}

// NewNonce fills in the random part of a hello.
func NewNonce() (n [32]byte) {
	rand.Read(n[:]) // never fails: crypto/rand ends the process instead
	return n
}
