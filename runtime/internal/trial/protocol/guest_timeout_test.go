package protocol_test

import (
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/peer"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// A call of a guest that says nothing of a deadline has that of the guests.
func TestGuestIsCalledWithinItsOwnTimeout(t *testing.T) {
	d := guestsAt(t, nil, func(o *grid.GuestOptions) { o.Limits.CallTimeout = time.Second })
	s, name, err := d.try(t, peer.NewGuestHello("tab1"), "pass ann")
	if err != nil {
		t.Fatal(err)
	}
	trial.GreetRoutes(t, s)
	trial.SendFrames(t, s, peer.NewFrame(peer.Routes, 0, peer.Route(0, 77, "", 0, 0, 0)))
	trial.SessionAlive(t, s, 1)
	answered := make(chan error, 1)
	go func() {
		_, err := d.Connection(name).Request(t.Context(), 77, nil)
		answered <- err
	}()
	f := trial.ExpectFrame(t, s, peer.Call)
	id, _ := f.Uvarint(), f.Uvarint()
	if timeout := time.Duration(f.Uvarint()) * time.Microsecond; timeout > time.Second { // fits: microseconds of a call
		t.Errorf("the call has %v", timeout)
	}
	trial.SendFrames(t, s, peer.NewFrame(peer.Reply, id, 0))
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

// What is wrong with the limits of guests is told of those, not of the Manager's.
func TestGuestLimitsAreNamed(t *testing.T) {
	x := trial.StartTarget(t, nil)
	_, err := x.GuestHandler(grid.GuestOptions{Check: trial.CheckGuest, Limits: grid.Limits{Message: 16 << 20, PongTimeout: -1}})
	for _, want := range []string{"GuestOptions.Limits.Reassembly: 8388608", "GuestOptions.Limits: -1ns is negative"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), " Options.Limits") {
			t.Errorf("not told: %s in %v", want, err)
		}
	}
}
