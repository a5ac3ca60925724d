package meter

import (
	"math"
	"math/bits"
	"sort"
)

// Buckets are exponential, four for each doubling: bucket i holds durations above
// bound i-1 and up to bound i, which is 2^((i+First)/4) seconds. That is schema 2 of
// Prometheus's native histograms, with its very numbers, so that these convert without
// loss. A quantile is off by 9 % at most.
const (
	First   = -80 // the number of bucket 0: up to 2^-20 s, which is 0.95 µs
	Buckets = 112 // the last but one ends at 2^7.5 s, 181 s; the last has no end
)

// bounds are the upper bounds in nanoseconds. Durations are whole, so rounding a bound
// down moves none to another bucket.
var bounds = func() (b [Buckets]int64) {
	for i := range b {
		b[i] = int64(math.Pow(2, float64(i+First)/4) * 1e9)
	}
	b[Buckets-1] = math.MaxInt64
	return b
}()

// lowest is the bucket of the smallest number of so many bits.
var lowest = func() (b [65]uint8) {
	for n := 1; n < len(b); n++ {
		least := int64(1) << min(n-1, 62)
		b[n] = uint8(sort.Search(Buckets-1, func(i int) bool { return bounds[i] >= least })) // fits: below Buckets
	}
	return b
}()

// bucketOf returns the bucket of a duration in nanoseconds.
func bucketOf(ns int64) int {
	if ns <= 0 {
		return 0
	}
	i := int(lowest[bits.Len64(uint64(ns))])
	for ns > bounds[i] {
		i++ // at most four times
	}
	return i
}

// Bound is the upper bound of a bucket in seconds, +Inf of the last one.
func Bound(i int) float64 {
	if i >= Buckets-1 {
		return math.Inf(1)
	}
	return math.Pow(2, float64(i+First)/4)
}
