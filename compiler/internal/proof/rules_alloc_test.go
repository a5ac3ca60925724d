//go:build !race

// With the race detector pools forget at random.

package proof

import "testing"

// A sound message is validated without an allocation.
func TestValidateAllocates(t *testing.T) {
	g := goodGroup()
	if n := testing.AllocsPerRun(100, func() {
		if g.Validate() != nil {
			t.Error("not sound")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
