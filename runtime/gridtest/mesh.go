package gridtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// Options describe a Mesh. Only Nodes is required.
type Options struct {
	// Nodes are the names of the nodes, each a peer of all others.
	Nodes []string
	// Seed fixes the random choices of the network.
	Seed uint64
	// Link is how bytes travel between all nodes at first.
	Link Link
	// Configure, if set, changes the options of a node before each of its starts.
	// Name, Peers, Auth, Dial and Logger are set already.
	Configure func(name string, o *grid.Options)
	// Listen, if set, changes the listener of a node at each of its starts. For a mesh
	// over TLS, use a server's configuration here, and set a client's in Options.TLS
	// with Configure:
	//
	//	tls.NewListener(n.Manager().Listener(ln), config)
	Listen func(n *Node, ln net.Listener) net.Listener
	// Register, if set, registers a node's handlers at each of its starts. No peer
	// reaches the node before it has returned.
	Register func(n *Node) error
}

// Mesh is a Network with a node at every host: a grid.Manager with an http.Server,
// connected to all others. The faults of the Network work on it; Crash, Vanish,
// Stop and Restart act on the nodes themselves.
type Mesh struct {
	*Network

	options Options         // static
	logs    *switchedLog    // static
	fail    func(err error) // static: what cannot go wrong has

	luckMu sync.Mutex
	luck   *rand.Rand // the jitter of the nodes' dialing, from the seed

	mu    sync.Mutex
	nodes []*Node // in the order of their names in the options, then of Add
}

// New starts a mesh that ends with the test. Under testing/synctest, call it inside
// the bubble, with the bubble's t.
func New(t testing.TB, o Options) *Mesh {
	t.Helper()
	m := newMesh(o, t.Output(), func(err error) {
		t.Helper()
		t.Fatal(err)
	})
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	m.startAll()
	return m
}

// NewMesh starts a mesh outside a test, such as in an example. You must close it.
// It panics where New would fail the test.
func NewMesh(o Options) *Mesh {
	m := newMesh(o, io.Discard, func(err error) { panic(err) })
	m.startAll()
	return m
}

func newMesh(o Options, log io.Writer, fail func(error)) *Mesh {
	m := &Mesh{Network: NewNetwork(o.Seed), luck: rand.New(rand.NewPCG(o.Seed, 1)), options: o, logs: &switchedLog{to: log}, fail: fail}
	m.SetAll(o.Link)
	for _, name := range o.Nodes {
		m.nodes = append(m.nodes, &Node{mesh: m, name: name})
	}
	return m
}

// random is the source of jitter of all nodes.
func (m *Mesh) random() float64 {
	m.luckMu.Lock()
	defer m.luckMu.Unlock()
	return m.luck.Float64()
}

func (m *Mesh) startAll() {
	for _, n := range m.all() {
		n.start()
	}
}

// Add starts one more node. It has the others as its peers but is not among theirs.
// It can be a tool, for example, if Configure makes it CallOnly.
func (m *Mesh) Add(name string) *Node {
	n := &Node{mesh: m, name: name}
	m.mu.Lock()
	m.nodes = append(m.nodes, n)
	m.mu.Unlock()
	n.start()
	return n
}

func (m *Mesh) all() []*Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.nodes)
}

// Node returns the node of that name. If there is none, the test fails.
func (m *Mesh) Node(name string) *Node {
	for _, n := range m.all() {
		if n.name == name {
			return n
		}
	}
	m.fail(fmt.Errorf("gridtest: there is no node %q", name))
	return nil
}

// Connection returns the connection of one node to another.
func (m *Mesh) Connection(from, to string) *grid.Connection { return m.Node(from).Connection(to) }

// WaitConnected waits until every running node is connected to every other running
// node that it has as a peer.
func (m *Mesh) WaitConnected(ctx context.Context) error {
	for _, from := range m.all() {
		for _, to := range m.all() {
			if from == to || !from.Running() || !to.Running() {
				continue
			}
			c := from.Connection(to.name)
			if c == nil {
				continue
			}
			if err := c.WaitConnected(ctx); err != nil {
				return fmt.Errorf("gridtest: %s is not connected with %s: %w", from.name, to.name, err)
			}
		}
	}
	return nil
}

// WaitDisconnected waits until one node has noticed that it is not connected to
// another, for example after Crash, because the reset takes a moment to arrive.
func (m *Mesh) WaitDisconnected(ctx context.Context, from, to string) error {
	c := m.Connection(from, to)
	if c == nil {
		return nil
	}
	for {
		state, changed := c.Changes()
		if state.Phase != grid.Connected {
			return nil
		}
		if err := wait(ctx, changed); err != nil {
			return fmt.Errorf("gridtest: %s is still connected with %s: %w", from, to, err)
		}
	}
}

// closeTimeout is how long Close waits for handlers to return.
const closeTimeout = 10 * time.Second

// Close ends all nodes and the network. It returns an error if a handler goes on
// although its context has ended. When it returns, everything else has ended.
func (m *Mesh) Close() error {
	defer m.logs.off()
	nodes := m.all()
	for _, n := range nodes {
		n.markDown()
	}
	m.Network.Close()
	var faults []error
	for _, n := range nodes {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		if err := n.stop(ctx); err != nil {
			faults = append(faults, fmt.Errorf("gridtest: node %s did not end: %w", n.name, err))
		}
		cancel()
	}
	return errors.Join(faults...)
}

// switchedLog passes log lines on until it is switched off: a handler that
// outlives its test must not write to the test's output.
type switchedLog struct {
	mu sync.Mutex
	to io.Writer // nil: off
}

func (l *switchedLog) off() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = nil
}

// Write implements io.Writer.
func (l *switchedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to == nil {
		return len(b), nil
	}
	return l.to.Write(b)
}

// logger returns the logger of one node.
func (l *switchedLog) logger(node string) *slog.Logger {
	return slog.New(slog.NewTextHandler(l, nil)).With("node", node)
}
