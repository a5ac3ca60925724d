package promgrid

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/gridrpc/gridc/runtime/observe"
)

const (
	buckets = observe.LastBucket - observe.FirstBucket + 1
	// schema is that of native histograms with four buckets a doubling.
	schema = 2
	// The classic buckets end at the powers of two from the one to the other, in
	// seconds: 61 µs to 64 s.
	firstPower, lastPower = -14, 6
)

// latencies is a sum of observe.Latency. The zero value is empty.
type latencies struct {
	sum    time.Duration
	counts [buckets]uint64
}

func (l *latencies) add(more *observe.Latency) {
	l.sum += more.Sum
	for i, n := range more.Counts {
		l.counts[more.First-observe.FirstBucket+i] += n
	}
}

// metric returns it as a histogram with native buckets, which are its own one to one,
// and with classic ones unless nativeOnly.
func (l *latencies) metric(d *prometheus.Desc, began time.Time, nativeOnly bool, labels ...string) prometheus.Metric {
	total, positive := uint64(0), make(map[int]int64)
	for i, n := range l.counts {
		if n > 0 {
			positive[observe.FirstBucket+i] = int64(n) // fits: a count of calls
			total += n
		}
	}
	native, err := prometheus.NewConstNativeHistogram(d, total, l.sum.Seconds(), positive, nil, 0, schema, 0, began, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(d, fmt.Errorf("promgrid: %w", err))
	}
	if nativeOnly {
		return native
	}
	return &histogram{Metric: native, classic: l.classic()}
}

// classic counts the calls up to each power of two. A power is the bound of a bucket, so
// these are no estimates.
func (l *latencies) classic() []*dto.Bucket {
	all := make([]*dto.Bucket, 0, lastPower-firstPower+1)
	next, total := 0, uint64(0)
	for power := firstPower; power <= lastPower; power++ {
		for end := 4*power - observe.FirstBucket; next <= end; next++ {
			total += l.counts[next]
		}
		bound, count := math.Ldexp(1, power), total
		all = append(all, &dto.Bucket{UpperBound: &bound, CumulativeCount: &count})
	}
	return all
}

// histogram is a native histogram with classic buckets beside.
type histogram struct {
	prometheus.Metric // the native one
	classic           []*dto.Bucket
}

// Write implements prometheus.Metric.
func (h *histogram) Write(out *dto.Metric) error {
	if err := h.Metric.Write(out); err != nil {
		return err
	}
	out.Histogram.Bucket = h.classic
	return nil
}
