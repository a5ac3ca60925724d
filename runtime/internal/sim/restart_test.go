package sim

import (
	"flag"
	"io"
	"testing"
	"testing/synctest"
)

var restartsFlag = flag.Uint64("restarts", 150/slowdown, "how many worlds of restarts to play")

// TestRestarts plays worlds in which every node is restarted in good order under
// load, its own calls included. It proves P10 for as many seeds as -restarts says;
// -seed plays one of them.
func TestRestarts(t *testing.T) {
	seeds := make([]uint64, 0, *restartsFlag)
	for seed := range *restartsFlag {
		seeds = append(seeds, *fromFlag+seed)
	}
	if *seedFlag != 0 {
		seeds = []uint64{*seedFlag}
	}
	var sum tally
	for _, seed := range seeds {
		log := io.Discard
		if *seedFlag != 0 {
			log = t.Output()
		}
		var h *History
		synctest.Test(t, func(t *testing.T) { h = Play(NewRestartPlan(seed), log) })
		for _, what := range append(Check(h), CheckRestarts(h)...) {
			t.Errorf("seed %d: %s", seed, what)
		}
		sum.add(h)
		if t.Failed() {
			t.Fatalf("replay: go test ./runtime/internal/sim -run TestRestarts -seed %d", seed)
		}
	}
	t.Logf("%d worlds: %s", sum.worlds.Load(), &sum)
}
