package schema

import (
	"cmp"
	"math"
	"slices"
)

// reservations answers what is reserved without a walk over all of it: a review
// asks for every member and handler that is gone.
type reservations struct {
	ranges []Range // ascending, with a gap between each and the next
	keys   map[string]bool
}

func reservationsOf(ranges []Range, keys []string) reservations {
	var r reservations
	for _, x := range sorted(ranges, func(a, b Range) int { return cmp.Compare(a.From, b.From) }) {
		last := len(r.ranges) - 1
		switch {
		case x.From > x.To:
		case last >= 0 && (r.ranges[last].To == math.MaxInt64 || x.From <= r.ranges[last].To+1):
			r.ranges[last].To = max(r.ranges[last].To, x.To)
		default:
			r.ranges = append(r.ranges, x)
		}
	}
	if len(keys) > 0 {
		r.keys = make(map[string]bool, len(keys))
	}
	for _, key := range keys {
		r.keys[key] = true
	}
	return r
}

// has reports whether m is never used again.
func (r *reservations) has(m member) bool {
	if m.key != "" {
		return r.keys[m.key]
	}
	_, ok := r.covering(m.number)
	return ok
}

// firstOpen returns the first number of x that is not reserved.
func (r *reservations) firstOpen(x Range) (int64, bool) {
	cover, ok := r.covering(x.From)
	switch {
	case !ok:
		return x.From, x.From <= x.To
	case cover.To >= x.To:
		return 0, false
	default:
		return cover.To + 1, true // behind a range there is a gap
	}
}

// covering returns the range that a number is in.
func (r *reservations) covering(n int64) (Range, bool) {
	i, _ := slices.BinarySearchFunc(r.ranges, n, func(x Range, n int64) int { return cmp.Compare(x.To, n) })
	if i < len(r.ranges) && r.ranges[i].From <= n {
		return r.ranges[i], true
	}
	return Range{}, false
}
