package otelgrid

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	grid "github.com/gridrpc/gridc/runtime"
)

// a calls b, whose handler calls c: one trace, each span the child of the one before.
func TestTraceAcrossNodes(t *testing.T) {
	inWorld(t, Options{TrustPeers: true}, func(t *testing.T, w *world) {
		if _, err := w.Connection("a", "b").Request(t.Context(), idRelay, nil); err != nil {
			t.Fatal(err)
		}
		chain := []tracetest.SpanStub{
			w.span(t, "7", trace.SpanKindClient), w.span(t, "7", trace.SpanKindServer), w.span(t, "8", trace.SpanKindClient), w.span(t, "8", trace.SpanKindServer),
		}
		for i, s := range chain {
			if s.SpanContext.TraceID() != chain[0].SpanContext.TraceID() {
				t.Errorf("span %d is in another trace", i)
			}
			if i > 0 && s.Parent.SpanID() != chain[i-1].SpanContext.SpanID() {
				t.Errorf("the parent of span %d is not span %d", i, i-1)
			}
			if remote := i%2 == 1; s.Parent.IsRemote() != remote {
				t.Errorf("the parent of span %d is remote: %v", i, !remote)
			}
			if s.Status.Code != codes.Unset {
				t.Errorf("span %d has status %v", i, s.Status)
			}
		}
		if took := chain[0].EndTime.Sub(chain[0].StartTime); took != 4*time.Millisecond {
			t.Errorf("two round trips of 2 ms took %v", took)
		}
		at := attributesOf(chain[0].Attributes)
		if at[systemName] != "gridc" || at[method] != "7" || at[serverAddress] != "b" || at[peer] != "b" || at[outcome] != "ran" || at[socketAddress] != "b" || at[statusCode] != "" {
			t.Errorf("the client's attributes are %v", at)
		}
		at = attributesOf(chain[1].Attributes)
		if _, has := at[serverAddress]; has || at[peer] != "a" || at[outcome] != "ran" || at[socketAddress] != "a" {
			t.Errorf("the server's attributes are %v", at)
		}
	})
}

// Who is not trusted does not decide where this node's spans belong, nor what baggage its
// handlers see.
func TestUntrustedPeersAreLinked(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		answer, err := w.Connection("a", "c").Request(withBaggage(t, "who", "me"), idFinal, nil)
		if err != nil || string(answer) != "" {
			t.Errorf("the handler saw baggage %q, %v", answer, err)
		}
		client, server := w.span(t, "8", trace.SpanKindClient), w.span(t, "8", trace.SpanKindServer)
		if server.Parent.IsValid() || server.SpanContext.TraceID() == client.SpanContext.TraceID() {
			t.Error("the server's span belongs to the client's trace")
		}
		if len(server.Links) != 1 || server.Links[0].SpanContext.SpanID() != client.SpanContext.SpanID() {
			t.Errorf("the server's span has links %v", server.Links)
		}
	})
}

// Each error is the client's; the server is to blame for some.
func TestWhoIsToBlame(t *testing.T) {
	inWorld(t, Options{TrustPeers: true}, func(t *testing.T, w *world) {
		for code, blame := range map[grid.Code]bool{
			grid.NotFound: false, grid.InvalidArgument: false, grid.PermissionDenied: false, "storage.file_not_found": false,
			grid.Internal: true, grid.Unavailable: true, grid.ResourceExhausted: true,
		} {
			w.spans.Reset()
			_, _ = w.Connection("a", "b").Request(t.Context(), idFail, []byte(code))
			client, server := w.span(t, "9", trace.SpanKindClient), w.span(t, "9", trace.SpanKindServer)
			at := attributesOf(client.Attributes)
			if client.Status.Code != codes.Error || at[errorType] != at[statusCode] || at[statusCode] == "" {
				t.Errorf("%s: the client's status is %v, with %v", code, client.Status, at)
			}
			at = attributesOf(server.Attributes)
			if (server.Status.Code == codes.Error) != blame || at[statusCode] == "" || (at[errorType] != "") != blame {
				t.Errorf("%s: the server's status is %v, with %v", code, server.Status, at)
			}
		}
	})
}

// What does not reach a handler has its spans as well.
func TestRefusedAndLost(t *testing.T) {
	inWorld(t, Options{TrustPeers: true}, func(t *testing.T, w *world) {
		_, err := w.Connection("a", "b").Request(t.Context(), 4711, nil)
		if !errors.Is(err, grid.ErrUnknownHandler) {
			t.Fatal(err)
		}
		client := w.span(t, "4711", trace.SpanKindClient)
		if at := attributesOf(client.Attributes); client.Status.Code != codes.Error || at[statusCode] != "unknown_handler" || at[outcome] == "ran" {
			t.Errorf("an unknown handler: %v, %v", client.Status, at)
		}

		w.spans.Reset()
		failed := make(chan error, 1)
		go func() {
			_, err := w.Connection("a", "b").Request(t.Context(), idWait, nil)
			failed <- err
		}()
		time.Sleep(time.Second)
		w.Cut("a", "b")
		if err := <-failed; grid.OutcomeOf(err) != grid.MayHaveRun {
			t.Fatal(err)
		}
		lost := w.span(t, "11", trace.SpanKindClient)
		if at := attributesOf(lost.Attributes); at[statusCode] != "disconnected" || at[outcome] != "may have run" || at[errorType] != "disconnected" {
			t.Errorf("a lost session: %v", at)
		}
		if at := attributesOf(w.span(t, "11", trace.SpanKindServer).Attributes); at[peer] != "a" {
			t.Errorf("its handler: %v", at)
		}
		_, err = w.Connection("a", "b").Request(t.Context(), idFinal, nil)
		if at := attributesOf(w.span(t, "8", trace.SpanKindClient).Attributes); grid.OutcomeOf(err) != grid.NotSent || at[outcome] != "not sent" {
			t.Errorf("while it is cut: %v, %v", err, at)
		}
	})
}

// The span of a stream lasts until the stream has ended.
func TestStream(t *testing.T) {
	inWorld(t, Options{TrustPeers: true}, func(t *testing.T, w *world) {
		stream, err := w.Connection("a", "b").NewStream(t.Context(), idStream, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			stream.Requests <- []byte("message")
		}
		time.Sleep(time.Minute)
		if n := len(w.ended()); n > 0 {
			t.Fatalf("%d spans have ended while the stream goes on", n)
		}
		close(stream.Requests)
		if err := stream.Results(func([]byte) error { return nil }); err != nil {
			t.Fatal(err)
		}
		client, server := w.span(t, "10", trace.SpanKindClient), w.span(t, "10", trace.SpanKindServer)
		if server.Parent.SpanID() != client.SpanContext.SpanID() || client.EndTime.Sub(client.StartTime) < time.Minute {
			t.Errorf("the span of the stream lasts %v", client.EndTime.Sub(client.StartTime))
		}
		if at := attributesOf(client.Attributes); at["gridc.stream"] != "true" {
			t.Errorf("its attributes are %v", at)
		}
	})
}

// methodNames are those of the conventions.
func TestMethodNames(t *testing.T) {
	for want, call := range map[string]*grid.CallInfo{
		"storage.Storage/DiskInfo": {Name: "storage.Storage.DiskInfo", ID: 9},
		"9":                        {ID: 9}, "_OTHER": {}, "odd": {Name: "odd"},
		"p.S/M\uFFFD": {Name: "p.S.M\xff"},
	} {
		if got := methodName(call); got != want {
			t.Errorf("%+v is called %q, want %q", call, got, want)
		}
	}
}

// An observer that begins a span of its own afterwards does not have it ended by this
// one, nor the other way round.
func TestTwoObservers(t *testing.T) {
	one, two := tracetest.NewInMemoryExporter(), tracetest.NewInMemoryExporter()
	a, b := newObserver(t, one), newObserver(t, two)
	call := &grid.CallInfo{Name: "s.S.M"}
	ctx := b.Begin(a.Begin(t.Context(), call), call)
	a.End(ctx, call, grid.CallEnd{Outcome: grid.Ran})
	if len(one.GetSpans()) != 1 || len(two.GetSpans()) != 0 {
		t.Errorf("%d and %d spans after the first has ended", len(one.GetSpans()), len(two.GetSpans()))
	}
	b.End(ctx, call, grid.CallEnd{Outcome: grid.Ran})
	b.End(context.Background(), call, grid.CallEnd{}) // as of a Begin that has panicked
	b.End(ctx, &grid.CallInfo{Name: "s.S.M", Server: true}, grid.CallEnd{})
	if n := len(two.GetSpans()); n != 1 || !strings.HasPrefix(two.GetSpans()[0].Name, "s.S/") {
		t.Errorf("%d spans of the second", n)
	}
}
