package protocol_test

import (
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// PROTOCOL.md: "An acceptor refuses an upgrade with an `Origin` header with status 403, unless configured to allow that origin."
func TestOrigin(t *testing.T) {
	change := func(o *grid.Options) {
		o.AllowOrigin = func(origin string) bool { return origin == "https://good.example" }
	}
	trial.UnderAttack(t, change, func(t *testing.T, a *trial.Arena) {
		_, err := peer.UpgradeDialer(a.Conn(t, "probe"), "Origin: https://bad.example")
		var status *peer.StatusError
		if !errors.As(err, &status) || status.Status != 403 {
			t.Errorf("got %v, want status 403", err)
		}
		a.Log.Await(t, "upgrade refused", "https://bad.example")
		if _, err := peer.UpgradeDialer(a.Conn(t, "probe"), "Origin: https://good.example"); err != nil {
			t.Error(err)
		}
	})
}

// PROTOCOL.md: "Where the subprotocol was not among those offered, the acceptor closes the WebSocket with code 1002."
func TestSubprotocol(t *testing.T) {
	x := trial.StartTarget(t, nil)
	sock, err := peer.UpgradeDialer(x.Conn(t), "Sec-WebSocket-Protocol: chat")
	if err != nil {
		t.Fatal(err)
	}
	wantClosed(t, sock, 1002)
}

// PROTOCOL.md: "An acceptor answers with status 503 while 128 sockets, or 16 of the same address, are waiting for authentication."
func TestTooManyPendingHandshakes(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		pendingHandshakes(t, a.ProbeTarget, func() net.Conn { return a.Conn(t, "probe") })
		a.Bounded(t, 18*trial.PendingHolds, 2*18)
	})
}

func pendingHandshakes(t *testing.T, _ *trial.ProbeTarget, dial func() net.Conn) {
	waiting := make([]*peer.Socket, 16)
	for i := range waiting {
		sock, err := peer.UpgradeDialer(dial())
		if err != nil {
			t.Fatal(i, err)
		}
		waiting[i] = sock
	}
	_, err := peer.UpgradeDialer(dial())
	var status *peer.StatusError
	if !errors.As(err, &status) || status.Status != 503 {
		t.Fatalf("got %v, want status 503", err)
	}
	if _, err := waiting[0].GreetDialer(peer.NewHello("probe", "target"), trial.TestKey); err != nil {
		t.Fatal(err)
	}
	// The slot of one that is authenticated is free again.
	for end := time.Now().Add(trial.ProbePatience); ; time.Sleep(time.Millisecond) {
		if _, err = peer.UpgradeDialer(dial()); err == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestGarbage writes what is no WebSocket, and no HTTP, to the socket.
func TestGarbage(t *testing.T) { trial.UnderAttackBy(t, nil, garbage) }

func garbage(t *testing.T, _ *trial.ProbeTarget, dial func() net.Conn) {
	for _, s := range []string{"\x00\x01\x02\x03\r\n\r\n", "GET /grid/v1 HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-x\r\n"} {
		c := dial()
		if _, err := c.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 64)
		n, err := c.Read(buf)
		if err == nil && !strings.HasPrefix(string(buf[:n]), "HTTP/1.1 4") {
			t.Errorf("%q is answered by %q", s, buf[:n])
		}
	}
	sock, err := peer.UpgradeDialer(dial())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sock.Conn.Write([]byte("no frames, just words: \xff\xfe\xfd")); err != nil {
		t.Fatal(err)
	}
	if err := refusedWithoutWords(sock); err != nil {
		t.Error(err)
	}
}

// inNetwork runs a target on the host "target" of a network in a bubble of fake
// time, and gives the test a way to dial it.
func inNetwork(t *testing.T, test func(t *testing.T, x *trial.ProbeTarget, dial func() net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := gridtest.NewNetwork(1)
		ln, err := n.Listen("target")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		x := trial.NewTarget(t, nil)
		x.Serve(t, ln)
		test(t, x, func() net.Conn {
			c, err := n.Dial(t.Context(), "probe", "target")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			return c
		})
	})
}

// PROTOCOL.md: "A handshake that is not over by its deadline is closed with code 1008 and without a reject."
func TestSlowHandshake(t *testing.T) {
	hello := peer.NewHello("probe", "target").Bytes()
	for name, write := range map[string]func(s *peer.Socket){
		"silent":     func(*peer.Socket) {},
		"only hello": func(s *peer.Socket) { s.Write(peer.OpBinary, hello) },
		"a byte at a time": func(s *peer.Socket) {
			for _, b := range s.Message(peer.OpBinary, hello) {
				if _, err := s.Conn.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(100 * time.Millisecond)
			}
		},
		"pings": func(s *peer.Socket) {
			for s.Write(peer.OpPing, nil) == nil {
				time.Sleep(time.Second)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
				sock, began := a.Upgraded(t), time.Now()
				var writing sync.WaitGroup
				writing.Go(func() { write(sock) })
				time.Sleep(4500 * time.Millisecond)
				a.Bounded(t, trial.PendingHolds+trial.WitnessHolds, 2)
				var err error
				for err == nil {
					_, err = sock.ReadHandshake(peer.KindProof)
					if err != nil && strings.Contains(err.Error(), "where 2 was due") {
						err = nil // the hello
					}
				}
				var c *peer.Closed
				if !errors.As(err, &c) || c.Code != 1008 {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took != 5*time.Second {
					t.Errorf("closed after %v", took)
				}
				sock.Conn.Close()
				writing.Wait()
				a.Bounded(t, trial.WitnessHolds, 0)
			})
		})
	}
}
