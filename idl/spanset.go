package idl

import (
	"cmp"
	"slices"
)

// SpanSet finds out whether something of a file lies where one of many spans does.
// The zero SpanSet has none.
type SpanSet struct {
	spans []Span // by their start; each end is the furthest so far
}

// NewSpanSet makes a set of spans of one file, which it keeps.
func NewSpanSet(spans []Span) SpanSet {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.Start.Offset, b.Start.Offset) })
	for i := 1; i < len(spans); i++ {
		if before := spans[i-1].End; before.Offset > spans[i].End.Offset {
			spans[i].End = before
		}
	}
	return SpanSet{spans}
}

// Overlaps reports whether a span has text in common with one of the set, or lies
// around or within one.
func (s SpanSet) Overlaps(at Span) bool {
	// The last that starts before the end reaches furthest.
	i, _ := slices.BinarySearchFunc(s.spans, at.End.Offset, func(x Span, end int) int { return cmp.Compare(x.Start.Offset, end) })
	return i > 0 && s.spans[i-1].End.Offset > at.Start.Offset
}
