package grid_test

import (
	"context"
	"log/slog"
	"net"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// Attacks in which a node dials: the one that is under attack, or one that the
// attacker has.

// dialing lets the target of an arena dial all of its peers that have an address.
func (a *arena) dialing(change func(*grid.Options)) func(*grid.Options) {
	return func(o *grid.Options) {
		o.CallOnly = true
		o.Dial = a.dialFrom("target")
		if change != nil {
			change(o)
		}
	}
}

func (a *arena) dialFrom(host string) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) { return a.net.Dial(ctx, host, address) }
}

// trap is a host that attackers have. What is accepted there are sockets of theirs.
type trap struct {
	net.Listener
	a *arena
}

func (tr *trap) Accept() (net.Conn, error) {
	c, err := tr.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tr.a.attackBy(c), nil
}

// trapAt sets a trap at a host.
func (a *arena) trapAt(t *testing.T, host string) *trap {
	t.Helper()
	ln, err := a.net.Listen(host)
	if err != nil {
		t.Fatal(err)
	}
	a.atEnd(func() { ln.Close() })
	return &trap{ln, a}
}

// lure makes the target dial a host as a peer of that name, until the attack is over.
func (a *arena) lure(t *testing.T, name, host string) {
	t.Helper()
	if err := a.AddPeer(grid.Peer{Name: name, Address: host + ":1"}); err != nil {
		t.Fatal(err)
	}
	a.atEnd(func() { a.RemovePeer(name) })
}

// caller is a node that dials the target from a host of its name, under that name.
// Its end is the test's affair.
func (a *arena) caller(t *testing.T, name string, change func(*grid.Options)) (m *grid.Manager, end func()) {
	t.Helper()
	o := grid.Options{
		Name: name, Auth: grid.SharedKey(testKey), CallOnly: true, Logger: slog.New(slog.DiscardHandler),
		Peers: []grid.Peer{{Name: "target", Address: "target:1"}}, Dial: a.dialFrom(name),
	}
	if change != nil {
		change(&o)
	}
	m, err := grid.NewManager(o)
	if err != nil {
		t.Fatal(err)
	}
	return m, func() {
		ctx, cancel := context.WithTimeout(context.Background(), probePatience)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Errorf("shutdown of %s: %v", name, err)
		}
	}
}
