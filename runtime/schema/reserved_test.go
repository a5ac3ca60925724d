package schema

import (
	"math"
	"testing"
)

func TestReservations(t *testing.T) {
	r := reservationsOf([]Range{{8, 9}, {1, 3}, {4, 4}, {2, 2}, {20, 10}, {math.MaxInt64 - 1, math.MaxInt64}, {math.MaxInt64, math.MaxInt64}}, []string{"a"})
	for n, want := range map[int64]bool{0: false, 1: true, 3: true, 4: true, 5: false, 7: false, 8: true, 9: true, 10: false, 15: false, math.MaxInt64: true} {
		if got := r.has(member{number: n}); got != want {
			t.Errorf("%d is reserved: %v, want %v", n, got, want)
		}
	}
	if !r.has(member{key: "a"}) || r.has(member{key: "b"}) {
		t.Error("keys are not found")
	}
	for _, tt := range []struct {
		r    Range
		n    int64
		open bool
	}{
		{Range{1, 4}, 0, false},
		{Range{3, 5}, 5, true},
		{Range{3, 9}, 5, true},
		{Range{6, 9}, 6, true},
		{Range{9, 10}, 10, true},
		{Range{9, 9}, 0, false},
		{Range{math.MaxInt64, math.MaxInt64}, 0, false},
	} {
		if n, open := r.firstOpen(tt.r); open != tt.open || open && n != tt.n {
			t.Errorf("of %v the first open one is %d, %v; want %d, %v", tt.r, n, open, tt.n, tt.open)
		}
	}
}
