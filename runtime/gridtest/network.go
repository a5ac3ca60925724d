package gridtest

import (
	"net"
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// Network is a set of named hosts and the links between them. A host exists as soon
// as it is named. You can call all methods from any goroutine, and faults take
// effect before the method that sets them returns.
type Network struct {
	seed uint64 // static

	// mu guards everything below and the fields of hosts, routes and
	// listeners. The locks of connections are taken inside it, and the
	// locks of links inside those.
	mu      sync.Mutex
	closed  bool
	all     Link // what routes without a Link of their own use
	hosts   map[string]*host
	routes  map[path]*route
	wires   []*wire       // in the order of dialing; ended ones are pruned
	prune   int           // how many wires there may be before the next pruning
	changed chan struct{} // closed and replaced when anything changes that a dial waits for
}

// host is what the network knows of one name.
type host struct {
	listener *Listener // nil: nobody listens
	stalled  bool
	crashes  int // tells a dial that its host has crashed meanwhile
	dials    int // number of ports given out
}

// path names one direction between two hosts.
type path struct{ from, to string }

// back is the other direction.
func (p path) back() path { return path{p.to, p.from} }

// route is the state of one direction between two hosts.
type route struct {
	link   *link
	own    bool // link has its own settings
	cut    bool // connections are refused
	silent bool // nothing arrives
	dials  int  // numbers the connections, for their luck
}

// wire is a connection that was made.
type wire struct {
	path     path // of the dial
	dialer   *memconn.Conn
	acceptor *memconn.Conn
	dead     bool // nothing arrives any more, see Vanish
}

// NewNetwork returns a network without latency and without faults. Its random
// choices follow from the seed.
func NewNetwork(seed uint64) *Network {
	return &Network{
		seed:    seed,
		hosts:   make(map[string]*host),
		routes:  make(map[path]*route),
		prune:   minPrune,
		changed: make(chan struct{}),
	}
}

// Close ends the network: connections break, listeners close, dials fail.
// There is nothing else to wait for.
func (n *Network) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, h := range n.hosts {
		n.closeListenerLocked(h)
	}
	n.killLocked(func(path) bool { return true })
	n.wires = nil
	n.changedLocked()
	return nil
}

// hostLocked returns the host of that name, and makes it known.
func (n *Network) hostLocked(name string) *host {
	h := n.hosts[name]
	if h == nil {
		h = &host{}
		n.hosts[name] = h
	}
	return h
}

// routeLocked returns the route of that path, and makes it known.
func (n *Network) routeLocked(p path) *route {
	r := n.routes[p]
	if r == nil {
		r = &route{link: &link{conf: n.all}}
		n.routes[p] = r
	}
	return r
}

// changedLocked lets waiting dials and accepts look again.
func (n *Network) changedLocked() {
	close(n.changed)
	n.changed = make(chan struct{})
	for _, h := range n.hosts {
		if h.listener != nil {
			h.listener.ready.Broadcast()
		}
	}
}

// minPrune is how many connections are remembered before ended ones are looked for.
const minPrune = 64

// addWireLocked remembers a connection for the faults to come.
func (n *Network) addWireLocked(w *wire) {
	if len(n.wires) >= n.prune {
		kept := n.wires[:0]
		for _, w := range n.wires {
			if !w.dialer.Ended() {
				kept = append(kept, w)
			}
		}
		clear(n.wires[len(kept):])
		n.wires = kept
		n.prune = max(minPrune, 2*len(kept))
	}
	n.wires = append(n.wires, w)
	n.applyLocked(w)
}

// opError makes err read, and compare, like an error of the net package.
func opError(op string, from, to net.Addr, err error) error {
	return &net.OpError{Op: op, Net: Addr{}.Network(), Source: from, Addr: to, Err: err}
}
