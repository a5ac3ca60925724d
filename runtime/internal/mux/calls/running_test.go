package calls

import (
	"math/rand/v2"
	"testing"
)

// The set of running calls is a map, whatever comes and goes in which order.
func TestRunningIsAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var r running
	want := map[uint64]*Serving{}
	for step := range 20_000 {
		id := rng.Uint64N(6)
		if got := r.find(id); got != want[id] {
			t.Fatalf("step %d: found %p, want %p", step, got, want[id])
		}
		switch sv := want[id]; {
		case sv == nil:
			if r.remove(&Serving{ID: id}) {
				t.Fatalf("step %d: removed a call that was not there", step)
			}
			want[id] = &Serving{ID: id}
			r.add(want[id])
		case r.remove(&Serving{ID: id}):
			t.Fatalf("step %d: removed another call of the same id", step)
		case !r.remove(sv):
			t.Fatalf("step %d: a call was not there", step)
		default:
			delete(want, id)
		}
		if r.len() != len(want) {
			t.Fatalf("step %d: %d calls, want %d", step, r.len(), len(want))
		}
		seen := map[uint64]*Serving{}
		for sv := range r.all {
			seen[sv.ID] = sv
		}
		for id, sv := range want {
			if seen[id] != sv || len(seen) != len(want) {
				t.Fatalf("step %d: all are %v, want %v", step, seen, want)
			}
		}
		for range r.all { // who stops is not asked again
			break
		}
	}
}
