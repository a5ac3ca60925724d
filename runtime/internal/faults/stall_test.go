package faults

import (
	"testing"
	"time"
)

func TestStallsBetween(t *testing.T) {
	zero := time.Now()
	at := func(s int) time.Time { return zero.Add(time.Duration(s) * time.Second) }
	var s Stalls
	s.all[0] = []span{{at(1), at(3)}, {at(10), at(14)}}
	s.all[2] = []span{{at(11), at(12)}}
	for _, c := range []struct{ from, to, want int }{{0, 20, 6}, {2, 11, 2}, {12, 13, 1}, {4, 9, 0}, {14, 20, 0}} {
		if got := s.Between(at(c.from), at(c.to)); got != time.Duration(c.want)*time.Second {
			t.Errorf("between %d and %d: %v instead of %ds", c.from, c.to, got, c.want)
		}
	}
	if got := s.Worst(); got != 4*time.Second {
		t.Errorf("the worst is %v", got)
	}
}
