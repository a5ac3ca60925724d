package peer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
)

// Kinds of handshake messages.
const (
	KindHello   = 1
	KindProof   = 2
	KindWelcome = 3
	KindReject  = 4
)

// Tags of a hello.
const (
	TagVersions = 1 + iota
	TagName
	TagTarget
	TagIncarnation
	TagAttempt
	TagNonce
	TagScheme
	TagChecksums
	TagMessage
	TagDigest
	TagBulk
	TagWindow
)

// Hello is the fields of a hello, encoded, by tag.
type Hello map[uint64][]byte

// NewHello returns a hello with the usual values.
func NewHello(name, target string) Hello {
	return Hello{
		TagVersions: {1, 1}, TagName: []byte(name), TagTarget: []byte(target),
		TagIncarnation: []byte("0123456789abcdef"), TagAttempt: {1}, TagNonce: make([]byte, 32),
		TagScheme: []byte("hmac-sha256"), TagChecksums: []byte("x-"), TagMessage: Uvarint(32 << 20),
		TagDigest: make([]byte, 8), TagBulk: Uvarint(512 << 10), TagWindow: Uvarint(64 << 10),
	}
}

// Bytes encodes the hello, its tags in order.
func (h Hello) Bytes() []byte {
	b := []byte{KindHello}
	for tag := uint64(0); tag < 128; tag++ {
		if v, ok := h[tag]; ok {
			b = append(append(b, byte(tag)), Join(string(v))...)
		}
	}
	return b
}

// Rejected is the error for a reject of the other end.
type Rejected struct{ Code, Reason string }

func (r *Rejected) Error() string { return fmt.Sprintf("rejected: %s: %s", r.Code, r.Reason) }

// ReadHandshake reads a handshake message and returns its body. A reject and a
// close frame are errors.
func (s *Socket) ReadHandshake(kind byte) ([]byte, error) {
	op, msg, err := s.Read()
	switch {
	case err != nil:
		return nil, err
	case op == OpClose:
		return nil, closed(msg)
	case op != OpBinary || len(msg) == 0:
		return nil, fmt.Errorf("no handshake message: opcode %d, % x", op, msg)
	case msg[0] == KindReject:
		f := Frame{Body: msg[1:]}
		return nil, &Rejected{f.String(), f.String()}
	case msg[0] != kind:
		return nil, fmt.Errorf("handshake message %d where %d was due", msg[0], kind)
	}
	return msg, nil
}

// Proof is the message that proves the possession of key. role is "dialer" or
// "acceptor"; the hellos are the messages as sent.
func Proof(key []byte, role string, dialer, acceptor []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("gridc.v1 proof of the " + role + "\x00"))
	mac.Write(Join(string(dialer), string(acceptor)))
	return mac.Sum([]byte{KindProof})
}

// GreetDialer runs the dialer's side of the handshake after its upgrade.
func (s *Socket) GreetDialer(h Hello, key []byte) (*Session, error) {
	mine := h.Bytes()
	if err := s.Write(OpBinary, mine); err != nil {
		return nil, err
	}
	theirs, err := s.ReadHandshake(KindHello)
	if err != nil {
		return nil, err
	}
	proof, err := s.ReadHandshake(KindProof)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(proof, Proof(key, "acceptor", mine, theirs)) {
		return nil, fmt.Errorf("the acceptor's proof is wrong")
	}
	if err := s.Write(OpBinary, Proof(key, "dialer", mine, theirs)); err != nil {
		return nil, err
	}
	if _, err := s.ReadHandshake(KindWelcome); err != nil {
		return nil, err
	}
	return s.session(h, theirs)
}

// GreetAcceptor runs the acceptor's side of the handshake after its upgrade.
func (s *Socket) GreetAcceptor(h Hello, key []byte) (*Session, error) {
	theirs, err := s.ReadHandshake(KindHello)
	if err != nil {
		return nil, err
	}
	mine := h.Bytes()
	if err := s.Write(OpBinary, mine); err != nil {
		return nil, err
	}
	if err := s.Write(OpBinary, Proof(key, "acceptor", theirs, mine)); err != nil {
		return nil, err
	}
	proof, err := s.ReadHandshake(KindProof)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(proof, Proof(key, "dialer", theirs, mine)) {
		return nil, fmt.Errorf("the dialer's proof is wrong")
	}
	if err := s.Write(OpBinary, []byte{KindWelcome}); err != nil {
		return nil, err
	}
	return s.session(h, theirs)
}

// Dial upgrades conn as dialer and runs the whole handshake.
func Dial(conn net.Conn, h Hello, key []byte) (*Session, error) {
	s, err := UpgradeDialer(conn)
	if err != nil {
		return nil, err
	}
	return s.GreetDialer(h, key)
}

// Accept upgrades conn as acceptor and runs the whole handshake.
func Accept(conn net.Conn, h Hello, key []byte) (*Session, error) {
	s, err := UpgradeAcceptor(conn)
	if err != nil {
		return nil, err
	}
	return s.GreetAcceptor(h, key)
}

// ParseHello decodes a hello message.
func ParseHello(msg []byte) (Hello, error) {
	h := make(Hello)
	f := Frame{Body: msg[1:]}
	for len(f.Body) > 0 && !f.Bad {
		tag := f.Uvarint()
		h[tag] = []byte(f.String())
	}
	if f.Bad {
		return nil, fmt.Errorf("a hello that is cut short: % x", msg)
	}
	return h, nil
}

// Uvarint encodes a number.
func Uvarint(n uint64) []byte { return binary.AppendUvarint(nil, n) }
