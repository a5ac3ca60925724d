package otelgrid_test

import (
	"context"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"

	"github.com/gridrpc/gridc/otelgrid"
)

// Two nodes, and the one trace of a call between them. A program sets an exporter of
// OTLP in place of the one that keeps the spans here, and makes one Manager.
func Example() {
	spans := tracetest.NewInMemoryExporter()
	tracing, err := otelgrid.NewObserver(otelgrid.Options{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		Propagator:     propagation.TraceContext{},
		TrustPeers:     true,
	})
	if err != nil {
		log.Fatal(err)
	}
	const hello grid.HandlerID = 1
	mesh := gridtest.NewMesh(gridtest.Options{
		Nodes:     []string{"a", "b"},
		Configure: func(_ string, o *grid.Options) { o.Observers = []grid.Observer{tracing} },
		Register: func(n *gridtest.Node) error {
			return n.Manager().RegisterSingleHandler(hello, func(context.Context, []byte) ([]byte, error) { return []byte("hello"), nil })
		},
	})
	answer, err := mesh.Connection("a", "b").Request(grid.WaitForReady(context.Background()), hello, nil)
	fmt.Println(string(answer), err)
	_ = mesh.Close() // both ends have been told

	all := spans.GetSpans()
	server, client := all[0], all[1]
	if server.SpanKind < client.SpanKind {
		server, client = client, server
	}
	fmt.Println(len(all), "spans, one trace:", server.SpanContext.TraceID() == client.SpanContext.TraceID())
	// Output:
	// hello <nil>
	// 2 spans, one trace: true
}
