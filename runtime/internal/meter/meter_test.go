package meter

import (
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/runtime/status"
)

// Each duration lies in the bucket whose bounds hold it.
func TestBucketsHoldTheirDurations(t *testing.T) {
	check := func(ns int64) {
		t.Helper()
		i := bucketOf(ns)
		seconds := float64(ns) / 1e9
		if i < Buckets-1 && seconds > Bound(i)*(1+1e-12) || i > 0 && seconds < Bound(i-1)*(1-1e-9) {
			t.Errorf("%d ns are in bucket %d, from %g to %g s", ns, i, Bound(max(i-1, 0)), Bound(i))
		}
		if i > 0 && ns <= bounds[i-1] || ns > bounds[i] {
			t.Errorf("%d ns are in bucket %d", ns, i)
		}
	}
	for _, ns := range []int64{-5, 0, 1, 2, 953, 954, 1000, 1_000_000_000, 181_019_335_983, 181_019_335_984, math.MaxInt64} {
		check(ns)
	}
	for _, b := range bounds[:Buckets-1] {
		check(b)
		check(b + 1)
	}
	for range 100_000 {
		check(int64(math.Exp2(rand.Float64() * 40)))
	}
	if got := Bound(80); got != 1 {
		t.Errorf("bucket 80 ends at %g s, not at 1", got)
	}
}

// What was counted by many at once is there, and what can have run is told from what
// cannot.
func TestMeterCounts(t *testing.T) {
	var m Meter
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				m.Ended(2_000_000, "", status.Ran, "", 0)
				m.Ended(5_000, status.Internal, status.Ran, "broken", 8)
				m.Ended(7, status.ResourceExhausted, status.Rejected, strings.Repeat("x", 1000), 9)
			}
		})
	}
	wg.Wait()
	r := m.Read()
	if r.Ran != 8000 || r.Sum != 4000*2_000_000+4000*5_000 {
		t.Errorf("%d ran and took %d ns", r.Ran, r.Sum)
	}
	if n := r.Buckets[bucketOf(2_000_000)]; n != 4000 {
		t.Errorf("%d took 2 ms", n)
	}
	if n := r.Failures[Failure{status.ResourceExhausted, status.Rejected}]; n.Count != 4000 || n.Last != 9 || len(n.Text) > MaxText || len(r.Failures) != 2 {
		t.Errorf("failures: %v", r.Failures)
	}
}

// However many codes there are, a meter stays small, and loses none.
func TestMeterIsBounded(t *testing.T) {
	var m Meter
	for i := range 1000 {
		m.Failed(status.Code(rune('a'+i)), status.Ran, "", 0)
	}
	r := m.Read()
	sum := uint64(0)
	for _, n := range r.Failures {
		sum += n.Count
	}
	if len(r.Failures) > MaxFailures+1 || sum != 1000 {
		t.Errorf("%d kinds of %d failures", len(r.Failures), sum)
	}
}

func BenchmarkMeter(b *testing.B) {
	var m Meter
	ns := int64(1)
	for b.Loop() {
		m.Ran(ns & 0xfffff)
		ns = ns*6364136223846793005 + 1442695040888963407
	}
}
