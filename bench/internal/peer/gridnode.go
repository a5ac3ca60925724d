package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// gridNode is one Manager, which dials and is dialed: a node as gridc means it.
// Two of them share one session, whoever of them connects.
type gridNode struct {
	m       *grid.Manager
	name    string
	address string
	server  *http.Server
	client  newClient
}

// startGridNode starts a node with handlers.
func startGridNode(register func(*grid.Manager) error, client newClient) func(string, net.Listener, *tls.Config, *tls.Config) (Node, error) {
	return func(name string, ln net.Listener, secure, dial *tls.Config) (Node, error) {
		o := gridOptions(name)
		o.Register, o.TLS = register, dial
		if o.Limits.UnauthenticatedPerAddress == 0 {
			o.Limits.UnauthenticatedPerAddress = 1024 // all nodes are at one address here
		}
		m, err := grid.NewManager(o)
		if err != nil {
			return nil, errors.Join(err, ln.Close())
		}
		mux := http.NewServeMux()
		mux.Handle(grid.DefaultPath, m.Handler())
		server := &http.Server{Handler: mux, TLSConfig: secure.Clone(), ReadHeaderTimeout: 5 * time.Second}
		go serveHTTP(server, gridListener(m, ln, secure))
		return &gridNode{m, name, ln.Addr().String(), server, client}, nil
	}
}

// Connect tells both nodes of each other, as their configuration would: which of
// them dials is for them to say.
func (n *gridNode) Connect(ctx context.Context, to Node, _ int) (Client, error) {
	other := to.(*gridNode)
	if err := errors.Join(
		other.m.AddPeer(grid.Peer{Name: n.name, Address: n.address}),
		n.m.AddPeer(grid.Peer{Name: other.name, Address: other.address}),
	); err != nil {
		return nil, err
	}
	c := n.m.Connection(other.name)
	if err := c.WaitConnected(ctx); err != nil {
		return nil, err
	}
	return n.client(n.m, c), nil
}

func (n *gridNode) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = n.m.Shutdown(ctx) // what is cut short does not matter at the end of a run
	n.server.Close()
}
