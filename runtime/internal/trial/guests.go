package trial

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
)

// GuestOptions let in whose token is "pass " and the name of a user, without TLS, for the
// handlers of a target that echo: RouteEcho and RouteStream.
func GuestOptions() grid.GuestOptions {
	return grid.GuestOptions{Check: CheckGuest, Handlers: []string{"1", "4"}, Plain: true}
}

// CheckGuest is GuestOptions.Check of the guests of these tests.
func CheckGuest(_ *http.Request, token string) (user string, err error) {
	user, ok := strings.CutPrefix(token, "pass ")
	if !ok {
		return "", errors.New("this token has expired: log in again")
	}
	return user, nil
}

// UnderAttackOfGuests runs an attack on a node that has a way in for guests.
func UnderAttackOfGuests(t *testing.T, change func(*grid.Options), o grid.GuestOptions, attack func(t *testing.T, a *Arena)) {
	t.Helper()
	InArena(t, Ground{change: change, guests: &o}, attack)
}

// Guest makes a session as a guest of the user ann, from a host, routes exchanged.
func (a *Arena) Guest(t *testing.T, host, label string) *peer.Session {
	t.Helper()
	s, _, err := peer.DialGuest(a.Conn(t, host), peer.NewGuestHello(label), "pass ann")
	if err != nil {
		t.Fatal(err)
	}
	GreetRoutes(t, s)
	return s
}

// GreetRoutes announces no routes, and takes those of the node.
func GreetRoutes(t *testing.T, s *peer.Session) *peer.Frame {
	t.Helper()
	SendFrames(t, s, peer.NewFrame(peer.Routes, 0))
	return ExpectFrame(t, s, peer.Routes)
}
