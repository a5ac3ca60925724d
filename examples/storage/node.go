package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/debug"
)

// diskNames are the disks of every node. Each is a subroute of its own.
var diskNames = []string{"disk1", "disk2"}

// nodeConfig is what a node needs to start.
type nodeConfig struct {
	name  string
	peers []grid.Peer   // the others; how to reach them
	more  grid.Resolver // names others while the node runs; nil: none
	data  string        // folder; each disk is a folder in it
	key   []byte        // shared by the whole cluster
	log   *slog.Logger
}

// node is one server: a listener, a Manager and its disks.
type node struct {
	manager *grid.Manager
	address string

	server   http.Server
	sockets  atomic.Int64 // accepted so far
	stopOnce sync.Once
	served   chan error // what the HTTP server ended with
}

// debugPath is where a node shows what goes on in it.
const debugPath = "/debug/grid/"

// startNode serves on ln until stop is called. It owns ln, also when it fails.
func startNode(ln net.Listener, cfg nodeConfig) (*node, error) {
	n := &node{address: ln.Addr().String(), served: make(chan error, 1)}
	manager, err := grid.NewManager(grid.Options{
		Name: cfg.name, Peers: cfg.peers, Resolver: cfg.more, Auth: grid.SharedKey(cfg.key), Logger: cfg.log,
		// Before anybody is dialed: whoever is connected to this node finds its disks.
		Register: func(m *grid.Manager) error { return n.openDisks(m, cfg.data) },
		// An operator with the key may look in: gridc call uses such names.
		Accept: func(name string) bool { return strings.HasPrefix(name, "gridc-") },
		// A small cluster on a fast network need not spare its peers.
		Limits: grid.Limits{BackoffMin: 50 * time.Millisecond, BackoffMax: time.Second},
	})
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	n.manager = manager
	mux := http.NewServeMux()
	mux.Handle(grid.DefaultPath, manager.Handler())
	mux.Handle(debugPath, debug.Handler(manager)) // names and addresses: for operators alone
	n.server = http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second,
		ErrorLog: slog.NewLogLogger(cfg.log.Handler(), slog.LevelWarn),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				n.sockets.Add(1)
			}
		},
	}
	go func() { n.served <- n.server.Serve(ln) }()
	return n, nil
}

// openDisks registers the service once for each disk.
func (n *node) openDisks(m *grid.Manager, data string) error {
	for _, name := range diskNames {
		d, err := openDisk(filepath.Join(data, name), n.address+"/"+name)
		if err != nil {
			return err
		}
		if err := storage.RegisterStorage(m, name, d); err != nil {
			return err
		}
	}
	return nil
}

// disk returns a client for one disk of a node: of a peer, or of this node itself.
func (n *node) disk(peer, name string) *storage.StorageClient {
	return storage.NewStorageClient(n.manager.Connection(peer), name)
}

// waitConnected waits until calls can be made to all peers.
func (n *node) waitConnected(ctx context.Context) error {
	for _, peer := range n.manager.Peers() {
		if err := n.manager.Connection(peer).WaitConnected(ctx); err != nil {
			return fmt.Errorf("%s waits for %s: %w", n.manager.Name(), peer, err)
		}
	}
	return nil
}

// stop lets what runs finish until ctx ends, then ends the node. Later calls
// return nil.
func (n *node) stop(ctx context.Context) (err error) {
	n.stopOnce.Do(func() {
		// The Manager goes first: Server.Shutdown knows nothing of upgraded connections.
		err = errors.Join(n.manager.Shutdown(ctx), n.server.Close())
		if served := <-n.served; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
	})
	return err
}
