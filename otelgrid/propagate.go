package otelgrid

import (
	"context"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	grid "github.com/gridrpc/gridc/runtime"
)

// inject returns ctx with the span context that it has, for the metadata of a call. What
// does not fit is left out: no call fails for its trace.
func inject(ctx context.Context, p propagation.TextMapPropagator) context.Context {
	had := grid.OutgoingMetadata(ctx)
	carrier := make(lowerCase)
	p.Inject(ctx, carrier)
	if len(carrier) == 0 {
		return ctx
	}
	if size(had, carrier) > grid.MaxMetadata {
		carrier = make(lowerCase)
		p.Inject(baggage.ContextWithoutBaggage(ctx), carrier)
	}
	if size(had, carrier) > grid.MaxMetadata {
		return ctx
	}
	return grid.WithMetadata(ctx, carrier)
}

// size bounds how many bytes the metadata of a call takes in the end.
func size(had, more map[string]string) int {
	const overhead = 2 * 2 // two lengths, of two bytes each at most
	total := 2             // how many there are
	for k, v := range had {
		if _, again := more[k]; !again {
			total += len(k) + len(v) + overhead
		}
	}
	for k, v := range more {
		total += len(k) + len(v) + overhead
	}
	return total
}

// extract returns ctx with what came in the metadata of a call, and what a span of this
// node has to do with the caller's: it is its child if peers are trusted, else it is
// linked with it.
func extract(ctx context.Context, p propagation.TextMapPropagator, trusted bool) (context.Context, []trace.SpanStartOption) {
	md := grid.GetMetadata(ctx)
	if len(md) == 0 {
		return ctx, nil
	}
	if trusted {
		return p.Extract(ctx, lowerCase(md)), nil
	}
	remote := trace.SpanContextFromContext(p.Extract(context.Background(), lowerCase(md)))
	if !remote.IsValid() {
		return ctx, nil
	}
	return ctx, []trace.SpanStartOption{trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: remote})}
}

// lowerCase is metadata as a carrier. Some propagators write the names of headers as HTTP
// does, and others read them in lower case: here they are all in lower case.
type lowerCase map[string]string

// Get implements propagation.TextMapCarrier.
func (c lowerCase) Get(key string) string { return c[strings.ToLower(key)] }

// Set implements propagation.TextMapCarrier.
func (c lowerCase) Set(key, value string) { c[strings.ToLower(key)] = value }

// Keys implements propagation.TextMapCarrier.
func (c lowerCase) Keys() []string { return slices.Collect(maps.Keys(c)) }
