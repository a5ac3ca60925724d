package protocol_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// refusal is a hello that is not taken.
type refusal struct {
	name   string
	change func(h peer.Hello)
	key    string // empty for the right one
	code   string
	reason string
}

// refusals are hellos that no node takes, whichever end it is, with the code and
// the reason that it gives.
var refusals = []refusal{
	// PROTOCOL.md: "A proof that is wrong is rejected with `unauthenticated`."
	{"key", func(peer.Hello) {}, "another key of enough bytes", "unauthenticated", "wrong key: Options.Auth needs the same one at both ends"},
	// PROTOCOL.md: "A target that is not the receiver's own name is rejected with `unauthenticated`."
	{"target", func(h peer.Hello) { h[peer.TagTarget] = []byte("elsewhere") }, "", "unauthenticated", "this is \"target\", not \"elsewhere\""},
	// PROTOCOL.md: "Version ranges that do not overlap are rejected with `incompatible`."
	{"version", func(h peer.Hello) { h[peer.TagVersions] = []byte{2, 9} }, "", "incompatible", "speaks versions 1 to 1 of the wire, the other 2 to 9"},
	// PROTOCOL.md: "A scheme other than the receiver's own is rejected with `unauthenticated`."
	{"scheme", func(h peer.Hello) { h[peer.TagScheme] = []byte("token") }, "", "unauthenticated", "authentication is by \"hmac-sha256\" here, by \"token\" there"},
	// PROTOCOL.md: "A bulk below 65,536 or a window of 0 is rejected with `invalid_argument`."
	{"bulk", func(h peer.Hello) { h[peer.TagBulk] = peer.Uvarint(65535) }, "", "invalid_argument", "no room for messages"},
	{"window", func(h peer.Hello) { delete(h, peer.TagWindow) }, "", "invalid_argument", "no room for messages"},
	// PROTOCOL.md: "Checksums without a common letter are rejected with `incompatible`."
	{"checksum", func(h peer.Hello) { h[peer.TagChecksums] = []byte("z") }, "", "incompatible", "no checksum that both ends know"},
	// PROTOCOL.md: "A hello that is cut short, has no usable name or names no version is rejected with `invalid_argument`."
	{"no name", func(h peer.Hello) { delete(h, peer.TagName) }, "", "invalid_argument", "no usable name"},
	{"long name", func(h peer.Hello) { h[peer.TagName] = []byte(strings.Repeat("n", 256)) }, "", "invalid_argument", "no usable name"},
	{"no version", func(h peer.Hello) { delete(h, peer.TagVersions) }, "", "invalid_argument", "names no version"},
	{"short nonce", func(h peer.Hello) { h[peer.TagNonce] = make([]byte, 31) }, "", "invalid_argument", "cut short"},
	{"short incarnation", func(h peer.Hello) { h[peer.TagIncarnation] = nil }, "", "invalid_argument", "cut short"},
}

func keyOf(s string) []byte {
	if s == "" {
		return trial.TestKey
	}
	return []byte(s)
}

// TestRefusedAsAcceptor plays a dialer that cannot be let in.
func TestRefusedAsAcceptor(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { trial.UnderAttackBy(t, nil, r.prove) })
	}
}

// prove dials with a hello that is refused with its reason, and logged once.
func (r *refusal) prove(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn) {
	t.Helper()
	words := []string{"grid: connection refused", "code=" + r.code + " "}
	before := len(x.Log.Lines(words...))
	h := peer.NewHello("probe", "target")
	r.change(h)
	sock, err := peer.UpgradeDialer(dial())
	if err != nil {
		t.Fatal(err)
	}
	trial.WantRejected(t, trial.DialUnchecked(sock, h, keyOf(r.key)), r.code, r.reason)
	wantClosed(t, sock, 1008)
	if n := x.Log.AwaitMore(t, before, words...); n != before+1 {
		t.Errorf("%d log lines for one refusal", n-before)
	}
}

func wantClosed(t *testing.T, s *peer.Socket, code uint16) {
	t.Helper()
	var c *peer.Closed
	if _, err := s.ReadHandshake(peer.KindWelcome); !errors.As(err, &c) || c.Code != code {
		t.Fatalf("got %v, want a close frame with code %d", err, code)
	}
}

// TestRefusedAsDialer plays an acceptor that the node must not talk to.
func TestRefusedAsDialer(t *testing.T) {
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			h := peer.NewHello("other", "target")
			r.change(h)
			code, reason := r.code, r.reason
			if name := string(h[peer.TagName]); name != "other" && len(name) <= 255 && name != "" {
				t.Fatal("the name is tested below")
			}
			refusedByDialer(t, h, keyOf(r.key), code, reason)
		})
	}
	// PROTOCOL.md: "The dialer rejects a name that is not its target with `unauthenticated`."
	t.Run("name", func(t *testing.T) {
		refusedByDialer(t, peer.NewHello("third", "target"), trial.TestKey, "unauthenticated", "the node at this address is \"third\", not \"other\"")
	})
}

// refusedByDialer accepts a node's dial with a hello, and proves that the node
// sends its reject, shows it as its state and logs it once.
func refusedByDialer(t *testing.T, h peer.Hello, key []byte, code, reason string) {
	t.Helper()
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		d := &dialerNode{Manager: a.Manager, log: a.Log, ln: a.TrapAt(t, "other")}
		a.Lure(t, "other", "other")
		sock := d.accept(t)
		_, err := sock.GreetAcceptor(h, key)
		trial.WantRejected(t, err, code, reason)
		wantClosed(t, sock, 1008)
		d.wantRefused(t, code, reason, "by_peer=false")
	})
}

// dialerNode is a node that dials the peer "other", which the test plays.
type dialerNode struct {
	*grid.Manager
	log *trial.LogBook
	ln  net.Listener
}

func startDialer(t *testing.T) *dialerNode {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	d := &dialerNode{log: &trial.LogBook{}, ln: ln}
	m, err := grid.NewManager(grid.Options{
		Name: "target", Auth: grid.SharedKey(trial.TestKey), CallOnly: true,
		Logger: slog.New(slog.NewTextHandler(d.log, nil)),
		Peers:  []grid.Peer{{Name: "other", Address: ln.Addr().String()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Manager = m
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), trial.ProbePatience)
		defer cancel()
		m.Shutdown(ctx)
	})
	return d
}

// accept takes the next dial up to the end of the upgrade.
func (d *dialerNode) accept(t *testing.T) *peer.Socket {
	t.Helper()
	conn, err := d.ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(trial.ProbePatience))
	s, err := peer.UpgradeAcceptor(conn)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *dialerNode) wantRefused(t *testing.T, code, reason, by string) {
	t.Helper()
	d.log.Await(t, "grid: connection refused")
	state := d.Connection("other").State()
	if state.Phase != grid.Refused || state.Reason == nil || !strings.Contains(state.Reason.Error(), reason) || !strings.Contains(state.Reason.Error(), code) {
		t.Errorf("state %v, reason %v", state.Phase, state.Reason)
	}
	if n := len(d.log.Lines("grid: connection refused", code, by)); n != 1 {
		t.Errorf("%d log lines for one refusal", n)
	}
	_, err := d.Connection("other").Request(context.Background(), 1, nil)
	if !errors.Is(err, grid.ErrDisconnected) || grid.OutcomeOf(err) != grid.NotSent || !strings.Contains(err.Error(), reason) {
		t.Errorf("a call fails with %v", err)
	}
}

// PROTOCOL.md: "Either end may send reject in place of anything that it owes, and then closes the WebSocket with code 1008."
func TestRejectIsShownAsState(t *testing.T) {
	d := startDialer(t)
	sock := d.accept(t)
	if _, err := sock.ReadHandshake(peer.KindHello); err != nil {
		t.Fatal(err)
	}
	if err := sock.Write(peer.OpBinary, peer.Join([]byte{peer.KindReject}, "permission_denied", "no guests\ntoday")); err != nil {
		t.Fatal(err)
	}
	d.wantRefused(t, "permission_denied", "no guests", "by_peer=true")
}

// PROTOCOL.md: "After the dialer's proof the acceptor rejects a name that is not among its peers, and that it is not configured to accept, with `permission_denied`."
func TestUnknownPeerRefused(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		_, err := peer.Dial(a.Conn(t, "stranger"), peer.NewHello("stranger", "target"), trial.TestKey)
		trial.WantRejected(t, err, "permission_denied", "\"stranger\" is not among the peers of \"target\"")
		a.Log.Await(t, "connection refused", "stranger")
	})
}

// PROTOCOL.md: "A name that is the receiver's own name is rejected with `unauthenticated`."
func TestOwnNameRefused(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		_, err := peer.Dial(a.Conn(t, "probe"), peer.NewHello("target", "target"), trial.TestKey)
		trial.WantRejected(t, err, "unauthenticated", "taken by this node itself")
	})
}

// PROTOCOL.md: "A handshake message of another kind than the one that is due is rejected with `invalid_argument`."
func TestHandshakeOutOfOrder(t *testing.T) {
	for name, msg := range map[string][]byte{"proof": {peer.KindProof}, "welcome": {peer.KindWelcome}, "unknown": {77, 1, 2}, "empty": {}} {
		t.Run(name, func(t *testing.T) {
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				sock := a.Upgraded(t)
				if err := sock.Write(peer.OpBinary, msg); err != nil {
					t.Fatal(err)
				}
				_, err := sock.ReadHandshake(peer.KindHello)
				trial.WantRejected(t, err, "invalid_argument", "handshake message")
			})
		})
	}
}

// PROTOCOL.md: "A handshake message that is larger than 4,096 bytes is closed with code 1008 and without a reject."
func TestOversizedHello(t *testing.T) { trial.UnderAttackBy(t, nil, oversizedHello) }

func oversizedHello(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn) {
	sock, err := peer.UpgradeDialer(dial())
	if err != nil {
		t.Fatal(err)
	}
	h := peer.NewHello("probe", "target")
	h[99] = make([]byte, 4096)
	if err := sock.Write(peer.OpBinary, h.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := refusedWithoutWords(sock); err != nil {
		t.Error(err)
	}
	trial.SessionAlive(t, x.SessionOn(t, dial(), peer.NewHello("probe", "target")), 1)
}

// refusedWithoutWords wants a close frame with 1008, or the end of the socket
// where unread bytes swallowed it.
func refusedWithoutWords(sock *peer.Socket) error {
	_, err := sock.ReadHandshake(peer.KindHello)
	var c *peer.Closed
	if errors.As(err, &c) && c.Code == 1008 || trial.IsConnReset(err) {
		return nil
	}
	return errors.Join(errors.New("not refused"), err)
}

// PROTOCOL.md: "Unknown tags are skipped."
func TestUnknownTag(t *testing.T) {
	x := trial.StartTarget(t, nil)
	h := peer.NewHello("probe", "target")
	h[99] = []byte("from the future")
	trial.SessionAlive(t, x.SessionOf(t, h), 1)
}

// PROTOCOL.md: "Where both ends have `x`, batches carry checksums; else, where both have `-`, they do not."
func TestWithoutChecksum(t *testing.T) {
	x := trial.StartTarget(t, nil)
	h := peer.NewHello("probe", "target")
	h[peer.TagChecksums] = []byte("-")
	s := x.SessionOf(t, h)
	if s.Checksum {
		t.Fatal("a checksum was agreed")
	}
	trial.SessionAlive(t, s, 1)
}

// PROTOCOL.md: "An acceptor that has a live session with the same incarnation and an attempt that is as large or larger rejects the new one with `already_registered`."
// PROTOCOL.md: "Otherwise the new session replaces the old one, which is closed with code 1001."
func TestTwoSockets(t *testing.T) {
	x := trial.StartTarget(t, nil)
	hello := func(incarnation string, attempt byte) peer.Hello {
		h := peer.NewHello("probe", "target")
		h[peer.TagIncarnation], h[peer.TagAttempt] = []byte(incarnation), []byte{attempt}
		return h
	}
	const one, two = "incarnation one.", "incarnation two."
	first := x.SessionOf(t, hello(one, 5))
	for _, attempt := range []byte{5, 4} {
		_, err := peer.Dial(x.Conn(t), hello(one, attempt), trial.TestKey)
		trial.WantRejected(t, err, "already_registered", "newer connection")
	}
	trial.SessionAlive(t, first, 1)
	second := x.SessionOf(t, hello(one, 6))
	if c := trial.SessionGone(t, first); c != nil && c.Code != 1001 {
		t.Errorf("replaced with code %d", c.Code)
	}
	third := x.SessionOf(t, hello(two, 1))
	trial.SessionGone(t, second)
	trial.SessionAlive(t, third, 1)
}
