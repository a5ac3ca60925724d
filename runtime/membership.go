package grid

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// AddPeer adds a peer, or gives one that is there another address. It is dialed
// at once if this end is to dial. A peer that has moved keeps its *Connection: its
// session ends, calls and streams in flight as disconnected, for another address
// may mean another machine, and the next one is with the new address. So does one
// that had no address, if this end is to dial it from now on. If it is the peer
// that dials, as a guest that becomes a peer, its first address changes nothing
// and its session goes on.
func (m *Manager) AddPeer(p Peer) error {
	if err := p.check(); err != nil {
		return fmt.Errorf("grid: wrong peer %s: %w", status.Quoted(p.Name), err)
	}
	if p.Name != m.name && p.Address != "" && m.undialable != nil {
		return fmt.Errorf("grid: wrong peer %s: it has an address, and nobody can be dialed: %w", status.Quoted(p.Name), m.undialable)
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
	return c.place.address, true
}

// addPeer is AddPeer for a peer that was checked.
func (m *Manager) addPeer(p Peer) error {
	old, err := m.placePeer(p)
	if old != nil {
		old.End(errMoved, websocket.CloseNormal)
	}
	return err
}

// placePeer adds a peer or changes one, and returns the session that is to be
// ended for it, without the lock.
func (m *Manager) placePeer(p Peer) (old *mux.Session, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.shut:
		return nil, &Error{Code: Unavailable, Message: "this node is shut down"}
	case p.Name == m.name:
		return nil, nil // a node is always connected with itself
	}
	c := m.peers[p.Name]
	if c == nil {
		m.addPeerLocked(p)
		return nil, nil
	}
	old, dial := c.move(p)
	if dial {
		m.node.Goroutines.Go(c.dialLoop)
	}
	return old, nil
}

// RemovePeer removes a peer and closes its connection: calls and streams in
// flight end as disconnected. The *Connection stays Closed; after the peer was
// added again there is a new one.
func (m *Manager) RemovePeer(name string) {
	m.mu.Lock()
	c := m.peers[name]
	delete(m.peers, name)
	m.mu.Unlock()
	if c != nil {
		c.close(&Error{Code: Disconnected, Message: "the peer was removed"})
	}
}

// resolve follows a Resolver until the Manager is closed.
func (m *Manager) resolve(r Resolver, fixed []Peer) {
	f := &following{m: m, fixed: make(map[string]bool)}
	for _, p := range fixed {
		f.fixed[p.Name] = true
	}
	m.resolveWith(r, f)
}

// resolveWith calls the resolver again and again.
func (m *Manager) resolveWith(r Resolver, f *following) {
	returned := false
	defer func() {
		if !returned && m.node.Closing.Err() == nil { // it has ended the goroutine
			m.node.Goroutines.Go(func() {
				m.pauseResolver()
				m.resolveWith(r, f)
			})
		}
	}()
	for m.node.Closing.Err() == nil {
		m.resolveOnce(r, f)
		m.pauseResolver()
	}
	returned = true
}

// resolveOnce calls the resolver, which normally returns when the node is shut down.
func (m *Manager) resolveOnce(r Resolver, f *following) {
	var err error
	defer m.node.Enter("Options.Resolver").Leave()
	fault := m.node.Guard("resolver", func() { err = r.Resolve(m.node.Closing, f.update) })
	if fault == nil && err != nil && m.node.Closing.Err() == nil {
		m.node.Log.Warn("grid: resolver failed", "err", status.TextOf(err))
	}
}

// pauseResolver waits between two calls of the resolver.
func (m *Manager) pauseResolver() {
	select {
	case <-time.After(m.node.Limits.BackoffMax):
	case <-m.node.Closing.Done():
	}
}

// following is what a Manager has made of the lists of its Resolver. Peers that a
// list does not name any more are removed; those of Options.Peers stay as they are.
type following struct {
	m     *Manager
	fixed map[string]bool // names of Options.Peers; static

	mu    sync.Mutex // held while a list is applied: lists come one after the other
	known map[string]bool
	told  string // the faults of the last list
}

// update applies a list.
func (f *following) update(peers []Peer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	named, faults := f.sort(peers)
	now := make(map[string]bool)
	for _, n := range named {
		p, ok := f.choose(n, &faults)
		if ok || f.known[n.name] { // who is there already stays where it is
			now[n.name] = true
		}
		if ok && f.m.addPeer(p) != nil {
			return // the node is shut down
		}
	}
	f.tell(faults)
	for name := range f.known {
		if !now[name] {
			f.m.RemovePeer(name)
		}
	}
	f.known = now
}

// namedPeer is a peer of a list, with every address that the list has for it.
type namedPeer struct {
	name      string
	addresses []string // without those that are wrong, and none twice
	dial      bool     // Peer.Dial, of any
}

// sort puts together what a list says of each peer, in order, without those that it
// has no say in.
func (f *following) sort(peers []Peer) (named []*namedPeer, faults []string) {
	byName := make(map[string]*namedPeer)
	for i, p := range peers {
		if err := handshake.CheckName(p.Name); err != nil {
			faults = append(faults, fmt.Sprintf("the name of peer %d %v", i, err))
			continue
		}
		if p.Name == f.m.name || f.fixed[p.Name] {
			continue
		}
		n := byName[p.Name]
		if n == nil {
			n = &namedPeer{name: p.Name}
			byName[p.Name], named = n, append(named, n)
		}
		if err := p.checkAddress(); err != nil {
			faults = append(faults, fmt.Sprintf("the address of %s: %v", status.Quoted(p.Name), err))
			continue
		}
		n.dial = n.dial || p.Dial
		if !slices.Contains(n.addresses, p.Address) {
			n.addresses = append(n.addresses, p.Address)
		}
	}
	return named, faults
}

// choose decides where a peer is, if the list says so at all. The order of the
// answers of a name server is another each time: so who has one of the addresses
// keeps it.
func (f *following) choose(n *namedPeer, faults *[]string) (p Peer, ok bool) {
	if len(n.addresses) > 1 { // one that says nothing contradicts nobody
		n.addresses = slices.DeleteFunc(n.addresses, func(a string) bool { return a == "" })
	}
	if len(n.addresses) == 0 {
		return p, false
	}
	p = Peer{Name: n.name, Address: n.addresses[0], Dial: n.dial}
	if len(n.addresses) == 1 {
		return p, true
	}
	if present, there := f.m.addressOf(n.name); there && slices.Contains(n.addresses, present) {
		p.Address = present
	}
	all := slices.Sorted(slices.Values(n.addresses))
	*faults = append(*faults, fmt.Sprintf("%s has %d addresses, %s: %q counts", status.Quoted(n.name), len(all), status.Quoted(strings.Join(all, ", ")), p.Address))
	return p, true
}

// tell logs the faults of a list, unless they were those of the last one.
func (f *following) tell(faults []string) {
	slices.Sort(faults)
	text := strings.Join(faults, "; ")
	if text != "" && text != f.told {
		f.m.node.Log.Warn("grid: the resolver's list of peers has faults", "faults", len(faults), "reason", status.LoggedReason(text))
	}
	f.told = text
}
