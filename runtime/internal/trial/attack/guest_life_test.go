package attack_test

import (
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A guest is asked for a sign of life, and let go, when the limits of guests say so, even if those
// of the node are ten times as long.
func TestSilentGuestGoesByLimitsOfGuests(t *testing.T) {
	o := trial.GuestOptions()
	o.Limits = grid.Limits{PingInterval: time.Second, PongTimeout: 2 * time.Second}
	trial.UnderAttackOfGuests(t, nil, o, func(t *testing.T, a *trial.Arena) {
		s := a.Guest(t, "page", "tab1")
		began := time.Now()
		trial.ExpectFrame(t, s, peer.Ping)
		if took := time.Since(began); took < time.Second-time.Millisecond || took > 1300*time.Millisecond {
			t.Errorf("it is asked after %v", took)
		}
		c := trial.SessionGone(t, s)
		if c == nil || c.Code != 1001 || !strings.Contains(c.Reason, "no sign of life") {
			t.Errorf("closed with %v", c)
		}
		if took := time.Since(began); took < 3*time.Second-time.Millisecond || took > 3600*time.Millisecond {
			t.Errorf("let go after %v", took)
		}
	})
}

// A guest that reads nothing is let go after the WriteStall of guests.
func TestDeafGuestGoesByLimitsOfGuests(t *testing.T) {
	o := trial.GuestOptions()
	o.Limits = grid.Limits{WriteStall: time.Second}
	trial.UnderAttackOfGuests(t, nil, o, func(t *testing.T, a *trial.Arena) {
		s := a.Guest(t, "page", "tab1")
		payload := make([]byte, 16<<10)
		began := time.Now()
		for id := range 60 { // what they are answered with is more than a socket holds
			trial.SendFrames(t, s, peer.NewFrame(peer.Call, id+1, trial.RouteEcho, 0, 0, payload))
		}
		a.Log.Await(t, "nothing could be written for 1s")
		if took := time.Since(began); took < time.Second || took > 1400*time.Millisecond {
			t.Errorf("let go after %v", took)
		}
	})
}
