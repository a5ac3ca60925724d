package promgrid

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/gridrpc/gridc/runtime/observe"
)

// written is a Latency as a scrape has it.
func written(t *testing.T, nativeOnly bool, all ...observe.Latency) *dto.Histogram {
	t.Helper()
	var sum latencies
	for i := range all {
		sum.add(&all[i])
	}
	var out dto.Metric
	if err := sum.metric(prometheus.NewDesc("x", "", nil, nil), time.Now(), nativeOnly).Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Histogram
}

// natives are the native buckets by number, as a reader of the exposition counts them.
func natives(h *dto.Histogram) map[int]int64 {
	found := make(map[int]int64)
	at, delta, count := 0, 0, int64(0)
	for _, span := range h.PositiveSpan {
		at += int(span.GetOffset())
		for range span.GetLength() {
			count += h.PositiveDelta[delta]
			found[at] = count
			at, delta = at+1, delta+1
		}
	}
	return found
}

// The native buckets have the counters of the runtime under their numbers, whatever lies
// between them, and the classic ones count exactly the calls up to their bounds.
func TestBucketsAreTheRuntimes(t *testing.T) {
	luck := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		l := observe.Latency{First: observe.FirstBucket + luck.IntN(buckets), Sum: time.Duration(luck.Int64N(1e12))}
		for range 1 + luck.IntN(observe.LastBucket-l.First+1) {
			n := luck.Uint64N(5)
			if n == 4 {
				n = luck.Uint64N(1 << 40)
			}
			l.Counts = append(l.Counts, n)
		}
		h := written(t, false, l)
		if h.GetSchema() != 2 || h.GetZeroCount() != 0 || h.GetSampleCount() != l.Count() || h.GetSampleSum() != l.Sum.Seconds() {
			t.Fatalf("schema %d, %d in the bucket of zero, %d calls of %d, %v s of %v", h.GetSchema(), h.GetZeroCount(), h.GetSampleCount(), l.Count(), h.GetSampleSum(), l.Sum)
		}
		found := natives(h)
		for i, n := range l.Counts {
			if found[l.First+i] != int64(n) { // fits: up to 1<<40
				t.Fatalf("bucket %d has %d calls, want %d", l.First+i, found[l.First+i], n)
			}
		}
		checkClassic(t, h, &l)
	}
}

func checkClassic(t *testing.T, h *dto.Histogram, l *observe.Latency) {
	t.Helper()
	if len(h.Bucket) != lastPower-firstPower+1 {
		t.Fatalf("%d classic buckets", len(h.Bucket))
	}
	for _, b := range h.Bucket {
		want := uint64(0)
		for i, n := range l.Counts {
			if observe.Bound(l.First+i).Seconds() <= b.GetUpperBound()*1.000001 {
				want += n
			}
		}
		if b.GetCumulativeCount() != want {
			t.Fatalf("%d calls up to %v s, want %d", b.GetCumulativeCount(), b.GetUpperBound(), want)
		}
	}
}

// The buckets at both ends have all below, and all above.
func TestBucketsAtTheEnds(t *testing.T) {
	ends := observe.Latency{First: observe.FirstBucket, Counts: make([]uint64, buckets)}
	ends.Counts[0], ends.Counts[buckets-1] = 3, 4
	h := written(t, false, ends, ends)
	if found := natives(h); found[observe.FirstBucket] != 6 || found[observe.LastBucket] != 8 {
		t.Errorf("the native buckets are %v", found)
	}
	if first, last := h.Bucket[0].GetCumulativeCount(), h.Bucket[len(h.Bucket)-1].GetCumulativeCount(); first != 6 || last != 6 || h.GetSampleCount() != 14 {
		t.Errorf("up to 61 µs: %d, up to 64 s: %d, in all: %d", first, last, h.GetSampleCount())
	}
}

func TestEmptyAndNativeOnly(t *testing.T) {
	if h := written(t, false); h.GetSampleCount() != 0 || len(h.Bucket) == 0 || len(h.PositiveSpan) == 0 {
		t.Errorf("without a call: %v", h) // an empty span says that it is a native one
	}
	if h := written(t, true, observe.Latency{Counts: []uint64{1}}); len(h.Bucket) > 0 || natives(h)[0] != 1 {
		t.Errorf("NativeOnly: %v", h)
	}
}
