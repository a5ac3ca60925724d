package peers_test

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Of the nodes a and b, b is the one that dials.

// knowing starts a and b, which know of each other what is given, and returns the
// logs of both from WARN on.
func knowing(t *testing.T, peers map[string][]grid.Peer) (w *trial.World, logs map[string]*trial.LogBook) {
	t.Helper()
	logs = map[string]*trial.LogBook{"a": {}, "b": {}}
	w = trial.Role{Caller: "a", Server: "b"}.World(t, trial.Setup{Apart: true, Register: trial.RegisterEcho, Configure: func(_ *trial.World, name string, o *grid.Options) {
		o.Peers = peers[name]
		o.Logger = slog.New(slog.NewTextHandler(logs[name], &slog.HandlerOptions{Level: slog.LevelWarn}))
	}})
	return w, logs
}

// The end that is to dial has no address, the other has one: after a few seconds
// that one dials, and both say what was missing. The session lasts, and is made
// again after a loss without another wait.
func TestWhoHasAnAddressDialsInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, logs := knowing(t, map[string][]grid.Peer{"a": {peerAt("b", "b")}, "b": {{Name: "a"}}})
		_, err := w.Connection("b", "a").Request(t.Context(), trial.IdCall, nil)
		if err == nil || !strings.Contains(err.Error(), "its address is not known here, so the peer has to dial") {
			t.Errorf("a call of the end that is to dial: %v", err)
		}
		began := time.Now()
		w.Connected(t)
		if took := time.Since(began); took < 4*time.Second || took > 6*time.Second {
			t.Errorf("connected after %v", took)
		}
		time.Sleep(time.Hour)
		w.WantSession(t, 1)
		logs["a"].Want(t, "this node dials it now")
		logs["b"].Want(t, "this node has no address of the peer, and the peer has not dialed it")
		w.Cut("a", "b")
		time.Sleep(time.Second)
		w.Heal("a", "b")
		time.Sleep(20 * time.Second)
		w.WantSession(t, 2)
	})
}

// Two nodes that cannot find each other say so, both, once, and what to set; and so
// does a call that waits.
func TestNobodyCanDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, logs := knowing(t, map[string][]grid.Peer{"a": {{Name: "b"}}, "b": {{Name: "a"}}})
		time.Sleep(time.Hour)
		for name, want := range map[string]string{
			"a": "the peer is the end of this pair that dials, and has not: see that it runs, knows this node and has its address; or set Peer.Address here, and this node dials",
			"b": "this node has no address of the peer, and the peer has not dialed it: set Peer.Address here, or see that the peer runs, knows this node and has its address",
		} {
			c := w.Node(name).Manager().Connection(map[string]string{"a": "b", "b": "a"}[name])
			_, err := c.Request(t.Context(), trial.IdCall, nil)
			trial.WantError(t, "call", err, grid.ErrDisconnected, grid.NotSent)
			logs[name].Want(t, want)
			if n := strings.Count(logs[name].String(), "\n"); n != 1 || !strings.Contains(err.Error(), want) || c.State().Phase != grid.Waiting {
				t.Errorf("%s: %v, %d lines:\n%s%v", name, c.State().Phase, n, logs[name], err)
			}
		}
	})
}

// A node that is not among the peers of the one that is to dial finds out: it is
// refused, with the reason, instead of waiting in silence.
func TestWaitingForANodeThatDoesNotKnowUs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, logs := knowing(t, map[string][]grid.Peer{"a": {peerAt("b", "b")}})
		time.Sleep(time.Minute)
		const reason = `"a" is not among the peers of "b"`
		if s := w.Connection("a", "b").State(); s.Phase != grid.Refused || !strings.Contains(s.Reason.Error(), reason) {
			t.Errorf("%v: %v", s.Phase, s.Reason)
		}
		_, err := w.Connection("a", "b").Request(t.Context(), trial.IdCall, nil)
		if err == nil || strings.Count(err.Error(), "refused") != 1 || !strings.Contains(err.Error(), reason) {
			t.Errorf("a call: %v", err)
		}
		logs["a"].Want(t, "connection refused")
		logs["b"].Want(t, "connection refused")
		if err := w.Node("b").Manager().AddPeer(grid.Peer{Name: "a"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		w.WantSession(t, 1)
	})
}

// A node that was refused because it was no peer, and becomes one, need not wait for its
// next attempt: it is dialed at once, if the one that knows it now has its address.
func TestANodeThatWasRefusedAndIsAddedIsDialedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := knowing(t, map[string][]grid.Peer{"b": {peerAt("a", "a")}})
		time.Sleep(50 * time.Second) // between two attempts of b
		if s := w.Connection("b", "a").State(); s.Phase != grid.Refused {
			t.Fatalf("%v: %v", s.Phase, s.Reason)
		}
		if err := w.Node("a").Manager().AddPeer(peerAt("b", "b")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		reply, err := w.Connection("a", "b").Request(t.Context(), trial.IdCall, []byte("welcome"))
		trial.WantReply(t, "a second later", reply, err, "welcome")
		time.Sleep(time.Hour)
		if s := w.Connection("a", "b").State(); s.Phase != grid.Connected || s.Session != 1 {
			t.Errorf("an hour later: %v, session %d", s.Phase, s.Session)
		}
	})
}

// A node whose peer is away helps, and stops when the peer is there and dials itself.
func TestHelpEndsWhenThePeerDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &dialBook{}
		w := trial.Role{Caller: "a", Server: "b"}.World(t, trial.Setup{Register: trial.RegisterEcho, Configure: func(_ *trial.World, name string, o *grid.Options) { book.watch(name, o) }})
		w.Crash("b")
		time.Sleep(5 * time.Minute)
		helped := len(book.of("a", "b"))
		if helped == 0 {
			t.Error("a has not dialed a peer that was away for minutes")
		}
		w.Restart("b")
		w.Connected(t)
		time.Sleep(time.Minute)
		settled := len(book.of("a", "b"))
		w.Cut("a", "b")
		w.Heal("a", "b")
		time.Sleep(10 * time.Second)
		if n := len(book.of("a", "b")); n != settled {
			t.Errorf("a went on dialing: %d dials, then %d", settled, n)
		}
		w.Connected(t)
	})
}

// Peer.Dial says who dials: at once, and whatever the names say.
func TestPeerDial(t *testing.T) {
	dial := func(name string) grid.Peer { p := peerAt(name, name); p.Dial = true; return p }
	for what, peers := range map[string]map[string][]grid.Peer{
		"one end":            {"a": {dial("b")}, "b": {{Name: "a"}}},
		"both ends":          {"a": {dial("b")}, "b": {dial("a")}},
		"one end beside b's": {"a": {dial("b")}, "b": {peerAt("a", "a")}},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := knowing(t, peers)
				began := time.Now()
				w.Connected(t)
				if took := time.Since(began); took > time.Second {
					t.Errorf("connected after %v", took)
				}
				time.Sleep(time.Hour)
				before := w.Connection("a", "b").State().Session
				time.Sleep(time.Hour)
				for _, c := range []*grid.Connection{w.Connection("a", "b"), w.Connection("b", "a")} {
					if s := c.State(); s.Phase != grid.Connected || s.Session > 2 || c.Name() == "b" && s.Session != before {
						t.Errorf("%s: %v, session %d", c.Name(), s.Phase, s.Session)
					}
				}
				reply, err := w.Conn.Request(t.Context(), trial.IdCall, []byte("hi"))
				trial.WantReply(t, "call", reply, err, "hi")
			})
		})
	}
	if _, err := grid.NewManager(grid.Options{Name: "a", Auth: grid.InsecureNoAuth(), Peers: []grid.Peer{{Name: "b", Dial: true}}}); err == nil || !strings.Contains(err.Error(), "Peers[0].Address: is empty, and Dial needs one") {
		t.Errorf("Dial without an address: %v", err)
	}
}

// P7, where both ends dial: after any weather there is one session, and it stays.
func TestP7OneSessionWhereBothDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := func(name string) []grid.Peer {
			return []grid.Peer{{Name: name, Address: peerAt(name, name).Address, Dial: true}}
		}
		w, _ := knowing(t, map[string][]grid.Peer{"a": dial("b"), "b": dial("a")})
		w.Connected(t)
		for i := range 40 {
			w.Cut("a", "b")
			time.Sleep(time.Duration(i*37) * time.Millisecond)
			w.HealAll()
			time.Sleep(time.Duration(i*11) * time.Millisecond)
			switch i % 4 {
			case 1:
				w.PartitionOneWay("a", "b")
			case 2:
				w.PartitionOneWay("b", "a")
			case 3:
				w.Vanish([]string{"a", "b"}[i/4%2])
				w.Restart([]string{"a", "b"}[i/4%2])
			}
			time.Sleep(time.Duration(i) * time.Second)
			w.HealAll()
		}
		time.Sleep(5 * time.Minute)
		here, there := w.Connection("a", "b"), w.Connection("b", "a")
		before := [2]uint64{here.State().Session, there.State().Session}
		time.Sleep(time.Hour)
		if after := [2]uint64{here.State().Session, there.State().Session}; after != before || here.State().Phase != grid.Connected {
			t.Errorf("sessions %v have become %v, %v", before, after, here.State().Phase)
		}
		reply, err := here.Request(t.Context(), trial.IdCall, []byte("hi"))
		trial.WantReply(t, "call", reply, err, "hi")
	})
}

// Peer.Dial may be set and taken back while there is a session, which goes on.
func TestPeerDialChangesUnderASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := knowing(t, map[string][]grid.Peer{"a": {peerAt("b", "b")}, "b": {peerAt("a", "a")}})
		w.Connected(t)
		m := w.Node("a").Manager()
		for _, dial := range []bool{true, false, true} {
			p := peerAt("b", "b")
			p.Dial = dial
			if err := m.AddPeer(p); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			w.WantSession(t, 1)
		}
		w.Node("b").Manager().RemovePeer("a")
		if err := w.Node("b").Manager().AddPeer(grid.Peer{Name: "a"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if s := w.Connection("a", "b").State(); s.Phase != grid.Connected {
			t.Errorf("a, which was told to dial: %v, %v", s.Phase, s.Reason)
		}
	})
}
