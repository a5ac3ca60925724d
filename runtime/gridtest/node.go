package gridtest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// Node is one node of a Mesh. It keeps its name when it restarts; Manager and
// Server are new each time.
type Node struct {
	mesh *Mesh  // static
	name string // static

	mu   sync.Mutex
	life *life // of the last start
}

// life is one process, so to speak, of a node.
type life struct {
	manager *grid.Manager
	server  *http.Server
	up      chan struct{} // closed once the handlers are registered: until then it dials nobody
	down    atomic.Bool   // it has ended, or is about to
	served  chan struct{} // closed when the server has ended
}

// Name returns the name of the node. The name of its host in the Network is the
// same.
func (n *Node) Name() string { return n.name }

// Manager returns the Manager of the node's last start.
func (n *Node) Manager() *grid.Manager { return n.current().manager }

// Server returns the http.Server of the node's last start.
func (n *Node) Server() *http.Server { return n.current().server }

// Connection returns the connection to a peer.
func (n *Node) Connection(peer string) *grid.Connection { return n.Manager().Connection(peer) }

// Running reports whether the node was started and has neither stopped nor crashed.
func (n *Node) Running() bool { return !n.current().down.Load() }

func (n *Node) current() *life {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.life
}

func (n *Node) markDown() {
	if l := n.current(); l != nil {
		l.down.Store(true)
	}
}

// start begins a new life.
func (n *Node) start() {
	if old := n.current(); old != nil {
		old.close() // a Stop may be about to do that: the address must be free
	}
	l := &life{up: make(chan struct{}), served: make(chan struct{})}
	o := n.options(l)
	manager, err := grid.NewManager(o)
	if err != nil {
		n.mesh.fail(fmt.Errorf("gridtest: node %s: %w", n.name, err))
		return
	}
	l.manager = manager
	l.server = serverFor(manager, o)
	n.mu.Lock()
	n.life = l
	n.mu.Unlock()
	if register := n.mesh.options.Register; register != nil {
		err = register(n)
	}
	if err == nil {
		err = n.listen(l)
	}
	if err != nil {
		close(l.served)
		n.mesh.fail(fmt.Errorf("gridtest: node %s: %w", n.name, err))
		return
	}
	close(l.up)
}

// options are those of the mesh, as Configure has changed them.
func (n *Node) options(l *life) grid.Options {
	o := grid.Options{
		Name:   n.name,
		Auth:   grid.SharedKey([]byte("the key of every gridtest.Mesh")),
		Logger: n.mesh.logs.logger(n.name),
		Random: n.mesh.random,
		Dial:   func(ctx context.Context, address string) (net.Conn, error) { return n.dial(ctx, l, address) },
	}
	for _, peer := range n.mesh.options.Nodes {
		o.Peers = append(o.Peers, grid.Peer{Name: peer, Address: Addr{Host: peer, Port: listenPort}.String()})
	}
	if configure := n.mesh.options.Configure; configure != nil {
		configure(n.name, &o)
	}
	return o
}

// serverFor returns the server that accepts the peers of a Manager.
func serverFor(m *grid.Manager, o grid.Options) *http.Server {
	path := o.Path
	if path == "" {
		path = grid.DefaultPath
	}
	mux := http.NewServeMux()
	mux.Handle(path, m.Handler())
	server := &http.Server{Handler: mux}
	if o.Logger != nil {
		server.ErrorLog = slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn)
	}
	return server
}

func (n *Node) listen(l *life) error {
	ln, err := n.mesh.Listen(n.name)
	if err != nil {
		return err
	}
	if around := n.mesh.options.Listen; around != nil {
		ln = around(n, ln)
	}
	go func() {
		defer close(l.served)
		_ = l.server.Serve(ln) // ends with the listener: by a crash, or when the server is closed
	}()
	return nil
}

// dial connects to a peer, unless this life is over: who crashed cannot dial.
func (n *Node) dial(ctx context.Context, l *life, address string) (net.Conn, error) {
	if err := wait(ctx, l.up); err != nil {
		return nil, err
	}
	if l.down.Load() {
		return nil, memconn.ConnReset
	}
	conn, err := n.mesh.Dial(ctx, n.name, address)
	if err == nil && l.down.Load() {
		conn.Close()
		return nil, memconn.ConnReset
	}
	return conn, err
}

// stop ends the node as its Manager's Shutdown and its server's Close do.
func (n *Node) stop(ctx context.Context) error {
	l := n.current()
	if l == nil {
		return nil
	}
	err := l.manager.Shutdown(ctx)
	l.down.Store(true)
	l.close()
	return err
}

// close ends the server, and returns when it no longer listens.
func (l *life) close() {
	l.server.Close()
	<-l.served
}
