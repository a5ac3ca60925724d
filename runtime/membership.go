package grid

import (
	"fmt"

	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// AddPeer adds a peer, or changes the address of one. If this end is the one that dials,
// it dials at once, and also if the peer tried before and was refused as unknown.
//
// A peer with a new address keeps its *Connection. Its session ends, and running calls
// and streams end as disconnected, because another address may mean another machine. The
// next session uses the new address. The same happens when a peer without an address gets
// one and this end dials from then on. If the peer is the end that dials, such as a guest
// that becomes a peer, its first address changes nothing and its session continues.
func (m *Manager) AddPeer(p Peer) error {
	if err := p.check(); err != nil {
		return fmt.Errorf("grid: wrong peer %s: %w", status.Quoted(p.Name), err)
	}
	if p.Name != m.name && p.Address != "" && m.undialable != nil {
		return fmt.Errorf("grid: wrong peer %s: it has an address, and nobody can be dialed: %w", status.Quoted(p.Name), m.undialable)
	}
	if _, ok := m.auth.(byCertificate); ok && p.Address != "" {
		if to, err := websocket.ParseTarget(p.Address, m.path, true); err == nil && !to.TLS {
			return fmt.Errorf("grid: wrong peer %s: its address is without TLS, which Options.Auth needs: write wss://", status.Quoted(p.Name))
		}
	}
	return m.addPeer(p)
}

// addressOf returns the address of a peer.
func (m *Manager) addressOf(name string) (address string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.peers[name]
	if c == nil {
		return "", false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.target.address, true
}

// addPeer is AddPeer for a peer that was checked.
func (m *Manager) addPeer(p Peer) error {
	old, guest, err := m.placePeer(p)
	if old != nil {
		old.End(errMoved, websocket.CloseNormal)
	}
	if guest != nil {
		guest.close(&Error{Code: Disconnected, Message: "the name of this guest now belongs to a node"})
	}
	return err
}

// placePeer adds a peer or changes one. It returns the session that is to be ended for it,
// without the lock, and who has the name as a guest of a GuestHandler, and so is to be
// closed: the guest has not proved to be that node.
func (m *Manager) placePeer(p Peer) (old *mux.Session, guest *Connection, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.shut:
		return nil, nil, &Error{Code: Unavailable, Message: "this node is shut down"}
	case p.Name == m.name:
		return nil, nil, nil // a node is always connected with itself
	}
	c := m.peers[p.Name]
	if c != nil && c.terms != nil {
		c, guest = nil, c
	}
	if c == nil {
		m.addPeerLocked(p)
		return nil, guest, nil
	}
	old, dial := c.move(p)
	if dial {
		m.node.Goroutines.Go(c.dialLoop)
	}
	return old, nil, nil
}

// RemovePeer removes a peer and closes its connection: running calls and streams end as
// disconnected. The *Connection stays Closed; if the peer is added again, it gets a new
// one.
func (m *Manager) RemovePeer(name string) {
	m.mu.Lock()
	c := m.peers[name]
	delete(m.peers, name)
	m.mu.Unlock()
	if c != nil {
		c.close(&Error{Code: Disconnected, Message: "the peer was removed"})
	}
}
