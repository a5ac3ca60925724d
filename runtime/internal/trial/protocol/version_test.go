package protocol_test

import (
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// futures are the ranges of versions that later nodes may name, and whether they
// and this one have one in common.
var futures = []struct {
	name     string
	versions []byte
	common   bool
}{
	{"1 and 2", []byte{1, 2}, true},
	{"1 to 200", []byte{1, 0xc8, 0x01}, true},
	{"0 to 3", []byte{0, 3}, true},
	{"1 to 2, and more to say of them", []byte{1, 2, 7, 7}, true},
	{"2", []byte{2, 2}, false},
	{"2 to 9", []byte{2, 9}, false},
	{"2 to 2⁶³", append([]byte{2}, peer.Uvarint(1<<63)...), false},
}

// futureHello is the hello of a node of a later version, with tags that this one
// does not know.
func futureHello(name string, versions []byte) peer.Hello {
	h := peer.NewHello(name, "target")
	h[peer.TagVersions] = versions
	h[13], h[99], h[127] = []byte("zstd"), nil, make([]byte, 1000)
	return h
}

// spoken is the reason that a node gives a peer without a common version.
const spoken = "this node speaks versions 1 to 1 of the wire"

// PROTOCOL.md: "So a node of a later version offers `gridc.v1` too, also if it speaks version 1 no more: the hellos tell each end what the other speaks, and the reject says it to people."
// PROTOCOL.md: "The highest common version is spoken."
// PROTOCOL.md: "Unknown tags are skipped."
func TestFutureVersionDials(t *testing.T) {
	for _, f := range futures {
		t.Run(f.name, func(t *testing.T) {
			x := trial.StartTarget(t, nil)
			h := futureHello("probe", f.versions)
			if f.common {
				trial.SessionAlive(t, x.SessionOf(t, h), 1)
				return
			}
			_, err := peer.Dial(x.Conn(t), h, trial.TestKey)
			trial.WantRejected(t, err, "incompatible", spoken+", the other 2 to ")
			x.Log.Await(t, "grid: connection refused", "probe", spoken)
			wantReason(t, x.Manager, "probe", grid.Waiting, spoken)
		})
	}
}

func TestFutureVersionAccepts(t *testing.T) {
	for _, f := range futures {
		t.Run(f.name, func(t *testing.T) {
			d := startDialer(t)
			h := futureHello("other", f.versions)
			s, err := d.accept(t).GreetAcceptor(h, trial.TestKey)
			if !f.common {
				trial.WantRejected(t, err, "incompatible", spoken+", the other 2 to ")
				d.wantRefused(t, "incompatible", spoken, "by_peer=false")
				wantReason(t, d.Manager, "other", grid.Refused, spoken)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Announce(peer.Route(0, 1, "", 0, 0, 0)); err != nil {
				t.Fatal(err)
			}
			if err := d.Connection("other").WaitConnected(t.Context()); err != nil {
				t.Fatal(err)
			}
			answer := trial.Begin(t.Context(), d.Connection("other"), 1, []byte("still 1"))
			call := trial.ExpectFrame(t, s, peer.Call)
			trial.SendFrames(t, s, peer.NewFrame(peer.Reply, call.Uvarint(), 0, []byte("as ever")))
			if res := <-answer; res.Err != nil || string(res.Reply) != "as ever" {
				t.Errorf("a call of the future: %q, %v", res.Reply, res.Err)
			}
		})
	}
}

// A node that speaks version 1 no more refuses first: its reject comes in place of
// its hello, and is the state of the Connection.
func TestFutureVersionRefuses(t *testing.T) {
	const words = "this node speaks versions 2 to 3 of the wire, the other 1 to 1"
	refusal := peer.Join([]byte{peer.KindReject}, "incompatible", words)
	t.Run("as acceptor", func(t *testing.T) {
		d := startDialer(t)
		sock := d.accept(t)
		mine, err := sock.ReadHandshake(peer.KindHello)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := peer.ParseHello(mine); err != nil || string(h[peer.TagVersions]) != "\x01\x01" {
			t.Errorf("versions % x, %v", h[peer.TagVersions], err)
		}
		if err := sock.Write(peer.OpBinary, refusal); err != nil {
			t.Fatal(err)
		}
		d.wantRefused(t, "incompatible", words, "by_peer=true")
	})
	t.Run("as dialer", func(t *testing.T) {
		x := trial.StartTarget(t, nil)
		sock, err := peer.UpgradeDialer(x.Conn(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := sock.Write(peer.OpBinary, futureHello("probe", []byte{1, 3}).Bytes()); err != nil {
			t.Fatal(err)
		}
		if _, err := sock.ReadHandshake(peer.KindHello); err != nil {
			t.Fatal(err)
		}
		if err := sock.Write(peer.OpBinary, refusal); err != nil {
			t.Fatal(err)
		}
		x.Log.Await(t, "grid: connection refused", words, "by_peer=true")
		wantReason(t, x.Manager, "probe", grid.Waiting, words)
	})
}

// wantReason proves what a Connection says of a peer that it is not connected
// with: in its state, and to whoever calls.
func wantReason(t *testing.T, m *grid.Manager, name string, phase grid.Phase, reason string) {
	t.Helper()
	c := m.Connection(name)
	if state := c.State(); state.Phase != phase || state.Reason == nil || !strings.Contains(state.Reason.Error(), reason) {
		t.Errorf("state %q: %v", state.Phase, state.Reason)
	}
	_, err := c.Request(t.Context(), 1, nil)
	if grid.OutcomeOf(err) != grid.NotSent || !strings.Contains(err.Error(), reason) {
		t.Errorf("a call fails with %v", err)
	}
}

// PROTOCOL.md: "An acceptor takes `gridc.v1` wherever it stands among the subprotocols offered."
func TestFutureSubprotocols(t *testing.T) {
	for name, lines := range map[string][]string{
		"last":                 {"Sec-WebSocket-Protocol: gridc.v3, gridc.v2, gridc.v1"},
		"first":                {"Sec-WebSocket-Protocol: gridc.v1, gridc.v2"},
		"in a line of its own": {"Sec-WebSocket-Protocol: gridc.v2", "Sec-WebSocket-Protocol: gridc.v1"},
	} {
		t.Run(name, func(t *testing.T) {
			x := trial.StartTarget(t, nil)
			sock, err := peer.UpgradeDialer(x.Conn(t), lines...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sock.GreetDialer(futureHello("probe", []byte{1, 3}), trial.TestKey); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("only gridc.v2", func(t *testing.T) {
		x := trial.StartTarget(t, nil)
		sock, err := peer.UpgradeDialer(x.Conn(t), "Sec-WebSocket-Protocol: gridc.v2")
		if err != nil {
			t.Fatal(err)
		}
		wantClosed(t, sock, 1002)
		x.Log.Await(t, "grid: upgrade refused", "gridc.v2")
	})
}
