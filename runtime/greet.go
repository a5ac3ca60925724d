package grid

import (
	"crypto/tls"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/node"
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
	if err := hc.Send(append([]byte{byte(handshake.HelloProof)}, proof...)); err != nil {
		return from, err
	}
	asked := time.Now()
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
		return none, handshake.Reject(Unauthenticated, "the node at this address is %s, not %s", status.Quoted(theirs.Name), status.Quoted(mine.Target))
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
