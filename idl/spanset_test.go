package idl

import (
	"fmt"
	"testing"
)

// What a SpanSet says is what comparing with each of its spans says.
func TestSpanSet(t *testing.T) {
	const size = 9
	var all []Span
	for from := range size {
		for to := from; to < size; to++ {
			all = append(all, placeOf(from, to))
		}
	}
	for i, a := range all {
		for _, b := range all[i:] {
			set := NewSpanSet([]Span{b, a, placeOf(4, 5)})
			for _, at := range all {
				want := false
				for _, s := range []Span{a, b, placeOf(4, 5)} {
					want = want || s.Start.Offset < at.End.Offset && at.Start.Offset < s.End.Offset
				}
				if got := set.Overlaps(at); got != want {
					t.Fatal(fmt.Sprint(a, b, " and ", at, ": ", got, ", want ", want))
				}
			}
		}
	}
	if (SpanSet{}).Overlaps(placeOf(0, size)) {
		t.Error("the empty set overlaps")
	}
}
