package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/gridrpc/gridc/examples/gen/storage"
)

// showTrace stores an object at node3, and has node1 read it from node2, which lacks it.
func (p *platform) showTrace(ctx context.Context) error {
	if err := put(ctx, p.nodes[0].storeOf("node3"), "v", "hello.txt", "hello from node3"); err != nil {
		return fmt.Errorf("storing at node3: %w", err)
	}
	ctx, root := p.nodes[0].traces.Tracer("platform").Start(ctx, "read hello.txt")
	file, err := p.nodes[0].storeOf("node2").ReadVersion(ctx, &storage.ReadVersionRequest{Volume: "v", Path: "hello.txt", WithData: true})
	root.End()
	if err != nil {
		return fmt.Errorf("reading from node2: %w", err)
	}
	p.print("\nnode1 asks node2 for an object that only node3 has: %q. One trace:", file.Data)
	p.print("%s", p.spans.tree(root.SpanContext().TraceID()))
	return nil
}

// storeOf is a client for the store of a peer.
func (n *node) storeOf(peer string) *storage.StorageClient {
	return storage.NewStorageClient(n.manager.Connection(peer), disk)
}

// put stores one object, and returns when it is there.
func put(ctx context.Context, client *storage.StorageClient, volume, name, content string) error {
	stream, err := client.Replicate(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := stream.Send(&storage.Op{Put: &storage.FileInfo{Volume: volume, Name: name, Size: int64(len(content)), Data: []byte(content)}}); err != nil {
		return err
	}
	ack, err := stream.Recv()
	if err != nil {
		return err
	}
	if ack.Failed {
		return fmt.Errorf("%s was not stored", name)
	}
	return stream.CloseSend()
}

// recorder is a sdktrace.SpanExporter that keeps the spans of all nodes, to be shown. A
// program of yours has an exporter of OTLP in its place, and a collector behind it.
type recorder struct {
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

// ExportSpans implements sdktrace.SpanExporter.
func (r *recorder) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = append(r.spans, spans...)
	return nil
}

// Shutdown implements sdktrace.SpanExporter. Other nodes go on.
func (r *recorder) Shutdown(context.Context) error { return nil }

// tree is a trace in lines, each span below the one that it belongs to.
func (r *recorder) tree(id trace.TraceID) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	children := make(map[trace.SpanID][]sdktrace.ReadOnlySpan)
	for _, s := range r.spans {
		if s.SpanContext().TraceID() == id {
			children[s.Parent().SpanID()] = append(children[s.Parent().SpanID()], s)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "trace %s", id)
	var show func(parent trace.SpanID, indent string)
	show = func(parent trace.SpanID, indent string) {
		below := children[parent]
		slices.SortFunc(below, func(x, y sdktrace.ReadOnlySpan) int {
			return cmp.Compare(x.StartTime().UnixNano(), y.StartTime().UnixNano())
		})
		for _, s := range below {
			fmt.Fprintf(&b, "\n%s%s: %s, %s, %s", indent, instance(s), s.Name(), s.SpanKind(), s.EndTime().Sub(s.StartTime()).Round(time.Microsecond))
			show(s.SpanContext().SpanID(), indent+"  ")
		}
	}
	show(trace.SpanID{}, "  ")
	return b.String()
}

// instance is the node that a span is of.
func instance(s sdktrace.ReadOnlySpan) string {
	for _, a := range s.Resource().Attributes() {
		if a.Key == "service.instance.id" {
			return a.Value.AsString()
		}
	}
	return "?"
}
