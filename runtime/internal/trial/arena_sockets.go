package trial

import (
	"context"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/examples/gen/storage"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// Conn dials the target from a host.
func (a *Arena) Conn(t *testing.T, host string) net.Conn {
	t.Helper()
	c, err := a.Net.Dial(t.Context(), host, "target")
	if err != nil {
		t.Fatal(err)
	}
	if host == "witness" {
		return c // attacks nobody
	}
	return a.attackBy(c)
}

// attacker is a socket of an attacker, which counts what is written to it.
type attacker struct {
	net.Conn
	sent *atomic.Int64
}

func (c attacker) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent.Add(int64(n))
	return n, err
}

// attackBy makes a socket one of an attacker.
func (a *Arena) attackBy(c net.Conn) net.Conn {
	a.AtEnd(func() { c.Close() })
	return attacker{c, &a.sent}
}

// Session authenticates as the named peer, from a host of that name.
func (a *Arena) Session(t *testing.T, name string) *peer.Session {
	t.Helper()
	return a.SessionOf(t, name, peer.NewHello(name, "target"))
}

func (a *Arena) SessionOf(t *testing.T, host string, h peer.Hello) *peer.Session {
	t.Helper()
	return a.SessionOn(t, a.Conn(t, host), h)
}

// Upgraded is a fresh socket of the host probe, not authenticated.
func (a *Arena) Upgraded(t *testing.T) *peer.Socket {
	t.Helper()
	s, err := peer.UpgradeDialer(a.Conn(t, "probe"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TryUpgrade dials the target and upgrades to a WebSocket, or returns nil if the
// target has too many pending handshakes at the moment.
func (a *Arena) TryUpgrade(t *testing.T) *peer.Socket {
	s, err := peer.UpgradeDialer(a.Conn(t, "probe"))
	if err != nil {
		return nil
	}
	return s
}

// AsPeer makes a session in which there is a call and a stream at each end, and
// writes to it.
func (a *Arena) AsPeer(t *testing.T, luck *rand.Rand, write func(*peer.Session)) {
	t.Helper()
	s := a.Session(t, "probe")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.Announce(peer.Route(0, int(IdCall), "", 0, 0, 0), peer.Route(1, int(IdStream), "", 1, 4, 4))
	SendFrames(t, s, CallFrame(1, RouteBlock), peer.NewFrame(peer.Open, 1, RouteStream, 0, 0, 4))
	time.Sleep(5 * time.Millisecond)
	go Discard(s)
	Begin(ctx, a.Connection("probe"), IdCall, Noise(luck, 100<<10))
	go a.Connection("probe").NewStream(ctx, IdStream, nil)
	synctest.Wait()
	write(s)
	time.Sleep(5 * time.Millisecond)
	s.Conn.Close()
}

// Noise makes bytes of which many are small, as are most numbers on the wire.
func Noise(luck *rand.Rand, most int) []byte {
	b := make([]byte, luck.IntN(most))
	for i := range b {
		b[i] = byte(luck.Uint32())
		if luck.IntN(2) == 0 {
			b[i] %= 8
		}
	}
	return b
}

// Discard reads whatever comes until the socket is closed.
func Discard(s *peer.Session) {
	for {
		if _, err := s.Next(); err != nil {
			return
		}
	}
}

// ServeStorage announces the storage service and returns the numbers of its routes.
func (a *Arena) ServeStorage(t *testing.T, s *peer.Session, funcs *storage.StorageFuncs) map[uint64]int {
	t.Helper()
	if err := storage.RegisterStorage(a.Manager, "d", funcs); err != nil {
		t.Fatal(err)
	}
	f := ExpectFrame(t, s, peer.Routes)
	f.Uvarint()
	routes := make(map[uint64]int)
	for len(f.Body) > 0 && !f.Bad {
		e := peer.Frame{Body: []byte(f.String())}
		number := e.Uvarint()
		routes[e.Uvarint()] = int(number)
	}
	return routes
}
