package large

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// Large messages of a higher lane are granted first, in order of arrival within
// a lane, and every fourth grant goes to whoever waits longest.
func TestGrantsFollowTheLanes(t *testing.T) {
	var waiting []*assembly
	for i, lane := range []lanes.Class{lanes.ClassLow, lanes.ClassLow, lanes.ClassNormal, lanes.ClassHigh, lanes.ClassHigh, lanes.ClassHigh, lanes.ClassHigh} {
		waiting = append(waiting, &assembly{key: AssemblyKey{wire.TargetCall, uint64(i)}, lane: lane})
	}
	var got []uint64
	for turn := 0; len(waiting) > 0; turn++ {
		i := nextGrant(waiting, turn)
		got = append(got, waiting[i].key.ID)
		waiting = append(waiting[:i:i], waiting[i+1:]...)
	}
	want := []uint64{3, 4, 5, 0, 6, 2, 1}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("granted in the order %v, want %v", got, want)
		}
	}
}
