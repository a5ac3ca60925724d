package grid

import (
	"github.com/gridrpc/gridc/runtime/internal/node"
)

// Authenticators are code of others, on goroutines that serve the network: one that
// panics refuses.

// scheme is Authenticator.Scheme. One that panics has none in common with any peer.
func (m *Manager) scheme() (scheme string) {
	if fault := m.node.Guard("Authenticator.Scheme", func() { scheme = m.auth.Scheme() }); fault != nil {
		return fault.Message // with a reference that no other has
	}
	return scheme
}

// prove is Authenticator.Prove.
func (m *Manager) prove(info AuthInfo) (proof []byte, err error) {
	if fault := m.node.Guard("Authenticator.Prove", func() { proof, err = m.auth.Prove(info) }); fault != nil {
		return nil, fault
	}
	if err != nil {
		return nil, node.Launder(err)
	}
	return proof, nil
}

// verify is Authenticator.Verify.
func (m *Manager) verify(info AuthInfo, proof []byte) error {
	var err error
	if fault := m.node.Guard("Authenticator.Verify", func() { err = m.auth.Verify(info, proof) }); fault != nil {
		return fault
	}
	if err != nil {
		return node.Launder(err)
	}
	return nil
}
