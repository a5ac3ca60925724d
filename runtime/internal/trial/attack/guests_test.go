package attack_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// guestWith returns a hello of a guest that nobody was before.
func guestWith(label int) peer.Hello {
	h := peer.NewGuestHello(fmt.Sprintf("tab%d", label))
	h[peer.TagIncarnation] = fmt.Appendf(nil, "incarnation %04d", label)
	return h
}

// Guests with good tokens come until there is no room, and each further one is told so. What
// they hold is bounded, and gone with them.
func TestAttackGuestsWithoutEnd(t *testing.T) {
	o := trial.GuestOptions()
	o.Guests, o.GuestsPerUser = 60, 40
	trial.UnderAttackOfGuests(t, nil, o, func(t *testing.T, a *trial.Arena) {
		a.Baseline()
		in, full := 0, 0
		for i := range 200 {
			user := "ann"
			if i >= 100 {
				user = "eve"
			}
			s, _, err := peer.DialGuest(a.Conn(t, "probe"), guestWith(i), "pass "+user)
			var r *peer.Rejected
			switch {
			case err == nil:
				in++
				trial.GreetRoutes(t, s)
				go trial.Discard(s)
			case errors.As(err, &r) && r.Code == "resource_exhausted":
				full++
			default:
				t.Fatal(i, err)
			}
		}
		if in != 60 || full != 140 || len(a.Guests()) != 60 {
			t.Errorf("%d guests came in and %d did not, %d are there; the limits are 60, and 40 for each of two users", in, full, len(a.Guests()))
		}
		a.Bounded(t, 60*(64<<10), 4*60)
	})
}

// Guests without a good token are told so, whoever they are and as often as they come. The
// log has a line a minute about them.
func TestAttackGuestsWithBadTokens(t *testing.T) {
	trial.UnderAttackOfGuests(t, nil, trial.GuestOptions(), func(t *testing.T, a *trial.Arena) {
		a.Baseline()
		for i := range 500 {
			c := a.Conn(t, "probe")
			_, _, err := peer.DialGuest(c, guestWith(i), "stolen")
			trial.WantRejected(t, err, "unauthenticated", "log in again")
			c.Close()
		}
		if n := len(a.Log.Lines("guest refused")); n < 1 || n > 2 {
			t.Errorf("%d lines in the log for 500 guests within seconds", n)
		}
		a.Bounded(t, 1<<20, 2)
	})
}

// Handshakes of guests take no room from those of nodes, and are bounded for each address.
func TestAttackGuestHandshakes(t *testing.T) {
	trial.UnderAttackOfGuests(t, nil, trial.GuestOptions(), func(t *testing.T, a *trial.Arena) {
		a.Baseline()
		taken, refused := 0, 0
		for i := range 400 {
			_, err := peer.UpgradeAt(a.Conn(t, fmt.Sprintf("host%d", i/80)), grid.GuestPath)
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
		if taken != 256 || refused != 144 {
			t.Errorf("%d sockets were taken and %d refused, the limits are 256 in all and 64 an address", taken, refused)
		}
		trial.SessionAlive(t, a.Session(t, "probe"), 1)
		a.Bounded(t, 400*trial.PendingHolds, 2*400)
		time.Sleep(6 * time.Second)
		trial.SessionAlive(t, a.Guest(t, "host0", "tab1"), 1)
	})
}

// A guest whose token would give it the name of a node is refused, over and over, and the
// node's session feels nothing of it.
func TestAttackGuestClaimsANode(t *testing.T) {
	node := func(o *grid.Options) { o.Peers = append(o.Peers, grid.Peer{Name: "node.peer"}) }
	trial.UnderAttackOfGuests(t, node, trial.GuestOptions(), func(t *testing.T, a *trial.Arena) {
		s := a.Session(t, "node.peer")
		a.Baseline()
		for i := range 100 {
			h := peer.NewGuestHello("node")
			h[peer.TagAttempt] = []byte{byte(i + 2)} // and its incarnation is that of the node
			c := a.Conn(t, "probe")
			_, _, err := peer.DialGuest(c, h, "pass peer")
			trial.WantRejected(t, err, "permission_denied", "is taken, by a node")
			c.Close()
		}
		trial.SessionAlive(t, s, 1)
		if state := a.Connection("node.peer").State(); state.Session != 1 || state.Phase != grid.Connected {
			t.Errorf("the node's session: %+v", state)
		}
		a.Bounded(t, 1<<20, 2)
	})
}

// A guest gets no further by calling what it may not call, by all numbers there are.
func TestAttackGuestCallsOthers(t *testing.T) {
	trial.UnderAttackOfGuests(t, nil, trial.GuestOptions(), func(t *testing.T, a *trial.Arena) {
		s := a.Guest(t, "probe", "tab1")
		a.Baseline()
		for i := range 2000 {
			route := i % 20
			if route == trial.RouteEcho || route == trial.RouteStream {
				route = 20
			}
			request := trial.CallFrame(i+1, route)
			if i%2 == 1 {
				request = peer.NewFrame(peer.Open, 2*i+1, route, 0, 4, 0)
			}
			trial.SendFrames(t, s, request)
			f, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			f.Uvarint()
			if f.Kind == peer.End {
				f.Uvarint()
			}
			if outcome, code := f.Uvarint(), f.String(); outcome != 2 || code != "unknown_handler" {
				t.Fatalf("route %d: frame %d, outcome %d, %s", route, f.Kind, outcome, code)
			}
		}
		if n := a.RunningNow(); n != 0 {
			t.Errorf("%d handlers run", n)
		}
		a.Bounded(t, 1<<20, 2)
	})
}
