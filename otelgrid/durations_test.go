package otelgrid

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	grid "github.com/gridrpc/gridc/runtime"
)

// points are those of an instrument, read once.
func points(t *testing.T, r *metric.ManualReader, name string) []metricdata.HistogramDataPoint[float64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := r.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				if m.Unit != "s" {
					t.Errorf("%s is in %q", name, m.Unit)
				}
				return m.Data.(metricdata.Histogram[float64]).DataPoints
			}
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

// Durations are in seconds, in the buckets of the conventions, by method and status.
func TestDurations(t *testing.T) {
	inWorld(t, Options{TrustPeers: true}, func(t *testing.T, w *world) {
		c := w.Connection("a", "b")
		for range 3 {
			if _, err := c.Request(t.Context(), idFinal, nil); err != nil {
				t.Fatal(err)
			}
		}
		_, _ = c.Request(t.Context(), idFail, []byte("not_found"))
		w.ended()
		for name, sum := range map[string]float64{"rpc.client.call.duration": 0.006, "rpc.server.call.duration": 0} {
			found := points(t, w.reader, name)
			if len(found) != 2 {
				t.Fatalf("%s has %d points", name, len(found))
			}
			for _, p := range found {
				at := attributesOf(p.Attributes.ToSlice())
				want := uint64(3)
				if at[method] == "9" {
					want = 1
					if client := name == "rpc.client.call.duration"; at[statusCode] != "not_found" || (at[errorType] != "") != client {
						t.Errorf("%s: a failure has %v", name, at)
					}
				} else if p.Sum < sum-1e-9 || p.Sum > sum+1e-9 || at[statusCode] != "" {
					t.Errorf("%s: the sum is %v, want %v; %v", name, p.Sum, sum, at)
				}
				if _, has := at[peer]; p.Count != want || !slices.Equal(p.Bounds, bounds) || at[systemName] != "gridc" || has {
					t.Errorf("%s: %d calls in %v with %v", name, p.Count, p.Bounds, at)
				}
			}
		}
	})
}

func TestDurationsByPeer(t *testing.T) {
	inWorld(t, Options{PeerMetrics: true}, func(t *testing.T, w *world) {
		for _, to := range []string{"b", "c"} {
			if _, err := w.Connection("a", to).Request(t.Context(), idFinal, nil); err != nil {
				t.Fatal(err)
			}
		}
		if found := points(t, w.reader, "rpc.client.call.duration"); len(found) != 2 {
			t.Errorf("%d points for two peers", len(found))
		}
	})
}

// A peer that makes up codes does not make up series.
func TestCodesAreBounded(t *testing.T) {
	reader := metric.NewManualReader()
	x, err := NewObserver(Options{MeterProvider: metric.NewMeterProvider(metric.WithReader(reader))})
	if err != nil {
		t.Fatal(err)
	}
	call := &grid.CallInfo{Name: "s.S.M"}
	for i := range 1000 {
		x.End(x.Begin(t.Context(), call), call, grid.CallEnd{Code: grid.Code(fmt.Sprintf("code%d\xff", i)), Took: time.Second})
	}
	if found := points(t, reader, "rpc.client.call.duration"); len(found) != maxCodes+1 {
		t.Errorf("1,000 codes are %d points", len(found))
	}
}

// Without an SDK the observer does nothing, and costs little.
func BenchmarkWithoutSDK(b *testing.B) {
	x, err := NewObserver(Options{})
	if err != nil {
		b.Fatal(err)
	}
	call := &grid.CallInfo{Name: "s.S.M"}
	b.ReportAllocs()
	for range b.N {
		x.End(x.Begin(b.Context(), call), call, grid.CallEnd{Outcome: grid.Ran})
	}
}
