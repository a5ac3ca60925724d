package otelgrid

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	grid "github.com/gridrpc/gridc/runtime"
)

// scope is the name of the instrumentation.
const scope = "github.com/gridrpc/gridc/otelgrid"

// Observer is a grid.Observer that makes spans and metrics of calls and streams. It is
// safe for concurrent use, and may serve several Managers.
type Observer struct {
	options   Options
	tracer    trace.Tracer
	durations durations
}

// NewObserver returns an Observer for Options.Observers. It fails if the MeterProvider
// makes no instruments.
func NewObserver(o Options) (*Observer, error) {
	o = o.withDefaults()
	x := &Observer{options: o, tracer: o.TracerProvider.Tracer(scope, trace.WithSchemaURL(schemaURL))}
	if err := x.durations.open(o.MeterProvider.Meter(scope, metric.WithSchemaURL(schemaURL))); err != nil {
		return nil, err
	}
	return x, nil
}

// spanKey is where the span of a call is kept in its context: another observer may begin
// one of its own after it, which trace.SpanFromContext would return.
type spanKey struct{ observer *Observer }

// begun is the span of one end of a call.
type begun struct {
	span   trace.Span
	server bool
}

// Begin implements grid.Observer. The context that it returns has the span; at the client
// its metadata has what the server needs to go on with the trace.
func (x *Observer) Begin(ctx context.Context, call *grid.CallInfo) context.Context {
	kind, options := trace.SpanKindClient, []trace.SpanStartOption(nil)
	if call.Server {
		kind = trace.SpanKindServer
		ctx, options = extract(ctx, x.options.Propagator, x.options.TrustPeers)
	}
	options = append(options, trace.WithSpanKind(kind), trace.WithAttributes(spanAttributes(call)...))
	ctx, span := x.tracer.Start(ctx, methodName(call), options...)
	ctx = context.WithValue(ctx, spanKey{x}, begun{span, call.Server})
	if !call.Server {
		ctx = inject(ctx, x.options.Propagator)
	}
	return ctx
}

// End implements grid.Observer.
func (x *Observer) End(ctx context.Context, call *grid.CallInfo, end grid.CallEnd) {
	x.durations.record(ctx, call, &end, x.options.PeerMetrics)
	b, _ := ctx.Value(spanKey{x}).(begun)
	if b.span == nil || b.server != call.Server {
		return // Begin did not return
	}
	if b.span.IsRecording() {
		b.span.SetAttributes(socketAttributes(call)...)
		b.span.SetAttributes(endAttributes(call.Server, &end)...)
		if faulty(call.Server, end.Code) {
			b.span.SetStatus(codes.Error, valid(message(end.Err)))
		}
	}
	b.span.End()
}

// Session implements grid.Observer. Sessions are no matter of traces.
func (x *Observer) Session(grid.SessionEvent) {}

// endAttributes are those that are known when a call has ended.
func endAttributes(server bool, end *grid.CallEnd) []attribute.KeyValue {
	all := []attribute.KeyValue{outcome.String(end.Outcome.String())}
	if end.Attempts > 1 {
		all = append(all, attempts.Int(end.Attempts))
	}
	if end.Code != "" {
		all = append(all, statusCode.String(valid(string(end.Code))))
	}
	if faulty(server, end.Code) {
		all = append(all, errorType.String(valid(string(end.Code))))
	}
	return all
}

// blamed are the codes that a server is to blame for.
var blamed = []grid.Code{grid.Internal, grid.DeadlineExceeded, grid.Unavailable, grid.ResourceExhausted, grid.TooLarge}

// faulty reports whether a code is an error of its end.
func faulty(server bool, code grid.Code) bool {
	return code != "" && (!server || slices.Contains(blamed, code))
}

// message is what an error says, without code and outcome, which are attributes.
func message(err error) string {
	var e *grid.Error
	if errors.As(err, &e) && e.Message != "" {
		return e.Message
	}
	if err == nil {
		return ""
	}
	return err.Error()
}
