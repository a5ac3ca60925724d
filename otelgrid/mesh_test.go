package otelgrid

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// Handlers of the nodes of these tests.
const (
	idRelay  grid.HandlerID = 7 // calls idFinal of c
	idFinal  grid.HandlerID = 8 // answers with the baggage item "who" that came
	idFail   grid.HandlerID = 9 // fails with the code that is its payload
	idStream grid.HandlerID = 10
	idWait   grid.HandlerID = 11 // until its context ends
)

func register(n *gridtest.Node) error {
	m := n.Manager()
	single := map[grid.HandlerID]func(ctx context.Context, p []byte) ([]byte, error){
		idRelay: func(ctx context.Context, p []byte) ([]byte, error) {
			return m.Connection("c").Request(ctx, idFinal, p)
		},
		idFinal: func(ctx context.Context, _ []byte) ([]byte, error) {
			return []byte(baggage.FromContext(ctx).Member("who").Value() + grid.GetMetadata(ctx)["own"]), nil
		},
		idFail: func(_ context.Context, p []byte) ([]byte, error) {
			return nil, grid.NewError(grid.Code(p), "said the handler")
		},
		idWait: func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	}
	for id, fn := range single {
		if err := m.RegisterSingleHandler(id, fn); err != nil {
			return err
		}
	}
	return m.RegisterStreamingHandler(idStream, grid.StreamHandler{InCapacity: 4, Handle: func(ctx context.Context, _ []byte, in <-chan []byte, _ chan<- []byte) error {
		for {
			select {
			case _, more := <-in:
				if !more {
					return nil
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}})
}

// world is three nodes in memory, in fake time, with one SDK for all.
type world struct {
	*gridtest.Mesh
	spans  *tracetest.InMemoryExporter
	reader *metric.ManualReader
}

func inWorld(t *testing.T, o Options, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
		o.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(w.spans))
		o.MeterProvider = metric.NewMeterProvider(metric.WithReader(w.reader))
		if o.Propagator == nil {
			o.Propagator = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
		}
		w.Mesh = gridtest.New(t, gridtest.Options{
			Nodes: []string{"a", "b", "c"}, Link: gridtest.Link{Latency: time.Millisecond}, Register: register,
			Configure: func(_ string, options *grid.Options) {
				x, err := NewObserver(o)
				if err != nil {
					t.Fatal(err)
				}
				options.Observers = []grid.Observer{x}
			},
		})
		if err := w.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// ended are the spans that have ended so far.
func (w *world) ended() tracetest.SpanStubs {
	synctest.Wait()
	return w.spans.GetSpans()
}

// span returns the one of a method and a kind.
func (w *world) span(t *testing.T, name string, kind trace.SpanKind) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	for _, s := range w.ended() {
		if s.Name == name && s.SpanKind == kind {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans %s of kind %s, of %d in all", len(found), name, kind, len(w.ended()))
	}
	return found[0]
}

// attributesOf are those of a span, as text by key.
func attributesOf(all []attribute.KeyValue) map[attribute.Key]string {
	m := make(map[attribute.Key]string)
	for _, a := range all {
		m[a.Key] = a.Value.String()
	}
	return m
}
