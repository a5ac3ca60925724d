package observe

import (
	"slices"
	"testing"
	"time"
)

// What was counted between two looks is their difference, bucket by bucket, wherever
// each begins.
func TestSince(t *testing.T) {
	before := Latency{Sum: 10 * time.Second, First: -4, Counts: []uint64{5, 0, 2}}
	for _, c := range []struct {
		name  string
		now   Latency
		first int
		want  []uint64
	}{
		{"more of all", Latency{Sum: 13 * time.Second, First: -4, Counts: []uint64{6, 1, 2}}, -4, []uint64{1, 1, 0}},
		{"it begins earlier", Latency{Sum: 13 * time.Second, First: -6, Counts: []uint64{7, 0, 5, 0, 2, 3}}, -6, []uint64{7, 0, 0, 0, 0, 3}},
		{"of another process", Latency{Sum: 3 * time.Second, First: -3, Counts: []uint64{9, 1}}, -3, []uint64{9, 0}},
	} {
		d := c.now.Since(&before)
		if d.First != c.first || !slices.Equal(d.Counts, c.want) || d.Sum != c.now.Sum-before.Sum {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
	if now := (Latency{}); len(now.Since(&Latency{}).Counts) != 0 {
		t.Error("nothing was counted")
	}
}

// Calls that never ran have ended as well; those that ran and failed count once.
func TestEnded(t *testing.T) {
	h := Handler{Ran: 10, Failures: []Failure{{Outcome: "ran", Count: 3}, {Outcome: "may have run", Count: 1}, {Outcome: "rejected", Count: 4}, {Outcome: "not sent", Count: 2}}}
	if h.Ended() != 16 || h.Failed() != 10 {
		t.Errorf("%d ended, %d failed", h.Ended(), h.Failed())
	}
}
