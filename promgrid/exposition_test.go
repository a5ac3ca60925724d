package promgrid

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/gridrpc/gridc/runtime/gridtest"
)

// In each form that Prometheus asks for, what is served is what was gathered, read by
// Prometheus's own parser where it has one.
func TestExposition(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, watched map[string]*Observer) {
		work(t, m.Connection("a", "b"))
		time.Sleep(time.Second)
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(watched["b"], NewCollector(m.Node("b").Manager(), Options{}))
		want := scrape(t, registry)
		for _, accept := range []string{
			"text/plain;version=0.0.4",
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
		} {
			got := served(t, registry, accept)
			for name, f := range want {
				if got[name] == nil || len(got[name].Metric) != len(f.Metric) || got[name].GetType() != f.GetType() || got[name].GetHelp() != f.GetHelp() {
					t.Errorf("%s: %s is %v", accept, name, got[name])
				}
			}
			h := find(t, got, "grid_server_call_duration_seconds", "handler=7 kind=call").Histogram
			if n := len(h.Bucket); h.GetSampleCount() != 3 || n < lastPower-firstPower+1 {
				t.Errorf("%s: %d calls, %d classic buckets", accept, h.GetSampleCount(), n)
			}
			if native := len(h.PositiveSpan) > 0; native == (accept[0] == 't') {
				t.Errorf("%s: native buckets: %v", accept, native)
			}
		}
	})
}

func served(t *testing.T, g prometheus.Gatherer, accept string) map[string]*dto.MetricFamily {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	request.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(g, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}).ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		t.Fatalf("%s: status %d: %s", accept, answer.Code, answer.Body)
	}
	decoder := expfmt.NewDecoder(answer.Body, expfmt.ResponseFormat(answer.Result().Header))
	families := make(map[string]*dto.MetricFamily)
	for {
		f := new(dto.MetricFamily)
		if err := decoder.Decode(f); err != nil {
			if len(families) == 0 {
				t.Fatal(err)
			}
			return families
		}
		families[f.GetName()] = f
	}
}

// The names and helps are as Prometheus's linter wants them.
func TestLint(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, watched map[string]*Observer) {
		work(t, m.Connection("a", "b"))
		for _, c := range []prometheus.Collector{watched["b"], NewCollector(m.Node("b").Manager(), Options{Subroutes: true})} {
			problems, err := testutil.CollectAndLint(c)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				t.Errorf("%s: %s", p.Metric, p.Text)
			}
		}
	})
}

// Two nodes of one process share a registry, under a label.
func TestTwoNodesInOneRegistry(t *testing.T) {
	meshed(t, Options{}, []string{"a", "b"}, func(t *testing.T, m *gridtest.Mesh, _ map[string]*Observer) {
		registry := prometheus.NewPedanticRegistry()
		for _, node := range []string{"a", "b"} {
			labelled := prometheus.WrapRegistererWith(prometheus.Labels{"node": node}, registry)
			if err := labelled.Register(NewCollector(m.Node(node).Manager(), Options{})); err != nil {
				t.Fatal(err)
			}
		}
		all := scrape(t, registry)
		wantValue(t, all, "grid_peer_up", "node=a peer=b", 1)
		wantValue(t, all, "grid_peer_up", "node=b peer=a", 1)
	})
}
