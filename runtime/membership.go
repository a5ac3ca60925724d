package grid

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AddPeer adds a peer, or gives one that is there another address. It is dialed
// at once if this end is to dial. A peer that has moved keeps its *Connection: its
// session ends, calls and streams in flight as disconnected, for another address
// may mean another machine, and the next one is with the new address. So does one
// that had no address, if this end is to dial it from now on. If it is the peer
// that dials, as a guest that becomes a peer, its first address changes nothing
// and its session goes on.
func (m *Manager) AddPeer(p Peer) error {
	if err := errors.Join(checkName(p.Name), checkAddress(p.Address)); err != nil {
		return fmt.Errorf("grid: wrong peer %s: %w", quoted(p.Name), err)
	}
	old, err := m.placePeer(p)
	if old != nil {
		old.end(errMoved, closeNormal)
	}
	return err
}

// placePeer adds a peer or changes one, and returns the session that is to be
// ended for it, without the lock.
func (m *Manager) placePeer(p Peer) (old *session, err error) {
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
	old, dial := c.move(p.Address)
	if dial {
		m.goroutines.Go(c.dialLoop)
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

// Resolver finds out who the peers are. Resolve calls update with the whole list
// whenever it may have changed, and returns when ctx ends. An error of Resolve is
// logged, and it is called again after Limits.BackoffMax.
type Resolver interface {
	Resolve(ctx context.Context, update func([]Peer)) error
}

// resolve follows a Resolver until the Manager is closed. Peers that it stops
// naming are removed; those of Options.Peers stay.
func (m *Manager) resolve(r Resolver, fixed []Peer) {
	keep := make(map[string]bool)
	for _, p := range fixed {
		keep[p.Name] = true
	}
	known := make(map[string]bool)
	update := func(peers []Peer) {
		now := make(map[string]bool)
		for _, p := range peers {
			now[p.Name] = true
			if keep[p.Name] {
				continue
			}
			if err := m.AddPeer(p); err != nil {
				m.log.Warn("grid: resolver named a peer that cannot be one", "err", err)
			}
		}
		for name := range known {
			if !now[name] && !keep[name] {
				m.RemovePeer(name)
			}
		}
		known = now
	}
	for m.closing.Err() == nil {
		if err := r.Resolve(m.closing, update); err != nil && m.closing.Err() == nil {
			m.log.Warn("grid: resolver failed", "err", err)
		}
		select {
		case <-time.After(m.limits.BackoffMax):
		case <-m.closing.Done():
		}
	}
}

// StaticResolver names the same peers for ever.
func StaticResolver(peers ...Peer) Resolver { return staticResolver(slices.Clone(peers)) }

type staticResolver []Peer

func (r staticResolver) Resolve(ctx context.Context, update func([]Peer)) error {
	update(r)
	<-ctx.Done()
	return nil
}

// DNSResolver names the targets of SRV records (RFC 2782): the name of a peer is
// its target, without the last dot, its address the target and port. They are
// looked up every Interval. While a look-up fails, the peers stay as they are.
type DNSResolver struct {
	Service, Proto, Domain string        // as in net.LookupSRV; Service and Proto may be empty
	Interval               time.Duration // 0: 30 seconds
	Resolver               *net.Resolver // nil: net.DefaultResolver
}

// Resolve implements Resolver.
func (r *DNSResolver) Resolve(ctx context.Context, update func([]Peer)) error {
	lookup := r.Resolver
	if lookup == nil {
		lookup = net.DefaultResolver
	}
	every := r.Interval
	if every <= 0 {
		every = 30 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		_, records, err := lookup.LookupSRV(ctx, r.Service, r.Proto, r.Domain)
		if err != nil {
			return err
		}
		peers := make([]Peer, 0, len(records))
		for _, rec := range records {
			name := strings.TrimSuffix(rec.Target, ".")
			peers = append(peers, Peer{Name: name, Address: net.JoinHostPort(name, strconv.Itoa(int(rec.Port)))})
		}
		update(peers)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
