package otlp

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// receiver takes spans and metrics in, as a collector does, over gRPC and over HTTP.
type receiver struct {
	collectortrace.UnimplementedTraceServiceServer

	grpc string // address
	http string // host and port

	mu      sync.Mutex
	spans   []span
	metrics map[string]*metricspb.Metric // by node and name
}

// span is one, with the node that has sent it.
type span struct {
	node string
	*tracepb.Span
}

// metricsService is its own type, since both services call their method Export.
type metricsService struct {
	collectormetrics.UnimplementedMetricsServiceServer
	to *receiver
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{metrics: make(map[string]*metricspb.Metric)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	collectortrace.RegisterTraceServiceServer(server, r)
	collectormetrics.RegisterMetricsServiceServer(server, &metricsService{to: r})
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	r.grpc = l.Addr().String()

	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", decoded(t, r.Export))
	mux.HandleFunc("POST /v1/metrics", decoded(t, (&metricsService{to: r}).Export))
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	r.http = web.Listener.Addr().String()
	return r
}

// message is a pointer to a message of protobuf.
type message[T any] interface {
	*T
	proto.Message
}

// decoded serves a method of a service over HTTP, as OTLP has it.
func decoded[Q, A any, PQ message[Q], PA message[A]](t *testing.T, method func(context.Context, PQ) (PA, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := PQ(new(Q))
		if err == nil {
			err = proto.Unmarshal(body, request)
		}
		if err != nil || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s is no OTLP: %v, %s", r.URL.Path, err, r.Header.Get("Content-Type"))
			http.Error(w, "no OTLP", http.StatusBadRequest)
			return
		}
		answer, err := method(r.Context(), request)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		encoded, _ := proto.Marshal(answer)
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(encoded)
	}
}

// Export implements the service of traces.
func (r *receiver) Export(_ context.Context, q *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range q.ResourceSpans {
		node := ""
		for _, a := range resource.Resource.GetAttributes() {
			if a.Key == "service.instance.id" {
				node = a.Value.GetStringValue()
			}
		}
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				r.spans = append(r.spans, span{node, s})
			}
		}
	}
	return &collectortrace.ExportTraceServiceResponse{}, nil
}

// Export implements the service of metrics.
func (s *metricsService) Export(_ context.Context, q *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	s.to.mu.Lock()
	defer s.to.mu.Unlock()
	for _, resource := range q.ResourceMetrics {
		for _, scope := range resource.ScopeMetrics {
			for _, m := range scope.Metrics {
				s.to.metrics[m.Name] = m
			}
		}
	}
	return &collectormetrics.ExportMetricsServiceResponse{}, nil
}

func (r *receiver) received() ([]span, map[string]*metricspb.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spans, r.metrics
}
