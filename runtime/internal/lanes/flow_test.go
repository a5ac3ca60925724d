package lanes

import (
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// On a link of 100 ms a window of 512 KiB allows 5 MiB/s. A sender that fills it
// gets more, up to the limit.
func TestWindowGrowsOnLongLinks(t *testing.T) {
	const roundTrip = int64(100 * time.Millisecond)
	g := Window{Size: 512 << 10, Most: 8 << 20}
	now := int64(0)
	for range 200 {
		// The sender keeps the window full: its bytes come evenly over a round trip.
		for range 8 {
			now += roundTrip / 8
			g.Received(g.Size/8, now, roundTrip)
		}
	}
	if g.Size != 8<<20 {
		t.Errorf("the window has %d bytes", g.Size)
	}
}

// On loopback the round trip is so short that no sender fills the window in it,
// and on a slow link the rate is too low: the window stays.
func TestWindowStaysWhereItIsEnough(t *testing.T) {
	for name, roundTrip := range map[string]int64{"loopback": int64(50 * time.Microsecond), "slow": int64(20 * time.Millisecond)} {
		rate := map[string]int64{"loopback": 2 << 30, "slow": 1 << 20}[name] // bytes a second
		g := Window{Size: 512 << 10, Most: 8 << 20}
		now := int64(0)
		for range 10000 {
			now += int64(wire.ChunkSize) * int64(time.Second) / rate
			g.Received(wire.ChunkSize, now, roundTrip)
		}
		if g.Size != 512<<10 {
			t.Errorf("%s: the window grew to %d bytes", name, g.Size)
		}
	}
}

// A reader that is held up now and then reads a window's worth at once. That is no
// long link.
func TestWindowStaysWhereTheReaderWaits(t *testing.T) {
	const roundTrip = int64(50 * time.Microsecond)
	g := Window{Size: 512 << 10, Most: 8 << 20}
	now := int64(0)
	for range 1000 {
		now += int64(time.Millisecond)
		for range 8 { // all of it within three round trips
			now += roundTrip * 3 / 8
			g.Received(64<<10, now, roundTrip)
		}
	}
	if g.Size != 512<<10 {
		t.Errorf("the window grew to %d bytes", g.Size)
	}
}
