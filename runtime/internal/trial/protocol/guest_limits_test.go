package protocol_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Guests have room of their own, in all and for each user.
func TestGuestsAreCounted(t *testing.T) {
	d := guestsAt(t, nil, func(o *grid.GuestOptions) { o.Guests, o.GuestsPerUser = 3, 2 })
	first, _ := d.enter(t, "tab1")
	d.enter(t, "tab2")
	_, _, err := d.try(t, peer.NewGuestHello("tab3"), "pass ann")
	trial.WantRejected(t, err, "resource_exhausted", "of this user")
	if _, _, err := d.try(t, peer.NewGuestHello("tab1"), "pass bob"); err != nil {
		t.Fatal(err)
	}
	_, _, err = d.try(t, peer.NewGuestHello("tab1"), "pass eve")
	trial.WantRejected(t, err, "resource_exhausted", "no room for more")
	first.Conn.Close()
	for deadline := time.Now().Add(trial.ProbePatience); d.Connection("tab1.ann") != nil; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a guest that has gone keeps its room")
		}
	}
	d.enter(t, "tab3")
}

// The limits of a guest are those of its handler, and calls of guests take none of the
// room that calls of nodes have.
func TestGuestHasLimitsOfItsOwn(t *testing.T) {
	d := guestsAt(t, func(o *grid.Options) { o.Limits.RunningCallsTotal = 1 }, func(o *grid.GuestOptions) {
		o.Handlers = append(o.Handlers, "2")
		o.Limits.RunningCalls, o.Limits.Message = 2, 100_000
	})
	s, _ := d.enter(t, "tab1")
	trial.SendFrames(t, s, trial.CallFrame(1, trial.RouteBlock), trial.CallFrame(2, trial.RouteBlock), trial.CallFrame(3, trial.RouteBlock))
	f := trial.ExpectFrame(t, s, peer.Error)
	if id, outcome, code := f.Uvarint(), f.Uvarint(), f.String(); id != 3 || outcome != 2 || code != "resource_exhausted" {
		t.Errorf("%d %d %s", id, outcome, code)
	}
	trial.SessionAlive(t, d.Session(t, "probe"), 1)
	trial.SendFrames(t, s, peer.NewFrame(peer.Call, 4, trial.RouteEcho, 0, 1, 100_001))
	f = trial.ExpectFrame(t, s, peer.Error)
	if id, outcome, code := f.Uvarint(), f.Uvarint(), f.String(); id != 4 || outcome != 2 || code != "too_large" {
		t.Errorf("%d %d %s", id, outcome, code)
	}
}

// PROTOCOL.md: "Handshake messages of guests are at most 8,192 bytes."
func TestGuestTokensAreBounded(t *testing.T) {
	long := strings.Repeat("t", 8186)
	d := guestsAt(t, nil, func(o *grid.GuestOptions) {
		o.Check = func(_ *http.Request, token string) (string, error) {
			if token != "pass "+long {
				return "", errors.New("another token")
			}
			return "ann", nil
		}
	})
	if _, _, err := d.try(t, peer.NewGuestHello("tab1"), "pass "+long); err != nil {
		t.Errorf("8,191 bytes: %v", err)
	}
	_, _, err := d.try(t, peer.NewGuestHello("tab2"), "pass "+long+"x")
	var c *peer.Closed
	if !errors.As(err, &c) || c.Code != 1008 {
		t.Errorf("8,192 bytes and the kind: %v", err)
	}
}

// Wrong options are all told at once.
func TestGuestOptionsAreChecked(t *testing.T) {
	x := trial.StartTarget(t, nil)
	_, err := x.GuestHandler(grid.GuestOptions{Handlers: []string{"1", "lock.Lock.Acquire", "9", "x*"}, Guests: -1, Limits: grid.Limits{BulkWindow: 1}})
	for _, want := range []string{"Check is nil", `"lock.Lock.Acquire": no such handler is registered`, `Handlers[2]`, `Handlers[3]`, "x.*", "Guests and", "BulkWindow"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s in %v", want, err)
		}
	}
	if _, err := x.GuestHandler(grid.GuestOptions{Check: trial.CheckGuest}); err != nil {
		t.Error(err)
	}
}
