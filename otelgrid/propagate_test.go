package otelgrid

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	grid "github.com/gridrpc/gridc/runtime"
)

func newObserver(t *testing.T, spans *tracetest.InMemoryExporter) *Observer {
	t.Helper()
	x, err := NewObserver(Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)), Propagator: propagation.TraceContext{}})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// withBaggage is the test's context with one item.
func withBaggage(t *testing.T, key, value string) context.Context {
	t.Helper()
	member, err := baggage.NewMemberRaw(key, value)
	if err != nil {
		t.Fatal(err)
	}
	all, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	return baggage.ContextWithBaggage(t.Context(), all)
}

// Baggage goes along, beside what the caller sends itself.
func TestBaggageAndMetadataGoAlong(t *testing.T) {
	inWorld(t, Options{TrustPeers: true}, func(t *testing.T, w *world) {
		ctx := grid.WithMetadata(withBaggage(t, "who", "me"), map[string]string{"own": " and mine"})
		answer, err := w.Connection("a", "c").Request(ctx, idFinal, nil)
		if string(answer) != "me and mine" || err != nil {
			t.Errorf("the handler saw %q, %v", answer, err)
		}
	})
}

// What does not fit into the metadata of a call is left out, and the call is made: first
// baggage, then the trace.
func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	inWorld(t, Options{TrustPeers: true}, func(t *testing.T, w *world) {
		c := w.Connection("a", "c")
		child := func() bool { return w.span(t, "8", trace.SpanKindServer).Parent.IsValid() }
		for _, step := range []struct {
			baggage, own int
			answer       int
			child        bool
		}{
			{baggage: 100, own: 100, answer: 200, child: true},
			{baggage: 4000, own: 4000, answer: 8000, child: true},
			{baggage: 8000, own: 100, answer: 8100 - 8000, child: true},
			{baggage: 100, own: 8050, answer: 8050, child: true},
			{baggage: 0, own: 8150, answer: 8150, child: false},
			{baggage: 100, own: 8180, answer: 8180, child: false},
		} {
			w.spans.Reset()
			ctx := t.Context()
			if step.baggage > 0 {
				ctx = withBaggage(t, "who", strings.Repeat("x", step.baggage))
			}
			if step.own > 0 {
				ctx = grid.WithMetadata(ctx, map[string]string{"own": strings.Repeat("y", step.own)})
			}
			answer, err := c.Request(ctx, idFinal, nil)
			if err != nil {
				t.Fatalf("%+v: %v", step, err)
			}
			if len(answer) != step.answer || child() != step.child {
				t.Errorf("%+v: the handler saw %d bytes, and its span is a child: %v", step, len(answer), child())
			}
		}
	})
}

// headers is a propagator that writes and reads names as HTTP does.
type headers struct{}

func (headers) Inject(ctx context.Context, c propagation.TextMapCarrier) {
	h := make(http.Header)
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
	for k := range h {
		c.Set(k, h.Get(k))
	}
}

func (headers) Extract(ctx context.Context, c propagation.TextMapCarrier) context.Context {
	h := make(http.Header)
	for _, k := range c.Keys() {
		h.Set(k, c.Get(strings.ToUpper(k)))
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
}

func (headers) Fields() []string { return []string{"Traceparent"} }

// Propagators that write names otherwise than the peer reads them work all the same.
func TestNamesInAnyCase(t *testing.T) {
	inWorld(t, Options{TrustPeers: true, Propagator: headers{}}, func(t *testing.T, w *world) {
		if _, err := w.Connection("a", "c").Request(t.Context(), idFinal, nil); err != nil {
			t.Fatal(err)
		}
		client, server := w.span(t, "8", trace.SpanKindClient), w.span(t, "8", trace.SpanKindServer)
		if server.Parent.SpanID() != client.SpanContext.SpanID() {
			t.Error("the server's span is no child of the client's")
		}
	})
}

// What a peer claims to be a trace may be anything.
func TestMalformedTraceparent(t *testing.T) {
	for _, trusted := range []bool{false, true} {
		inWorld(t, Options{TrustPeers: trusted, Propagator: propagation.Baggage{}}, func(t *testing.T, w *world) {
			for _, text := range []string{"", "00", strings.Repeat("0", 55), "00-00000000000000000000000000000000-0000000000000000-01", "\xff\x00", strings.Repeat("x", 3000)} {
				ctx := grid.WithMetadata(t.Context(), map[string]string{"traceparent": text, "baggage": text})
				if _, err := w.Connection("a", "c").Request(ctx, idFinal, nil); err != nil {
					t.Errorf("%.20q: %v", text, err)
				}
			}
		})
	}
}
