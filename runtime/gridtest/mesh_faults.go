package gridtest

import "context"

// Crash ends a node as if its process were killed: its connections are reset, its
// listener is gone, and its Manager's calls fail. It cannot kill the goroutines of
// the node's handlers, but their contexts end. It works for nodes, and for other
// hosts of the network.
func (m *Mesh) Crash(name string) { m.kill(name, m.Network.Crash) }

// Vanish ends a node as if its power were cut. It is like Crash, but nobody is
// told. Peers find out because the node is silent, or when it comes back.
func (m *Mesh) Vanish(name string) { m.kill(name, m.Network.Vanish) }

func (m *Mesh) kill(name string, host func(string)) {
	for _, n := range m.all() {
		if n.name == name {
			n.markDown()
			host(name)
			ctx, cancel := context.WithCancel(context.Background())
			cancel() // nothing is waited for
			_ = n.stop(ctx)
			return
		}
	}
	host(name)
}

// Stop shuts down a node gracefully, like Manager.Shutdown: the node finishes what
// it has begun, until ctx ends.
func (m *Mesh) Stop(ctx context.Context, name string) error { return m.Node(name).stop(ctx) }

// Restart starts a node again under its old name: a new Manager, with handlers
// registered again. If the node is still running, it crashes first.
func (m *Mesh) Restart(name string) {
	n := m.Node(name)
	if n.Running() {
		m.Crash(name)
	}
	n.start()
}
