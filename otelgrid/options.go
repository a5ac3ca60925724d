package otelgrid

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Options say where spans and metrics go. The zero value uses what the program has set
// for all, by otel.SetTracerProvider and the like, before NewObserver.
type Options struct {
	TracerProvider trace.TracerProvider          // nil: otel.GetTracerProvider
	MeterProvider  metric.MeterProvider          // nil: otel.GetMeterProvider
	Propagator     propagation.TextMapPropagator // nil: otel.GetTextMapPropagator
	// TrustPeers has spans of this node's handlers belong to the traces of their callers,
	// which decide about sampling as well, and takes their baggage. It is for a cluster
	// whose nodes belong together. Otherwise spans are linked with their callers'.
	TrustPeers bool
	// PeerMetrics adds the peer's name to the attributes of metrics. Peers times handlers
	// soon reach the 2,000 series that an SDK keeps of one instrument, where it drops the
	// rest into one: mind that above some 40 peers.
	PeerMetrics bool
}

func (o Options) withDefaults() Options {
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	if o.Propagator == nil {
		o.Propagator = otel.GetTextMapPropagator()
	}
	return o
}
