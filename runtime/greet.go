package grid

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/secure"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// caller is who has dialed this node, and proved it.
type caller struct {
	name    string // as claimed, until it is proved; "" before
	hello   *handshake.Hello
	agreed  handshake.Agreement
	asGuest bool // Options.Accept would have it
}

// greetAsAcceptor waits for a hello, proves this end, and checks the other. What it
// returns with an error has the name only, as far as that was said.
func (m *hub) greetAsAcceptor(call *node.ForeignCall, hc *websocket.HandshakeConn, state *tls.ConnectionState) (from caller, err error) {
	theirsRaw, err := hc.Receive()
	if err != nil {
		return from, err
	}
	if err := handshake.Expect(theirsRaw, handshake.HelloHello); err != nil {
		return from, err
	}
	theirs, err := handshake.ParseHello(theirsRaw)
	if err != nil {
		return from, handshake.Reject(InvalidArgument, "%v", err)
	}
	from.name, from.hello = theirs.Name, theirs
	mine := m.hello(call, theirs.Name, 0)
	from.agreed, err = handshake.Agree(mine, theirs)
	if err != nil {
		return from, err
	}
	mineRaw := mine.Encode()
	said := handshake.Transcript(theirsRaw, mineRaw)
	proof, err := m.prove(call, AuthInfo{Prover: m.name, Verifier: theirs.Name, Role: Acceptor, Transcript: said, TLS: state})
	if err != nil {
		return from, handshake.Reject(Internal, "this end cannot prove itself: %v", err)
	}
	if err := hc.Send(mineRaw); err != nil {
		return from, err
	}
	asked := time.Now() // before it is sent: the answer may be there before this goroutine goes on
	if err := hc.Send(append([]byte{byte(handshake.HelloProof)}, proof...)); err != nil {
		return from, err
	}
	answer, err := hc.Receive()
	hc.RoundTrip = time.Since(asked)
	if err != nil {
		return from, err
	}
	if err := handshake.Expect(answer, handshake.HelloProof); err != nil {
		return from, err
	}
	if err := m.verify(call, AuthInfo{Prover: theirs.Name, Verifier: m.name, Role: Dialer, Transcript: said, TLS: state}, answer[1:]); err != nil {
		return from, handshake.Reject(Unauthenticated, "authentication failed: %v", err)
	}
	return from, nil
}

// greetAsDialer says hello, checks the acceptor's proof before giving its own,
// and waits for the welcome.
func (m *hub) greetAsDialer(call *node.ForeignCall, hc *websocket.HandshakeConn, mine *handshake.Hello) (handshake.Agreement, error) {
	none := handshake.Agreement{}
	mineRaw := mine.Encode()
	asked := time.Now()
	if err := hc.Send(mineRaw); err != nil {
		return none, err
	}
	theirsRaw, err := hc.Receive()
	hc.RoundTrip = time.Since(asked)
	if err != nil {
		return none, err
	}
	if err := handshake.Expect(theirsRaw, handshake.HelloHello); err != nil {
		return none, err
	}
	theirs, err := handshake.ParseHello(theirsRaw)
	if err != nil {
		return none, handshake.Reject(InvalidArgument, "%v", err)
	}
	if theirs.Name != mine.Target {
		return none, handshake.Reject(Unauthenticated, "the node at this address is %s, not %s: is it the right address?", status.Quoted(theirs.Name), status.Quoted(mine.Target))
	}
	a, err := handshake.Agree(mine, theirs)
	if err != nil {
		return none, err
	}
	said := handshake.Transcript(mineRaw, theirsRaw)
	state := node.TlsState(hc.Conn)
	proof, err := hc.Receive()
	if err != nil {
		return none, err
	}
	if err := handshake.Expect(proof, handshake.HelloProof); err != nil {
		return none, err
	}
	if err := m.verify(call, AuthInfo{Prover: theirs.Name, Verifier: m.name, Role: Acceptor, Transcript: said, TLS: state}, proof[1:]); err != nil {
		return none, handshake.Reject(Unauthenticated, "authentication failed: %v", err)
	}
	mineProof, err := m.prove(call, AuthInfo{Prover: m.name, Verifier: theirs.Name, Role: Dialer, Transcript: said, TLS: state})
	if err != nil {
		return none, handshake.Reject(Internal, "this end cannot prove itself: %v", err)
	}
	if err := hc.Send(append([]byte{byte(handshake.HelloProof)}, mineProof...)); err != nil {
		return none, err
	}
	welcome, err := hc.Receive()
	if err != nil {
		return none, err
	}
	return a, handshake.Expect(welcome, handshake.HelloWelcome)
}

// refuse tells the other end why, and ends the connection. The peer may be gone: it
// learns the reason if it can.
func refuse(hc *websocket.HandshakeConn, err error) {
	if refusal := refusalIn(err); refusal != nil && !refusal.Remote {
		_ = hc.Send(refusal.Encode())
	}
	hc.Close(websocket.CloseRefused, "handshake failed")
}

// Authenticators are code of others: one that panics refuses, and one that never
// returns keeps its own handshake.

// scheme is Authenticator.Scheme. One that panics has none in common with any peer.
func (m *hub) scheme(call *node.ForeignCall, peer string) (scheme string) {
	if fault := call.Guard("Authenticator.Scheme", aboutPeer(peer), func() { scheme = m.auth.Scheme() }); fault != nil {
		return fault.Message // with a reference that no other has
	}
	return scheme
}

// prove is Authenticator.Prove.
func (m *hub) prove(call *node.ForeignCall, info AuthInfo) (proof []byte, err error) {
	if fault := call.Guard("Authenticator.Prove", aboutPeer(info.Verifier), func() { proof, err = m.auth.Prove(info) }); fault != nil {
		return nil, fault
	}
	if err != nil {
		return nil, node.Launder(err)
	}
	return proof, nil
}

// verify is Authenticator.Verify.
func (m *hub) verify(call *node.ForeignCall, info AuthInfo, proof []byte) error {
	var err error
	if fault := call.Guard("Authenticator.Verify", aboutPeer(info.Prover), func() { err = m.auth.Verify(info, proof) }); fault != nil {
		return fault
	}
	if err != nil {
		return node.Launder(err)
	}
	return nil
}

// aboutPeer names the peer for whom code of others is called.
func aboutPeer(name string) string { return " for peer " + status.Quoted(name) }

// upgrade turns a byte stream into a WebSocket, over TLS if the peer is dialed so. It
// returns the bytes that were read too far.
func (c *Connection) upgrade(call *node.ForeignCall, to websocket.Target, conn net.Conn) (_ net.Conn, left []byte, err error) {
	what := "a method of the connection"
	if to.TLS {
		conn, what = secure.Client(&c.m.node, conn, c.tlsConfig(to.Address)), "Options.TLS"
	}
	fault := call.Guard(what, " to "+to.Address, func() { left, err = websocket.AskUpgrade(conn, to.Host(), to.Path) })
	switch {
	case fault != nil:
		return nil, nil, fault
	case err != nil:
		return nil, nil, c.upgradeFault(to, err)
	}
	return conn, left, nil
}

// tlsConfig is what one address is dialed with. The certificate must be for the
// peer itself where it is what the peer proves itself by, else for the host.
func (c *Connection) tlsConfig(address string) *tls.Config {
	if c.m.tls != nil && c.m.tls.ServerName != "" {
		return c.m.tls // 0.5 KB that a session need not hold
	}
	config := upgradable(c.m.tls)
	if config == nil { // of a peer whose address says wss, where nothing else is said of TLS
		config = upgradable(&tls.Config{})
	}
	if _, ok := c.m.auth.(byCertificate); ok {
		config.ServerName = c.name
	} else {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	return config
}

// upgradable returns a copy of config that asks for HTTP/1.1: HTTP/2 cannot be upgraded.
func upgradable(config *tls.Config) *tls.Config {
	if config = config.Clone(); config != nil {
		config.NextProtos = []string{"http/1.1"}
	}
	return config
}

// upgradeFault says in words why an upgrade came to nothing. A server that speaks another
// protocol or is another node, and a certificate that one end does not accept, are
// refusals, which only somebody's help ends: all else may be over in a moment.
func (c *Connection) upgradeFault(to websocket.Target, err error) error {
	var wrong x509.HostnameError
	var plain tls.RecordHeaderError
	_, named := c.m.auth.(byCertificate)
	at := status.Quoted(to.Address)
	switch answer, answered := err.(*websocket.UpgradeAnswer); {
	case named && errors.As(err, &wrong):
		return handshake.Reject(Unauthenticated, "authentication failed: at %s %v", at, nameFault(wrong, wrong.Host))
	case isCertificateFault(err):
		return handshake.Reject(Unauthenticated, "authentication failed: at %s %v", at, err)
	case errors.Is(err, websocket.ErrSubprotocol):
		return handshake.Reject(Incompatible, "the server at %s does not speak %s", at, websocket.Subprotocol)
	case answered && !to.TLS && answer.WantsTLS:
		return fmt.Errorf("the server at %s speaks TLS: set Options.TLS, or wss:// in its address (it says %s)", at, status.Quoted(answer.Said))
	case answered:
		return fmt.Errorf("the server at %s answers the upgrade with %w", at, answer)
	case errors.As(err, &plain):
		return fmt.Errorf("the server at %s does not speak TLS, for which Options.TLS is set, or wss:// in its address: %w", at, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the server at %s ends the connection during the upgrade", at)
	}
	return fmt.Errorf("the upgrade at %s: %w", at, err)
}

// isCertificateFault reports whether this end does not accept the certificate of the other,
// or the other, which says so in an alert, that of this end.
func isCertificateFault(err error) bool {
	var unverified *tls.CertificateVerificationError
	var alert *net.OpError
	return errors.As(err, &unverified) || errors.As(err, &alert) && alert.Op == "remote error" && strings.Contains(alert.Error(), "certificate")
}
