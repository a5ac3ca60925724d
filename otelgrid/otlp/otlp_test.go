package otlp

import (
	"bytes"
	"context"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"

	"github.com/gridrpc/gridc/otelgrid"
)

// Handlers of the nodes: the first calls the second, at c; the third fails.
const (
	idRelay grid.HandlerID = iota + 1
	idFinal
	idFail
)

func register(n *gridtest.Node) error {
	for id, fn := range map[grid.HandlerID]func(ctx context.Context, p []byte) ([]byte, error){
		idRelay: func(ctx context.Context, p []byte) ([]byte, error) { return n.Connection("c").Request(ctx, idFinal, p) },
		idFinal: func(_ context.Context, p []byte) ([]byte, error) { return p, nil },
		idFail: func(context.Context, []byte) ([]byte, error) {
			return nil, grid.NewError("storage.bad\xff", "text\xff")
		},
	} {
		if err := n.Manager().RegisterSingleHandler(id, fn); err != nil {
			return err
		}
	}
	return nil
}

// exporters make what sends to a receiver.
type exporters struct {
	traces  func(ctx context.Context, r *receiver) (sdktrace.SpanExporter, error)
	metrics func(ctx context.Context, r *receiver) (metric.Exporter, error)
}

var overGRPC = exporters{
	func(ctx context.Context, r *receiver) (sdktrace.SpanExporter, error) {
		return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(r.grpc), otlptracegrpc.WithInsecure())
	},
	func(ctx context.Context, r *receiver) (metric.Exporter, error) {
		return otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithEndpoint(r.grpc), otlpmetricgrpc.WithInsecure())
	},
}

var overHTTP = exporters{
	func(ctx context.Context, r *receiver) (sdktrace.SpanExporter, error) {
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(r.http), otlptracehttp.WithInsecure())
	},
	func(ctx context.Context, r *receiver) (metric.Exporter, error) {
		return otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpoint(r.http), otlpmetrichttp.WithInsecure())
	},
}

// sdk is the SDK of one node.
type sdk struct {
	traces  *sdktrace.TracerProvider
	metrics *metric.MeterProvider
}

func newSDK(t *testing.T, node string, e exporters, r *receiver) *sdk {
	t.Helper()
	traces, err := e.traces(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := e.metrics(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	of := resource.NewSchemaless(attribute.String("service.name", "test"), attribute.String("service.instance.id", node))
	return &sdk{
		traces:  sdktrace.NewTracerProvider(sdktrace.WithBatcher(traces), sdktrace.WithResource(of)),
		metrics: metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(metrics, metric.WithInterval(time.Hour))), metric.WithResource(of)),
	}
}

func (s *sdk) observer(t *testing.T) *otelgrid.Observer {
	t.Helper()
	x, err := otelgrid.NewObserver(otelgrid.Options{
		TracerProvider: s.traces, MeterProvider: s.metrics, TrustPeers: true,
		Propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Three nodes, each with an SDK of its own: what arrives at the receiver is one trace
// over all three, and a failure whose texts are no UTF-8 does not keep the rest away.
func TestOTLP(t *testing.T) {
	for name, e := range map[string]exporters{"grpc": overGRPC, "http": overHTTP} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t)
			sdks := make(map[string]*sdk)
			mesh := gridtest.New(t, gridtest.Options{
				Nodes: []string{"a", "b", "c"}, Register: register,
				Configure: func(node string, o *grid.Options) {
					sdks[node] = newSDK(t, node, e, r)
					o.Observers = []grid.Observer{sdks[node].observer(t)}
				},
			})
			if err := mesh.WaitConnected(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := mesh.Connection("a", "b").Request(t.Context(), idFail, nil); err == nil {
				t.Fatal("it does not fail")
			}
			if _, err := mesh.Connection("a", "b").Request(t.Context(), idRelay, nil); err != nil {
				t.Fatal(err)
			}
			if err := mesh.Close(); err != nil { // the ends of all calls are told
				t.Fatal(err)
			}
			for node, s := range sdks {
				if err := s.traces.Shutdown(t.Context()); err != nil {
					t.Errorf("%s: %v", node, err)
				}
				if err := s.metrics.Shutdown(t.Context()); err != nil {
					t.Errorf("%s: %v", node, err)
				}
			}
			checkTrace(t, r)
			checkMetrics(t, r)
		})
	}
}

// link is where a span of the trace must be.
type link struct {
	node, name string
	kind       tracepb.Span_SpanKind
}

func checkTrace(t *testing.T, r *receiver) {
	t.Helper()
	spans, _ := r.received()
	if len(spans) != 6 {
		t.Fatalf("%d spans have come, want 6", len(spans))
	}
	find := func(l link) span {
		for _, s := range spans {
			if s.node == l.node && s.Name == l.name && s.Kind == l.kind {
				return s
			}
		}
		t.Fatalf("there is no span of %+v", l)
		return span{}
	}
	parent := span{Span: &tracepb.Span{}}
	for i, l := range []link{
		{"a", "1", tracepb.Span_SPAN_KIND_CLIENT}, {"b", "1", tracepb.Span_SPAN_KIND_SERVER},
		{"b", "2", tracepb.Span_SPAN_KIND_CLIENT}, {"c", "2", tracepb.Span_SPAN_KIND_SERVER},
	} {
		s := find(l)
		if !bytes.Equal(s.ParentSpanId, parent.SpanId) || i > 0 && !bytes.Equal(s.TraceId, parent.TraceId) {
			t.Errorf("%+v is no child of %+v", s, parent)
		}
		if text(s.Attributes, "rpc.system.name") != "gridc" || text(s.Attributes, "gridc.outcome") != "ran" {
			t.Errorf("%+v has attributes %v", l, s.Attributes)
		}
		parent = s
	}
	failed := find(link{"a", "3", tracepb.Span_SPAN_KIND_CLIENT})
	if failed.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || text(failed.Attributes, "error.type") == "" {
		t.Errorf("the failure is %v", failed.Span)
	}
}

func text(all []*commonpb.KeyValue, key string) string {
	for _, a := range all {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

func checkMetrics(t *testing.T, r *receiver) {
	t.Helper()
	_, metrics := r.received()
	for _, name := range []string{"rpc.client.call.duration", "rpc.server.call.duration"} {
		m := metrics[name]
		if m.GetUnit() != "s" || len(m.GetHistogram().GetDataPoints()) == 0 {
			t.Errorf("%s is %v", name, m)
			continue
		}
		p := m.GetHistogram().DataPoints[0]
		if len(p.ExplicitBounds) != 14 || p.ExplicitBounds[0] != 0.005 || p.Count == 0 || text(p.Attributes, "rpc.method") == "" {
			t.Errorf("%s has %v", name, p)
		}
		if len(p.Exemplars) == 0 || len(p.Exemplars[0].TraceId) != 16 {
			t.Errorf("%s has no trace as an example: %v", name, p.Exemplars)
		}
	}
}
