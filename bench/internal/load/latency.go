package load

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// latencies counts how long calls took. It allocates nothing while calls are made,
// is small (a tenth of a MB), so that the collector works as without it, and keeps
// each duration to one part in 64. Any number of goroutines may add.
type latencies struct{ shards [16]shard }

// shard is what some of the workers add to, so that they seldom wait for the same
// cache line.
type shard [buckets]atomic.Uint32

// A bucket is a 32nd of a power of two nanoseconds; the first 32 are single ones,
// the last ends at 2^40, 18 minutes.
const (
	precision = 5
	buckets   = (40 - precision + 1) << precision
)

// add counts one call of a worker.
func (l *latencies) add(worker int, d time.Duration) {
	l.shards[worker%len(l.shards)][bucket(d)].Add(1)
}

// bucket is where a duration is counted.
func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	power := bits.Len64(n >> precision) // 0 for the first 32
	if power == 0 {
		return int(n)
	}
	return min(power<<precision+int(n>>(power-1))&(1<<precision-1), buckets-1)
}

// middle is the middle of a bucket, in nanoseconds.
func middle(bucket int) float64 {
	power := bucket >> precision
	if power == 0 {
		return float64(bucket)
	}
	low := uint64(1<<precision+bucket&(1<<precision-1)) << (power - 1)
	return float64(low) + float64(uint64(1)<<(power-1)-1)/2
}

// count is how many were counted.
func (l *latencies) count() (n uint64) {
	for i := range l.shards {
		for b := range l.shards[i] {
			n += uint64(l.shards[i][b].Load())
		}
	}
	return n
}

// quantile is the latency that the q-th part of all calls did not exceed, in
// microseconds; 0 if there were none.
func (l *latencies) quantile(q float64) float64 {
	rank, below := uint64(q*float64(l.count())), uint64(0)
	last := 0
	for b := range buckets {
		here := uint64(0)
		for i := range l.shards {
			here += uint64(l.shards[i][b].Load())
		}
		if here == 0 {
			continue
		}
		if last, below = b, below+here; below > rank {
			break
		}
	}
	return middle(last) / 1e3
}

// addTo adds the quantiles that tables show.
func (l *latencies) addTo(m Metrics) {
	m[P50], m[P99] = l.quantile(0.50), l.quantile(0.99)
}
