package attack_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// greeting is what an eavesdropper has of a handshake.
type greeting struct{ hello, theirs, theirProof, proof []byte }

func greet(t *testing.T, s *peer.Socket, hello []byte) greeting {
	t.Helper()
	g := greeting{hello: hello}
	err := s.Write(peer.OpBinary, hello)
	if err == nil {
		g.theirs, err = s.ReadHandshake(peer.KindHello)
	}
	if err == nil {
		g.theirProof, err = s.ReadHandshake(peer.KindProof)
	}
	if err != nil {
		t.Fatal(err)
	}
	g.proof = peer.Proof(trial.TestKey, "dialer", hello, g.theirs)
	return g
}

// What was overheard once opens nothing: the other end's nonce is new each time.
func TestAttackReplay(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		honest := a.Upgraded(t)
		overheard := greet(t, honest, peer.NewHello("probe", "target").Bytes())
		if err := honest.Write(peer.OpBinary, overheard.proof); err != nil {
			t.Fatal(err)
		}
		if _, err := honest.ReadHandshake(peer.KindWelcome); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			s := a.Upgraded(t)
			greet(t, s, overheard.hello)
			if err := s.Write(peer.OpBinary, overheard.proof); err != nil {
				t.Fatal(err)
			}
			_, err := s.ReadHandshake(peer.KindWelcome)
			trial.WantRejected(t, err, "unauthenticated", "wrong key")
			s.Conn.Close()
		}
		honest.Conn.Close()
		a.Bounded(t, 1<<20, 2)
	})
}

// An acceptor proves itself first; its own proof, sent back, proves nothing.
func TestAttackReflection(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s := a.Upgraded(t)
		g := greet(t, s, peer.NewHello("probe", "target").Bytes())
		if err := s.Write(peer.OpBinary, g.theirProof); err != nil {
			t.Fatal(err)
		}
		_, err := s.ReadHandshake(peer.KindWelcome)
		trial.WantRejected(t, err, "unauthenticated", "wrong key")
	})
}

// With a key for each pair, the key of one name does not open another.
func TestAttackForgedName(t *testing.T) {
	keys := map[string][]byte{"witness": trial.TestKey, "probe": []byte("the key of probe and target only")}
	auth := func(o *grid.Options) { o.Auth = grid.SharedKeys(func(name string) []byte { return keys[name] }) }
	trial.UnderAttack(t, auth, func(t *testing.T, a *trial.Arena) {
		for _, name := range []string{"witness", "nobody"} {
			err := trial.DialUnchecked(a.Upgraded(t), peer.NewHello(name, "target"), keys["probe"])
			if name == "witness" {
				trial.WantRejected(t, err, "unauthenticated", "wrong key")
			} else if err == nil {
				t.Errorf("%s was let in", name)
			}
		}
		if err := trial.DialUnchecked(a.Upgraded(t), peer.NewHello("probe", "target"), keys["probe"]); err != nil {
			t.Errorf("under its own name: %v", err)
		}
	})
}

// Sockets without authentication are few, hold little, and end with the handshake's
// deadline; who is connected already does not notice.
func TestAttackSocketsInTotal(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		a.Baseline()
		taken, refused := 0, 0
		for host := range 10 {
			for range 20 {
				_, err := peer.UpgradeDialer(a.Conn(t, fmt.Sprintf("host%d", host)))
				var status *peer.StatusError
				switch {
				case err == nil:
					taken++
				case errors.As(err, &status) && status.Status == http.StatusServiceUnavailable:
					refused++
				default:
					t.Fatal(err)
				}
			}
		}
		if taken != 128 || refused != 72 {
			t.Errorf("%d sockets were taken and %d refused, the limits are 128 in all and 16 an address", taken, refused)
		}
		a.Bounded(t, 200*trial.PendingHolds, 2*200)
		time.Sleep(5 * time.Second)
		if _, err := peer.UpgradeDialer(a.Conn(t, "host0")); err != nil {
			t.Errorf("after the deadline of the others: %v", err)
		}
	})
}

// A peer that authenticates and then does not say what it serves is not kept.
// PROTOCOL.md: "A session on which no complete set has come for as long as a handshake may take is closed with code 1008."
func TestAttackSilentAfterWelcome(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		s, err := peer.Dial(a.Conn(t, "probe"), peer.NewHello("probe", "target"), trial.TestKey)
		if err != nil {
			t.Fatal(err)
		}
		a.Baseline()
		began := time.Now()
		if c := trial.SessionGone(t, s); c == nil || c.Code != 1008 {
			t.Errorf("closed with %v", c)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("closed after %v", took)
		}
		a.Bounded(t, 1<<20, 0)
	})
}

// A peer that comes back again and again as a new process leaves nothing behind.
func TestAttackIncarnations(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		a.Session(t, "probe").Conn.Close()
		time.Sleep(10 * time.Millisecond)
		a.Baseline()
		for i := range 500 {
			h := peer.NewHello("probe", "target")
			h[peer.TagIncarnation] = fmt.Appendf(nil, "incarnation %04d", i)
			if i == 499 {
				trial.SessionAlive(t, a.SessionOf(t, "probe", h), 1)
				break
			}
			s, err := peer.Dial(a.Conn(t, "probe"), h, trial.TestKey)
			if err != nil {
				t.Fatal(i, err)
			}
			defer s.Conn.Close()
		}
		synctest.Wait()
		// The test's own ends of the sockets are on the heap too.
		a.Bounded(t, 500*(12<<10), 4)
	})
}

// No compression is ever agreed, whatever is offered.
func TestAttackDecompressionOffer(t *testing.T) {
	trial.UnderAttack(t, nil, func(t *testing.T, a *trial.Arena) {
		c := a.Conn(t, "probe")
		_, err := io.WriteString(c, "GET /grid/v1 HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Protocol: gridc.v1\r\n"+
			"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusSwitchingProtocols || len(resp.Header.Values("Sec-WebSocket-Extensions")) != 0 {
			t.Errorf("status %d, extensions %q", resp.StatusCode, resp.Header.Values("Sec-WebSocket-Extensions"))
		}
	})
}
