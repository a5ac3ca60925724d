package otelgrid

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	grid "github.com/gridrpc/gridc/runtime"
)

// maxCodes is how many codes of errors are told apart in metrics: those of declared
// errors come from peers.
const maxCodes = 64

// bounds are those of the conventions, in seconds.
var bounds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// durations are the metrics: how long calls take at both ends.
type durations struct {
	client, server metric.Float64Histogram

	mu    sync.Mutex
	codes map[grid.Code]bool // seen so far
}

func (d *durations) open(meter metric.Meter) error {
	histogram := func(name, what string) (metric.Float64Histogram, error) {
		return meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what), metric.WithExplicitBucketBoundaries(bounds...))
	}
	var clientFault, serverFault error
	d.client, clientFault = histogram("rpc.client.call.duration", "Measures the duration of an outgoing call or stream.")
	d.server, serverFault = histogram("rpc.server.call.duration", "Measures the duration of an incoming call or stream.")
	d.codes = map[grid.Code]bool{}
	return errors.Join(clientFault, serverFault)
}

// record notes a call that has ended. ctx has its span, which an SDK may take for an
// exemplar.
func (d *durations) record(ctx context.Context, call *grid.CallInfo, end *grid.CallEnd, byPeer bool) {
	histogram := d.client
	if call.Server {
		histogram = d.server
	}
	if !histogram.Enabled(ctx) {
		return
	}
	all := []attribute.KeyValue{systemName.String(system), method.String(methodName(call))}
	if end.Code != "" {
		code := d.code(end.Code)
		all = append(all, statusCode.String(code))
		if faulty(call.Server, end.Code) {
			all = append(all, errorType.String(code))
		}
	}
	if byPeer {
		all = append(all, peer.String(valid(call.Peer)))
	}
	histogram.Record(ctx, end.Took.Seconds(), metric.WithAttributeSet(attribute.NewSet(all...)))
}

// code is a code as it is counted: those beyond maxCodes are one.
func (d *durations) code(code grid.Code) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.codes[code] {
		if len(d.codes) >= maxCodes {
			return other
		}
		d.codes[code] = true
	}
	return valid(string(code))
}
