package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
)

// Node is a member of a cluster in this process: it answers calls, and makes calls
// to other nodes of the same peer. Its methods may be called concurrently.
type Node interface {
	// Connect returns a client of another node, which carries flight calls at a
	// time. Where a peer connects by itself, it waits until that is done.
	Connect(ctx context.Context, to Node, flight int) (Client, error)
	Close()
}

// Cluster starts nodes of one peer.
type Cluster struct {
	peer   Peer
	server *tls.Config // nil without TLS
	client *tls.Config
}

// NewCluster returns an empty cluster, whose nodes talk over TLS if secure is set.
func NewCluster(p Peer, secure bool) (c *Cluster, err error) {
	c = &Cluster{peer: p}
	if !secure {
		return c, nil
	}
	server, certificate, err := NewIdentity()
	if err != nil {
		return nil, err
	}
	c.server = server
	c.client, err = Trust(certificate)
	return c, err
}

// Start starts a node, whose name no other may have.
func (c *Cluster) Start(name string) (Node, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if c.peer.node != nil {
		return c.peer.node(name, ln, c.server, c.client)
	}
	stop, err := c.peer.Serve(ln, c.server)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return &plainNode{peer: c.peer, address: ln.Addr().String(), client: c.client, stop: stop}, nil
}

// plainNode is a server and as many clients as there are nodes to talk to: what
// one builds of peers that know no cluster.
type plainNode struct {
	peer    Peer
	address string
	client  *tls.Config
	stop    func()

	mu      sync.Mutex
	dialers []Dialer
}

func (n *plainNode) Connect(ctx context.Context, to Node, flight int) (Client, error) {
	d, err := n.peer.Dialer(Target{Address: to.(*plainNode).address, Flight: flight, TLS: n.client})
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.dialers = append(n.dialers, d)
	n.mu.Unlock()
	return d.Dial(ctx)
}

func (n *plainNode) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range n.dialers {
		d.Close()
	}
	n.stop()
}
