package stranger

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync/atomic"
)

// Kinds of handshake messages.
const (
	kindHello = iota + 1
	kindProof
	kindWelcome
	kindReject
)

const scheme = "hmac-sha256"

var (
	incarnation = func() (b [16]byte) { _, _ = rand.Read(b[:]); return }()
	attempts    atomic.Uint64
)

// Rejection is what an end says that refuses the other in the handshake.
type Rejection struct {
	Code, Reason string
}

func (r *Rejection) Error() string { return r.Code + ": " + r.Reason }

// hello is what this end needs to know of the other's.
type hello struct {
	lowest, highest uint64
	name, target    string
	scheme          string
	checksums       string
	bulk, window    uint64
}

// greeting is one handshake under way.
type greeting struct {
	socket       Socket
	c            *Config
	mine, theirs []byte // the hellos as sent
	peer         hello
}

// Dial makes a session over a socket that this end dialed.
func Dial(socket Socket, c Config) (*Session, error) {
	g := greeting{socket: socket, c: &c}
	err := g.steps(
		func() error { return g.greet(attempts.Add(1)) },
		g.hear,
		func() error { return g.check("acceptor", g.mine, g.theirs) },
		func() error { return g.prove("dialer", g.mine, g.theirs) },
		func() error { _, err := g.expect(kindWelcome); return err },
	)
	if err != nil {
		return nil, err
	}
	return newSession(&g, 1), nil
}

// Accept makes a session over a socket that this end accepted.
func Accept(socket Socket, c Config) (*Session, error) {
	g := greeting{socket: socket, c: &c}
	err := g.steps(
		g.hear,
		func() error { return g.greet(0) },
		func() error { return g.prove("acceptor", g.theirs, g.mine) },
		func() error { return g.check("dialer", g.theirs, g.mine) },
		func() error { return socket.Write([]byte{kindWelcome}) },
	)
	if err != nil {
		return nil, err
	}
	return newSession(&g, 2), nil
}

// steps takes one after the other. The first that fails closes the socket, and
// says why where it is this end that refuses.
func (g *greeting) steps(steps ...func() error) error {
	for _, step := range steps {
		err := step()
		if err == nil {
			continue
		}
		if r, ours := err.(*refusal); ours {
			_ = g.socket.Write(body{kindReject}.string(r.Code).string(r.Reason))
			err = &r.Rejection
		}
		_ = g.socket.Close(codeHandshake, "handshake failed")
		return err
	}
	return nil
}

// refusal is a Rejection by this end.
type refusal struct{ Rejection }

func refuse(code, format string, args ...any) error {
	return &refusal{Rejection{code, fmt.Sprintf(format, args...)}}
}

func (g *greeting) greet(attempt uint64) error {
	var nonce [32]byte
	_, _ = rand.Read(nonce[:])
	b := body{kindHello}
	for _, field := range []struct {
		tag   uint64
		value []byte
	}{
		{1, body{}.uints(1, 1)},
		{2, []byte(g.c.Name)},
		{3, []byte(g.c.Target)},
		{4, incarnation[:]},
		{5, body{}.uint(attempt)},
		{6, nonce[:]},
		{7, []byte(scheme)},
		{8, []byte(g.c.Checksums)},
		{9, body{}.uint(maxMessage)},
		{10, make([]byte, 8)},
		{11, body{}.uint(bulkWindow)},
		{12, body{}.uint(window)},
		{99, []byte("from a later version")}, // unknown tags are skipped
	} {
		b = b.uint(field.tag).bytes(field.value)
	}
	g.mine = b
	return g.socket.Write(b)
}

// expect reads the message that is due.
func (g *greeting) expect(kind byte) ([]byte, error) {
	message, err := g.socket.Read()
	if err != nil {
		return nil, err
	}
	if len(message) > 0 && message[0] == kindReject {
		f := fields{rest: message[1:]}
		return nil, &Rejection{f.string(), f.string()}
	}
	if len(message) == 0 || message[0] != kind {
		return nil, refuse("invalid_argument", "this is not message %d", kind)
	}
	return message, nil
}

// hear reads the other end's hello and checks it.
func (g *greeting) hear() (err error) {
	if g.theirs, err = g.expect(kindHello); err != nil {
		return err
	}
	h, err := parseHello(g.theirs[1:])
	g.peer = h
	switch {
	case err != nil:
		return refuse("invalid_argument", "a hello that is cut short")
	case h.name != g.c.Target || h.target != g.c.Name:
		return refuse("unauthenticated", "%q looks for %q", h.name, h.target)
	case h.lowest > 1 || h.highest < 1:
		return refuse("incompatible", "versions %d to %d", h.lowest, h.highest)
	case h.scheme != scheme:
		return refuse("unauthenticated", "scheme %q", h.scheme)
	case h.bulk < maxPayload || h.window < 1:
		return refuse("invalid_argument", "no room")
	case !strings.ContainsAny(h.checksums, g.c.Checksums):
		return refuse("incompatible", "checksums %q", h.checksums)
	}
	return nil
}

func parseHello(p []byte) (h hello, err error) {
	f := fields{rest: p}
	for len(f.rest) > 0 {
		tag, value := f.uint(), fields{rest: f.bytes()}
		switch tag {
		case 1:
			h.lowest, h.highest = value.uint(), value.uint()
		case 2:
			h.name = string(value.rest)
		case 3:
			h.target = string(value.rest)
		case 7:
			h.scheme = string(value.rest)
		case 8:
			h.checksums = string(value.rest)
		case 11:
			h.bulk = value.uint()
		case 12:
			h.window = value.uint()
		}
		if value.err != nil {
			return h, value.err
		}
	}
	return h, f.err
}

func (g *greeting) proof(role string, dialer, acceptor []byte) []byte {
	mac := hmac.New(sha256.New, g.c.Key)
	mac.Write([]byte("gridc.v1 proof of the " + role + "\x00"))
	mac.Write(body{}.bytes(dialer).bytes(acceptor))
	return mac.Sum([]byte{kindProof})
}

func (g *greeting) prove(role string, dialer, acceptor []byte) error {
	return g.socket.Write(g.proof(role, dialer, acceptor))
}

func (g *greeting) check(role string, dialer, acceptor []byte) error {
	message, err := g.expect(kindProof)
	if err != nil {
		return err
	}
	if !hmac.Equal(message, g.proof(role, dialer, acceptor)) {
		return refuse("unauthenticated", "wrong proof")
	}
	return nil
}

// checksums says whether batches carry one.
func (g *greeting) checksums() bool {
	return strings.Contains(g.c.Checksums, "x") && strings.Contains(g.peer.checksums, "x")
}
