// Package otelgrid shows the calls and streams of a node to OpenTelemetry: a span at each
// end, in one trace over all nodes that a request touches, and how long calls take, by the
// semantic conventions for RPC. It is an Observer, so buffers are lent as without it:
//
//	tracing, err := otelgrid.NewObserver(otelgrid.Options{TrustPeers: true})
//	m, err := grid.NewManager(grid.Options{Observers: []grid.Observer{tracing}, …})
//
// The package uses OpenTelemetry's API alone: which SDK, exporter and sampler there are is
// the program's choice. Without any it costs a microsecond or two at each end of a call.
//
// # Traces
//
// The span context travels in the metadata of a call, in what the propagator makes of it:
// traceparent, tracestate and baggage as a rule. What would make a call fail, because
// its metadata would be larger than grid.MaxMetadata, is left out, baggage first.
//
// At the server a span begins a trace of its own, with a link to the caller's span, unless
// Options.TrustPeers says that callers may decide where this node's spans belong, and
// whether they are sampled. Baggage is taken from trusted peers alone.
//
// # Errors
//
// At the client each error is the span's. At the server those are that the server is to
// blame for: internal, deadline_exceeded, unavailable, resource_exhausted and too_large; that
// a file is not there is an answer like others.
package otelgrid
