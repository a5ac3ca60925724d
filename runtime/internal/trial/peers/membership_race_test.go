package peers_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// hostAndGuest are two nodes that serve echo, of which only the guest knows the
// other. The guest is a tool where by its name it would be dialed.
func hostAndGuest(t *testing.T, host, guest string) *gridtest.Mesh {
	t.Helper()
	mesh := gridtest.New(t, gridtest.Options{
		Nodes: []string{host, guest},
		Configure: func(name string, o *grid.Options) {
			if name == host {
				o.Peers, o.Accept = nil, func(string) bool { return true }
			} else {
				o.CallOnly = guest < host // "b" dials "a"
			}
		},
		Register: func(n *gridtest.Node) error { return trial.RegisterEcho(n.Manager()) },
	})
	trial.WantConnected(t, mesh.Connection(guest, host))
	synctest.Wait()
	return mesh
}

// A guest that is added as a peer, with its address, while it is connected keeps
// its Connection, is a peer from then on, and is called as such; that it is not
// forgotten any more shows when it goes and comes back.
func TestAConnectedGuestIsAddedWithItsAddress(t *testing.T) {
	for host, guest := range map[string]string{"a": "b", "b": "a"} {
		t.Run("guest "+guest, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mesh := hostAndGuest(t, host, guest)
				m := mesh.Node(host).Manager()
				c := m.Connection(guest)
				if got := m.Peers(); c == nil || len(got) != 0 {
					t.Fatalf("before: connection %v, peers %v", c, got)
				}
				if err := m.AddPeer(peerAt(guest, guest)); err != nil {
					t.Fatal(err)
				}
				check := func(when string) {
					t.Helper()
					time.Sleep(time.Minute) // whoever dials, it is settled by then
					for _, pair := range [][2]string{{host, guest}, {guest, host}} {
						reply, err := mesh.Connection(pair[0], pair[1]).Request(grid.WaitForReady(t.Context()), trial.IdCall, []byte(when))
						trial.WantReply(t, when, reply, err, when)
					}
					if got := m.Peers(); m.Connection(guest) != c || !slices.Equal(got, []string{guest}) {
						t.Errorf("%s: peers %v", when, got)
					}
				}
				check("as a peer")
				mesh.Crash(guest)
				synctest.Wait()
				if m.Connection(guest) != c || c.State().Phase == grid.Closed {
					t.Errorf("it was forgotten: %+v", c.State())
				}
				mesh.Restart(guest)
				check("after its return")
			})
		})
	}
}

// A guest is added at the moment when its session ends: whichever comes first, it
// is a peer afterwards, and there is no Connection that is closed for ever.
func TestAGuestIsAddedAsItLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mesh := hostAndGuest(t, "a", "b")
		m := mesh.Node("a").Manager()
		for range 100 {
			trial.WantConnected(t, mesh.Connection("b", "a"))
			synctest.Wait()
			var both sync.WaitGroup
			both.Go(func() { mesh.Cut("a", "b") })
			both.Go(func() {
				if err := m.AddPeer(peerAt("b", "b")); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			mesh.Heal("a", "b")
			c := m.Connection("b")
			if got := m.Peers(); c == nil || !slices.Equal(got, []string{"b"}) {
				t.Fatalf("peers %v", got)
			}
			trial.WantConnected(t, c)
			m.RemovePeer("b") // it comes back as a guest
		}
	})
}

// hellos is an Authenticator that notes the hellos of the dialers it verifies.
type hellos struct {
	grid.Authenticator
	mu   sync.Mutex
	said []peer.Hello
}

func (h *hellos) Verify(i grid.AuthInfo, proof []byte) error {
	f := peer.Frame{Body: i.Transcript}
	if hello, err := peer.ParseHello([]byte(f.String())); err == nil && string(hello[peer.TagName]) == i.Prover {
		h.mu.Lock()
		h.said = append(h.said, hello)
		h.mu.Unlock()
	}
	return h.Authenticator.Verify(i, proof)
}

// Of two sockets of a pair the one with the higher attempt is the newer one. So
// attempts never go back, also for a peer that was removed and added again.
func TestAttemptsGrowOverRemovals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &hellos{}
		w := trial.DialsFirst.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, name string, o *grid.Options) {
			if name == "a" {
				book.Authenticator = o.Auth
				o.Auth = book
			}
		}})
		m := w.Node("b").Manager()
		for range 5 {
			m.RemovePeer("a")
			if err := m.AddPeer(peerAt("a", "a")); err != nil {
				t.Fatal(err)
			}
			trial.WantConnected(t, m.Connection("a"))
			w.Cut("a", "b")
			synctest.Wait()
			w.Heal("a", "b")
			trial.WantConnected(t, m.Connection("a"))
		}
		book.mu.Lock()
		defer book.mu.Unlock()
		if len(book.said) < 11 {
			t.Fatalf("%d handshakes", len(book.said))
		}
		last := uint64(0)
		for _, h := range book.said {
			f := peer.Frame{Body: h[peer.TagAttempt]}
			if attempt := f.Uvarint(); attempt <= last {
				t.Errorf("attempt %d after %d", attempt, last)
			} else {
				last = attempt
			}
		}
	})
}

// A peer that is removed and added again while its old session is half open at
// the other end takes its place there at once: it is not taken for the older one.
func TestARemovedPeerReturnsOverItsHalfOpenSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := trial.DialsFirst.World(t, trial.Setup{Register: trial.RegisterEcho})
		m := w.Node("b").Manager()
		for range 3 {
			far := w.Connection("a", "b")
			before := far.State().Session
			w.PartitionOneWay("b", "a")
			m.RemovePeer("a") // which "a" does not hear
			synctest.Wait()
			if state := far.State(); state.Phase != grid.Connected {
				t.Fatalf("%+v", state)
			}
			if err := m.AddPeer(peerAt("a", "a")); err != nil {
				t.Fatal(err)
			}
			w.Heal("a", "b")
			trial.WantConnected(t, m.Connection("a"))
			synctest.Wait()
			if state := far.State(); state.Phase != grid.Connected || state.Session != before+1 {
				t.Errorf("%+v", state)
			}
		}
	})
}
