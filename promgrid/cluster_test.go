package promgrid

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// Handlers of the nodes of these tests.
const (
	idEcho  grid.HandlerID = 7
	idFail  grid.HandlerID = 8
	idCount grid.HandlerID = 9 // a stream that sends each message back
)

func register(m *grid.Manager) error {
	echo := func(_ context.Context, p []byte) ([]byte, error) {
		time.Sleep(3 * time.Millisecond)
		return p, nil
	}
	fail := func(context.Context, []byte) ([]byte, error) {
		return nil, grid.NewError(grid.NotFound, "no such thing")
	}
	back := grid.StreamHandler{InCapacity: 4, OutCapacity: 4, Handle: func(ctx context.Context, _ []byte, in <-chan []byte, out chan<- []byte) error {
		for {
			select {
			case msg, more := <-in:
				if !more {
					return nil
				}
				out <- msg
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}}
	for _, err := range []error{m.RegisterSingleHandler(idEcho, echo, "d1"), m.RegisterSingleHandler(idEcho, echo, "d2"), m.RegisterSingleHandler(idFail, fail), m.RegisterStreamingHandler(idCount, back)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// meshed runs a test on nodes in memory, in fake time, each with an Observer.
func meshed(t *testing.T, o Options, nodes []string, test func(t *testing.T, m *gridtest.Mesh, watched map[string]*Observer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		watched := make(map[string]*Observer)
		m := gridtest.New(t, gridtest.Options{
			Nodes: nodes, Link: gridtest.Link{Latency: time.Millisecond},
			Configure: func(name string, options *grid.Options) {
				if watched[name] == nil {
					watched[name] = NewObserver(o)
				}
				options.Observers = []grid.Observer{watched[name]}
				options.CallOnly = name == "tool"
				options.Accept = func(guest string) bool { return guest == "tool" }
			},
			Register: func(n *gridtest.Node) error { return register(n.Manager()) },
		})
		if err := m.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, name := range nodes { // from now on calls are counted, as where a collector is made at the start
			m.Node(name).Manager().Snapshot()
		}
		test(t, m, watched)
	})
}

// work makes three calls that succeed, of 100 bytes, two that fail, and a stream of five
// messages of 10 bytes each way.
func work(t *testing.T, c *grid.Connection) {
	t.Helper()
	for _, disk := range []string{"d1", "d2", "d1"} {
		if _, err := c.Subroute(disk).Request(t.Context(), idEcho, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := c.Request(t.Context(), idFail, nil); grid.OutcomeOf(err) != grid.Ran {
			t.Fatal(err)
		}
	}
	stream, err := c.NewStream(t.Context(), idCount, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for range 5 {
			stream.Requests <- make([]byte, 10)
		}
		close(stream.Requests)
	}()
	if err := stream.Results(func([]byte) error { return nil }); err != nil {
		t.Fatal(err)
	}
	synctest.Wait() // the ends are told
}

// gather registers collectors, which a pedantic registry looks at closely, and scrapes them.
func gather(t *testing.T, collectors ...prometheus.Collector) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for _, c := range collectors {
		if err := registry.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	return scrape(t, registry)
}

func scrape(t *testing.T, g prometheus.Gatherer) map[string]*dto.MetricFamily {
	t.Helper()
	all, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	families := make(map[string]*dto.MetricFamily)
	for _, f := range all {
		families[f.GetName()] = f
	}
	return families
}

// find returns the one metric with these labels, as "handler=7 kind=call".
func find(t *testing.T, families map[string]*dto.MetricFamily, name, labels string) *dto.Metric {
	t.Helper()
	for _, m := range families[name].GetMetric() {
		if labelText(m) == labels {
			return m
		}
	}
	var have strings.Builder
	for _, m := range families[name].GetMetric() {
		_, _ = io.WriteString(&have, "\n"+labelText(m))
	}
	t.Fatalf("%s has no metric with labels %q, but:%s", name, labels, have.String())
	return nil
}

func labelText(m *dto.Metric) string {
	var all []string
	for _, l := range m.GetLabel() {
		all = append(all, l.GetName()+"="+l.GetValue())
	}
	return strings.Join(all, " ")
}

// value is that of a counter or gauge, and the count of a histogram.
func value(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	}
	return float64(m.Histogram.GetSampleCount())
}

// wantValue checks a metric.
func wantValue(t *testing.T, families map[string]*dto.MetricFamily, name, labels string, want float64) {
	t.Helper()
	if got := value(find(t, families, name, labels)); got != want {
		t.Errorf("%s{%s} is %v, want %v", name, labels, got, want)
	}
}
