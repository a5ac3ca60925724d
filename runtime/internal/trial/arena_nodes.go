package trial

import (
	"context"
	"log/slog"
	"net"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// dialing lets the target of an arena dial all of its peers that have an address.
func (a *Arena) dialing(change func(*grid.Options)) func(*grid.Options) {
	return func(o *grid.Options) {
		o.CallOnly = true
		o.Dial = a.dialFrom("target")
		if change != nil {
			change(o)
		}
	}
}

func (a *Arena) dialFrom(host string) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) { return a.Net.Dial(ctx, host, address) }
}

// Trap is a host that attackers have. What is accepted there are sockets of theirs.
type Trap struct {
	net.Listener
	a *Arena
}

func (tr *Trap) Accept() (net.Conn, error) {
	c, err := tr.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tr.a.attackBy(c), nil
}

// TrapAt sets a trap at a host.
func (a *Arena) TrapAt(t *testing.T, host string) *Trap {
	t.Helper()
	ln, err := a.Net.Listen(host)
	if err != nil {
		t.Fatal(err)
	}
	a.AtEnd(func() { ln.Close() })
	return &Trap{ln, a}
}

// Lure makes the target dial a host as a peer of that name, until the attack is over.
func (a *Arena) Lure(t *testing.T, name, host string) {
	t.Helper()
	if err := a.AddPeer(grid.Peer{Name: name, Address: host + ":1"}); err != nil {
		t.Fatal(err)
	}
	a.AtEnd(func() { a.RemovePeer(name) })
}

// Caller is a node that dials the target from a host of its name, under that name.
// Its end is the test's affair.
func (a *Arena) Caller(t *testing.T, name string, change func(*grid.Options)) (m *grid.Manager, end func()) {
	t.Helper()
	o := grid.Options{
		Name: name, Auth: grid.SharedKey(TestKey), CallOnly: true, Logger: slog.New(slog.DiscardHandler),
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
		ctx, cancel := context.WithTimeout(context.Background(), ProbePatience)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Errorf("shutdown of %s: %v", name, err)
		}
	}
}
