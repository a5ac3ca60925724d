package peer

import (
	"fmt"
	"net"
)

// NewGuestHello returns the hello of a guest with the usual values, for whichever node
// answers.
func NewGuestHello(label string) Hello {
	h := NewHello(label, "")
	h[TagScheme], h[TagChecksums] = []byte("token"), []byte("-")
	return h
}

// GreetGuest runs a guest's side of the handshake after its upgrade, and returns the name
// that the guest was given.
func (s *Socket) GreetGuest(h Hello, token string) (*Session, string, error) {
	if err := s.Write(OpBinary, h.Bytes()); err != nil {
		return nil, "", err
	}
	theirs, err := s.ReadHandshake(KindHello)
	if err != nil {
		return nil, "", err
	}
	proof, err := s.ReadHandshake(KindProof)
	if err != nil {
		return nil, "", err
	}
	if len(proof) != 1 {
		return nil, "", fmt.Errorf("a proof of %d bytes for a guest", len(proof)-1)
	}
	if err := s.Write(OpBinary, append([]byte{KindProof}, token...)); err != nil {
		return nil, "", err
	}
	welcome, err := s.ReadHandshake(KindWelcome)
	if err != nil {
		return nil, "", err
	}
	session, err := s.session(h, theirs)
	return session, string(welcome[1:]), err
}

// DialGuest upgrades conn and runs the whole handshake of a guest. Lines are more headers.
func DialGuest(conn net.Conn, h Hello, token string, lines ...string) (*Session, string, error) {
	s, err := UpgradeAt(conn, "/grid/guest", lines...)
	if err != nil {
		return nil, "", err
	}
	return s.GreetGuest(h, token)
}
