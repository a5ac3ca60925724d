package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gridrpc/gridc/docs/kv/gen/kv"
	grid "github.com/gridrpc/gridc/runtime"
)

// node is one server of the cluster.
type node struct {
	manager *grid.Manager
	server  *http.Server
	served  chan error // what the HTTP server ended with
}

// startNode serves on l until stop is called.
func startNode(l net.Listener, name string, peers []grid.Peer, id *identity, log *slog.Logger) (*node, error) {
	m, err := grid.NewManager(grid.Options{
		Name:     name,
		Peers:    peers, // the node itself may be among them
		Auth:     grid.TLSIdentity(),
		TLS:      id.dialing,
		Accept:   isOperator, // who is no peer and may call all the same
		Register: func(m *grid.Manager) error { return kv.RegisterKV(m, newStore()) },
		Logger:   log,
	})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, m.Handler())
	n := &node{manager: m, server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}, served: make(chan error, 1)}
	go func() { n.served <- n.server.Serve(tls.NewListener(m.Listener(l), id.accepting)) }()
	return n, nil
}

// isOperator lets tools in: each run of one has a name such as "k3v5x2q7pa.operator".
func isOperator(name string) bool { return strings.HasSuffix(name, ".operator") }

// drainFor is how long a node that ends lets what runs finish.
const drainFor = 10 * time.Second

// stop ends the node. The Manager goes first: http.Server.Shutdown knows nothing of
// connections that were upgraded.
func (n *node) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainFor)
	defer cancel()
	err := errors.Join(n.manager.Shutdown(ctx), n.server.Close())
	if served := <-n.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
