package observe_test

import (
	"context"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// Sessions come up and go down, once each and in order, guests among them.
func TestSessionsAreTold(t *testing.T) {
	accept := func(name string, o *grid.Options) {
		if name == "b" {
			o.Accept = func(string) bool { return true }
		}
		o.CallOnly = name == "guest"
	}
	observed(t, accept, nil, func(t *testing.T, p *pair) {
		p.Cut("a", "b")
		time.Sleep(time.Millisecond)
		p.Heal("a", "b")
		if err := p.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		guest := p.Add("guest")
		if err := guest.Connection("b").WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = p.Stop(t.Context(), "guest")
		time.Sleep(time.Second)
		wantList(t, "told at a", p.a.sessions(), "up b 1", "down b 1 disconnected", "up b 2", "refused guest permission_denied")
		wantList(t, "told at b", p.b.sessions(), "up a 1", "down a 1 disconnected", "up a 2", "up guest 1 guest", "down guest 1 guest disconnected")
	})
}

// Who is refused at the door is told at both ends, with the reason.
func TestRefusedHandshakesAreTold(t *testing.T) {
	key := func(b byte) grid.Authenticator { return grid.SharedKey(append(make([]byte, 31), b)) }
	keys := func(name string, o *grid.Options) {
		o.Auth = key(1)
		if name == "stranger" {
			o.Auth, o.CallOnly = key(2), true
		}
	}
	observed(t, keys, nil, func(t *testing.T, p *pair) {
		p.Add("stranger")
		time.Sleep(time.Second)
		p.b.mu.Lock()
		defer p.b.mu.Unlock()
		last := p.b.events[len(p.b.events)-1]
		if last.Change != grid.SessionRefused || last.Peer != "stranger" || last.Code != grid.Unauthenticated || last.Reason == "" || last.Session != 0 || last.At.IsZero() {
			t.Errorf("told of %+v", last)
		}
	})
}

// A call for a number that no handler has cannot come from a node that knows the
// routes; one that makes it up is told as a call of nothing.
func TestCallOfANumberThatIsNotThere(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	configure := func(name string, o *grid.Options) {
		o.Auth = grid.SharedKey(key)
		o.Accept = func(string) bool { return true }
	}
	observed(t, configure, func(m *grid.Manager) error { return m.RegisterSingleHandler(idCall, echo) }, func(t *testing.T, p *pair) {
		conn, err := p.Dial(context.Background(), "probe", "b")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		s, err := peer.Dial(conn, peer.NewHello("probe", "b"), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Announce(); err != nil {
			t.Fatal(err)
		}
		for id, route := range []int{77, 0} {
			if err := s.Send(peer.NewFrame(peer.Call, id+1, route, 0, 0, []byte("x"))); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Expect([]byte{peer.Error, peer.Reply}[id]); err != nil {
				t.Fatal(err)
			}
		}
		all := p.b.take(t)
		if len(all) != 2 {
			t.Fatalf("%d calls were observed", len(all))
		}
		unknown, known := all[0], all[1]
		if unknown.info.ID != 0 {
			unknown, known = known, unknown
		}
		wantEnd(t, "the unknown number", unknown, grid.UnknownHandler, grid.Rejected)
		wantEnd(t, "the handler", known, "", grid.Ran)
		if !unknown.info.Server || unknown.info.Peer != "probe" || unknown.info.Name != "" {
			t.Errorf("told of %+v", unknown.info)
		}
	})
}
