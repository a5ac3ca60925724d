package grid

import (
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/status"
)

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
