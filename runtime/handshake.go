package grid

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// The handshake is four messages, each a WebSocket binary message:
//
//	dialer   → hello
//	acceptor → hello, then proof
//	dialer   → proof
//	acceptor → welcome
//
// Either end may send reject, with a reason, in place of anything it owes. This
// file is the pure part: bytes in, bytes out. dial.go and accept.go drive it.

// protocolVersion is the only version of the wire that this build speaks.
const protocolVersion = 1

// helloKind is the first byte of a handshake message.
type helloKind byte

const (
	helloHello   helloKind = 1
	helloProof   helloKind = 2
	helloWelcome helloKind = 3
	helloReject  helloKind = 4
)

// Tags of the fields of a hello. Unknown tags are skipped.
const (
	tagVersions    = 1 // two varints: lowest and highest version
	tagName        = 2
	tagTarget      = 3  // the name that the sender expects the other end to have
	tagIncarnation = 4  // 16 random bytes, drawn when the process's Manager was made
	tagAttempt     = 5  // varint; dialer only: grows with each dial of an incarnation
	tagNonce       = 6  // 32 random bytes
	tagScheme      = 7  // of the Authenticator
	tagChecksums   = 8  // string; a checksum for each letter: x is xxh3, - is none
	tagMessage     = 9  // varint: the largest message that the sender accepts
	tagDigest      = 10 // 8 bytes: of the sender's schema table
	tagBulk        = 11 // varint: room for chunks at the start
	tagWindow      = 12 // varint: bytes that a stream may have unread at the start
)

// hello is what each end says of itself.
type hello struct {
	minVersion, maxVersion uint64
	name, target           string
	incarnation            [16]byte
	attempt                uint64
	nonce                  [32]byte
	scheme                 string
	checksums              string
	message                uint64
	digest                 [8]byte
	bulk, window           uint64
}

func (h *hello) encode() []byte {
	b := []byte{byte(helloHello)}
	field := func(tag uint64, v []byte) {
		b = binary.AppendUvarint(b, tag)
		b = appendBytes(b, v)
	}
	number := func(tag, v uint64) { field(tag, binary.AppendUvarint(nil, v)) }
	field(tagVersions, binary.AppendUvarint(binary.AppendUvarint(nil, h.minVersion), h.maxVersion))
	field(tagName, []byte(h.name))
	field(tagTarget, []byte(h.target))
	field(tagIncarnation, h.incarnation[:])
	number(tagAttempt, h.attempt)
	field(tagNonce, h.nonce[:])
	field(tagScheme, []byte(h.scheme))
	field(tagChecksums, []byte(h.checksums))
	number(tagMessage, h.message)
	field(tagDigest, h.digest[:])
	number(tagBulk, h.bulk)
	number(tagWindow, h.window)
	return b
}

func parseHello(msg []byte) (*hello, error) {
	h := &hello{}
	f := fields{b: msg[1:]}
	for len(f.b) > 0 && !f.bad {
		tag, v := f.uvarint(), f.bytes()
		if !f.bad {
			h.set(tag, v, &f.bad)
		}
	}
	switch {
	case f.bad:
		return nil, errors.New("the hello is cut short")
	case checkName(h.name) != nil:
		return nil, errors.New("the hello brings no usable name")
	case h.maxVersion < h.minVersion || h.maxVersion == 0:
		return nil, errors.New("the hello names no version")
	}
	return h, nil
}

func (h *hello) set(tag uint64, v []byte, bad *bool) {
	fixed := func(dst []byte) { *bad = *bad || copy(dst, v) != len(dst) || len(v) != len(dst) }
	number := func(dst *uint64) {
		f := fields{b: v}
		*dst = f.uvarint()
		*bad = *bad || f.bad
	}
	switch tag {
	case tagVersions:
		f := fields{b: v}
		h.minVersion, h.maxVersion = f.uvarint(), f.uvarint()
		*bad = *bad || f.bad
	case tagName:
		h.name = string(v)
	case tagTarget:
		h.target = string(v)
	case tagIncarnation:
		fixed(h.incarnation[:])
	case tagAttempt:
		number(&h.attempt)
	case tagNonce:
		fixed(h.nonce[:])
	case tagScheme:
		h.scheme = string(v)
	case tagChecksums:
		h.checksums = string(v)
	case tagMessage:
		number(&h.message)
	case tagDigest:
		fixed(h.digest[:])
	case tagBulk:
		number(&h.bulk)
	case tagWindow:
		number(&h.window)
	}
}

// rejection is why an end refuses the other. Its text travels.
type rejection struct {
	code   Code
	reason string
	remote bool // the peer refused us
}

func (r *rejection) Error() string {
	if r.remote {
		return fmt.Sprintf("refused by the peer: %s (%s)", r.reason, r.code)
	}
	return fmt.Sprintf("refused: %s (%s)", r.reason, r.code)
}

func reject(code Code, format string, args ...any) *rejection {
	return &rejection{code: code, reason: fmt.Sprintf(format, args...)}
}

func (r *rejection) encode() []byte {
	b := appendString([]byte{byte(helloReject)}, string(r.code))
	return appendString(b, r.reason)
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

func parseRejection(msg []byte) *rejection {
	f := fields{b: msg[1:]}
	r := &rejection{code: Code(oneLine(f.bytes())), remote: true}
	r.reason = oneLine(f.bytes())
	if f.bad || r.code == "" {
		return &rejection{code: Internal, reason: "without a readable reason", remote: true}
	}
	return r
}

// expect checks that msg is of the given kind, and turns a reject into an error.
func expect(msg []byte, kind helloKind) error {
	switch {
	case len(msg) == 0:
		return reject(InvalidArgument, "an empty handshake message")
	case helloKind(msg[0]) == helloReject:
		return parseRejection(msg)
	case helloKind(msg[0]) != kind:
		return reject(InvalidArgument, "handshake message %d where %d was due", msg[0], kind)
	}
	return nil
}

// transcript is what the proofs are about: both hellos, each with its length.
func transcript(dialer, acceptor []byte) []byte {
	return appendBytes(appendBytes(nil, dialer), acceptor)
}

// agreement is what two hellos come to.
type agreement struct {
	checksum bool
	message  int // the most that the peer accepts
	bulk     int64
	window   int64
}

// agree compares two hellos from the point of view of the first.
func agree(mine, theirs *hello) (agreement, error) {
	switch {
	case theirs.target != mine.name:
		return agreement{}, reject(Unauthenticated, "this is %s, not %s", quoted(mine.name), quoted(theirs.target))
	case theirs.name == mine.name:
		return agreement{}, reject(Unauthenticated, "the name %s is taken by this node itself", quoted(mine.name))
	case theirs.minVersion > mine.maxVersion || theirs.maxVersion < mine.minVersion:
		return agreement{}, reject(Incompatible, "this node speaks versions %d to %d of the wire, the other %d to %d",
			mine.minVersion, mine.maxVersion, theirs.minVersion, theirs.maxVersion)
	case theirs.scheme != mine.scheme:
		return agreement{}, reject(Unauthenticated, "authentication is by %s here, by %s there", quoted(mine.scheme), quoted(theirs.scheme))
	case theirs.bulk < chunkSize || theirs.window < 1:
		return agreement{}, reject(InvalidArgument, "the other end has no room for messages: %d bytes of chunks, %d of a stream", theirs.bulk, theirs.window)
	}
	both := func(c string) bool {
		return bytes.Contains([]byte(mine.checksums), []byte(c)) && bytes.Contains([]byte(theirs.checksums), []byte(c))
	}
	a := agreement{message: messageLimit(theirs.message), bulk: clampRoom(theirs.bulk), window: clampRoom(theirs.window)}
	a.checksum = both("x")
	if !a.checksum && !both("-") {
		return agreement{}, reject(Incompatible, "no checksum that both ends know")
	}
	return a, nil
}

// mostRoom is what a peer's numbers count as at most, so that sums of them are exact.
const mostRoom = 1 << 40

// messageLimit is the largest message to a peer that takes that much. On 32 bits no
// message is larger than an int says, so a limit beyond that is none.
func messageLimit(v uint64) int {
	return int(min(v, mostRoom, math.MaxInt)) // fits: at most the largest int
}

// clampRoom is how many bytes may be under way to a peer that has that much room.
func clampRoom(v uint64) int64 {
	return int64(min(v, mostRoom)) // fits: at most mostRoom
}

// newNonce fills in the random part of a hello.
func newNonce() (n [32]byte) {
	rand.Read(n[:]) // never fails: crypto/rand ends the process instead
	return n
}
