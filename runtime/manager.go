package grid

import (
	"context"
	crand "crypto/rand"
	"math/rand/v2"
	"net"
	"slices"
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// Manager is a node: it has the name of the node, its handlers, and one Connection to
// each peer. Two Managers in one process share nothing: each has its own pools and
// limits. All methods are safe for concurrent use.
type Manager struct {
	hub

	// Static.
	acceptGuest func(string) bool
	undialable  error // why no address can be dialed, nil: they can
	allowOrigin func(string) bool

	ready func(Health) error

	refusals  refusals
	strangers strangers
	pending   handshake.Pending
	malformed node.Ration // upgrades that were none, in the log

	mu    sync.Mutex
	peers map[string]*Connection
	shut  bool
	self  *Connection

	drainTime context.Context // ends when what runs may not go on any more
	cutDrain  context.CancelCauseFunc
	cutShort  error // what Shutdown returns; set before closed is closed
}

// NewManager starts a node. The node dials its peers, and reconnects until Shutdown.
// Mount its Handler on an http.Server at DefaultPath, so that peers can dial it. If
// options are wrong, one error names all of them.
func NewManager(o Options) (*Manager, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	m := &Manager{hub: hub{
		name: o.Name, auth: o.Auth, callOnly: o.CallOnly, noChecksum: o.NoChecksum, random: o.Random,
		clientInterceptors: o.ClientInterceptors, serverInterceptors: o.ServerInterceptors, tls: upgradable(o.TLS), dial: o.Dial, path: o.Path,
	}, acceptGuest: o.Accept, ready: o.Ready, allowOrigin: o.AllowOrigin, peers: make(map[string]*Connection)}
	m.node.Limits, m.node.Log, m.node.Closed = node.Limits(o.Limits.withDefaults()), node.FenceLog(o.Logger), make(chan struct{})
	if auth, ok := m.auth.(byCertificate); ok && (o.Dial == nil || o.TLS != nil) {
		m.undialable = auth.checkTLS(o.TLS)
	}
	if m.path == "" {
		m.path = DefaultPath
	}
	m.node.Buffers.Secret = rand.Uint64()
	m.node.Goroutines.Left = make(chan struct{}, 1)
	crand.Read(m.incarnation[:])
	m.node.Closing, m.node.Cancel = context.WithCancel(context.Background())
	m.leaving = make(chan struct{})
	m.drainTime, m.cutDrain = context.WithCancelCause(context.Background())
	m.registry.Init()
	m.node.Running.Left.Store(int64(m.node.Limits.RunningCallsTotal))
	m.pending.Limit, m.pending.PerAddress = m.node.Limits.Unauthenticated, m.node.Limits.UnauthenticatedPerAddress
	m.node.Clock.Init()
	m.node.Clock.CheckEvery(m.node.Limits.Liveness())
	m.node.LogQueue.M = &m.node
	m.node.Watch.Wake = make(chan struct{}, 1)
	m.node.Starts = make(chan func())
	m.observers, m.checks = observers.New(&m.node, o.Observers), o.Checks
	for _, x := range o.Observers {
		if shown, ok := x.(observe.RequestObserver); ok {
			m.shown = append(m.shown, shown)
		}
	}
	if o.Register != nil {
		if err := o.Register(m); err != nil {
			return nil, err
		}
	}
	ticks := node.Ticks{CheckLive: m.sessions.CheckLive, Expire: m.sessions.Expire, Watch: m.sessions.Watch}
	m.node.Goroutines.Go(func() { m.node.Tick(ticks) })
	m.node.Goroutines.Go(m.node.Starter)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range o.Peers {
		if p.Name != m.name {
			m.addPeerLocked(p)
		}
	}
	if o.Resolver != nil {
		m.node.Goroutines.Go(func() { m.resolve(o.Resolver, &o) })
	}
	return m, nil
}

// Name returns the node's name.
func (m *Manager) Name() string { return m.name }

// Connection returns the handle to a peer, or to this node itself, or nil if
// there is no such peer.
func (m *Manager) Connection(name string) *Connection {
	if name == m.name {
		return m.connectSelf()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peers[name]
}

// peer returns the Connection to a peer, or nil.
func (m *Manager) peer(name string) *Connection {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peers[name]
}

// Peers returns the names of all peers, sorted, without the guests that Options.Accept
// admitted.
func (m *Manager) Peers() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := make([]string, 0, len(m.peers))
	for name, c := range m.peers {
		if !c.guest {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Register adds handlers: all of them, or none if one is invalid. They are announced to
// connected peers.
func (m *Manager) Register(regs ...Registration) error {
	added := make([]*handlers.Handler, len(regs))
	for i, reg := range regs {
		if reg.h == nil {
			continue // which is refused with the others
		}
		added[i] = reg.h.ForManager()
		intercept(m.serverInterceptors, added[i])
		added[i].Looks = m.looksOf(added[i])
	}
	return m.registry.Add(&m.node, added, m.sessions.Announce)
}

func (m *Manager) addPeerLocked(p Peer) {
	c := newConnection(&m.hub, p, false)
	m.peers[p.Name] = c
	c.mu.Lock() // its patience with the peer has begun
	if m.strangers.take(p.Name) {
		c.helpLocked()
	}
	dial := c.dialer
	c.mu.Unlock()
	if dial {
		m.node.Goroutines.Go(c.dialLoop)
	}
}

// connectSelf returns the node's Connection with itself, once it is up: the peer
// is this process, so that takes a moment, not a network.
func (m *Manager) connectSelf() *Connection {
	m.mu.Lock()
	c := m.selfLocked()
	m.mu.Unlock()
	if c == nil {
		return nil
	}
	c.mu.Lock()
	s := c.current
	c.mu.Unlock()
	if s != nil {
		select {
		case <-s.Ready:
		case <-s.Ended:
		}
	}
	return c
}

// selfLocked connects the node with itself: two sessions over a connection in
// memory, so that a call to oneself behaves like any other.
func (m *Manager) selfLocked() *Connection {
	if m.shut || m.self != nil && m.self.hasSession() {
		return m.self
	}
	m.self = newConnection(&m.hub, Peer{Name: m.name}, false)
	far := newConnection(&m.hub, Peer{Name: m.name}, false)
	a, b := net.Pipe()
	agreed := handshake.Agreement{Message: m.node.Limits.Message, Bulk: int64(m.node.Limits.BulkWindow), Window: int64(m.node.Limits.StreamWindowMin)}
	id := handshake.SessionID{Incarnation: m.incarnation, Attempt: 1}
	near := m.self.newSession(m.handshakeConn(a, true, nil), true, id, agreed)
	other := far.newSession(m.handshakeConn(b, false, nil), false, id, agreed)
	m.self.current, far.current = near, other
	near.Start()
	other.Start()
	return m.self
}

// wantsGuest is Options.Accept, for who is no peer. It is asked without a lock: it may
// ask the Manager something.
func (m *Manager) wantsGuest(call *node.ForeignCall, name string) (allowed bool) {
	if c, err := m.connectionOf(name, false); c != nil || err != nil || m.acceptGuest == nil {
		return false
	}
	_ = call.Guard("Options.Accept", aboutPeer(name), func() { allowed = m.acceptGuest(name) })
	return allowed
}

// connectionFor finds the Connection for an authenticated name, or makes one for
// a guest that is wanted.
func (m *Manager) connectionFor(name string, asGuest bool) (*Connection, error) {
	c, err := m.connectionOf(name, asGuest)
	if c == nil && err == nil {
		m.strangers.note(name)
		err = handshake.Reject(PermissionDenied, "%s is not among the peers of %s: add it to Options.Peers or the Resolver there, or let Options.Accept admit it", status.Quoted(name), status.Quoted(m.name))
	}
	return c, err
}

// connectionOf returns the Connection of a peer or guest. If there is none it
// makes one where guest says so, else it returns nil.
func (m *Manager) connectionOf(name string, guest bool) (*Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.shut: // also for peers: a session that begins now would miss the goaway
		return nil, handshake.Reject(Unavailable, "the node is shutting down")
	case m.peers[name] != nil && m.peers[name].terms != nil:
		return nil, handshake.Reject(PermissionDenied, "the name %s is taken by a guest", status.Quoted(name))
	case m.peers[name] != nil || !guest:
		return m.peers[name], nil
	}
	c := newConnection(&m.hub, Peer{Name: name}, true)
	c.forget = func() { m.forget(c) }
	m.peers[name] = c
	return c, nil
}

// forget drops a guest whose session has ended, unless it is back already.
func (m *Manager) forget(c *Connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.peers[c.name] == c && c.dropIfIdle() {
		delete(m.peers, c.name)
	}
}

// onClose runs f when the Manager is closed, unless stopped before.
func (m *Manager) onClose(f func()) (stop func() bool) { return context.AfterFunc(m.node.Closing, f) }

// GetByteBuffer returns an empty buffer with a capacity of at least n bytes. A handler
// may return or send it: the runtime takes it back.
func (m *Manager) GetByteBuffer(n int) []byte { return m.node.Buffers.Get(n) }

// PutByteBuffer returns a buffer for reuse, such as the response of Request. The buffer
// must not be used afterwards, and must not be returned twice: two calls would share it.
// Do not use it for the payload of a handler, which the runtime takes back by itself.
func (m *Manager) PutByteBuffer(b []byte) { m.node.Buffers.Put(b) }
