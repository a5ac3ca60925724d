package peers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// P1, P5, P8 over real sockets: a peer stops reading in the middle of a TLS record, or of a
// batch. Each call ends with its context, also when the buffers shrink below what is in
// them. What was not sent never runs. If the peer reads on, the session goes on too; if it
// is gone, there is another.
func TestPeerStopsReadingHalfWay(t *testing.T) {
	for name, after := range map[string]struct {
		shrink, reset bool
	}{"and reads on": {}, "and reads on, the buffers shrink": {shrink: true}, "and is gone": {reset: true}} {
		t.Run(name, func(t *testing.T) {
			eachSocketPair(t, func(t *testing.T, secure bool, caller, server string) {
				d := newDeeds(t, secure, caller, server)
				ctx, cancel := context.WithCancel(t.Context())
				d.begin(ctx)
				brief, done := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer done()
				d.begin(brief)
				d.waitStuck()
				if after.shrink {
					d.pair.books[caller].resize(t, 1<<10)
				}
				<-brief.Done()
				cancel()
				for n, err := range d.wait() {
					want := grid.ErrCanceled
					if n >= stuckCount {
						want = grid.ErrDeadlineExceeded
					}
					if !errors.Is(err, want) {
						t.Errorf("call %d: %v", n, err)
					}
				}
				if after.reset {
					d.pair.gate.reset()
				}
				d.pair.gate.goOn()
				d.wantHonest(after.reset)
			})
		})
	}
}

// P1, P5 over real sockets: the socket fails while a write to it is half done. All calls end at
// once, long before their context, and what was not sent never runs.
func TestWriteFailsHalfWay(t *testing.T) {
	for name, fail := range map[string]func(t *testing.T, d *deeds){
		"the peer is gone": func(_ *testing.T, d *deeds) { d.pair.gate.reset() },
		// What the socket has taken still arrives, and what follows does not.
		"the socket takes no more": func(t *testing.T, d *deeds) { d.pair.books[d.caller].closeWrite(t) },
	} {
		t.Run(name, func(t *testing.T) {
			eachSocketPair(t, func(t *testing.T, secure bool, caller, server string) {
				d := newDeeds(t, secure, caller, server)
				d.begin(t.Context())
				d.waitStuck()
				fail(t, d)
				for n, err := range d.wait() {
					if !errors.Is(err, grid.ErrDisconnected) {
						t.Errorf("call %d: %v", n, err)
					}
				}
				d.pair.gate.goOn()
				d.wantHonest(true)
			})
		})
	}
}
