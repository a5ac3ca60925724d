package proof

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/gridtest"
)

// audited serves forms.Audited.
type audited struct{}

func (audited) Plain(_ context.Context, p *forms.Point) (*forms.Point, error) { return p, nil }

func (audited) Own(_ context.Context, p *forms.Point) (*forms.Point, error) { return p, nil }

func (audited) Flow(_ context.Context, p *forms.Point, out *grid.Sender[*forms.Point]) error {
	return out.Send(p)
}

// notes are the annotations that somebody was told of, by who that is and the handler.
type notes struct {
	mu   sync.Mutex
	seen map[string][]any
}

func (n *notes) add(who, handler string, annotations []any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen[who+" "+handler] = annotations
}

// auditor is an observer that notes annotations.
type auditor struct{ *notes }

func (a auditor) Begin(ctx context.Context, call *grid.CallInfo) context.Context {
	who := "observer of the client,"
	if call.Server {
		who = "observer of the server,"
	}
	a.add(who, call.Name, call.Annotations)
	return ctx
}

func (auditor) End(context.Context, *grid.CallInfo, grid.CallEnd) {}

func (auditor) Session(grid.SessionEvent) {}

func (n *notes) interceptor(who string) grid.Interceptor {
	return grid.Interceptor{
		Call: func(ctx context.Context, h *grid.HandlerInfo, payload []byte, next grid.CallFunc) ([]byte, error) {
			n.add(who, h.Name, h.Annotations)
			return next(ctx, payload)
		},
		Stream: func(ctx context.Context, h *grid.HandlerInfo, payload []byte, next grid.StreamFunc) error {
			n.add(who, h.Name, h.Annotations)
			return next(ctx, payload)
		},
	}
}

// What a schema says of a handler with annotations of its own reaches observers and
// interceptors at both ends, with what its service says.
func TestAnnotationsReachObserversAndInterceptors(t *testing.T) {
	n := &notes{seen: map[string][]any{}}
	mesh := gridtest.New(t, gridtest.Options{
		Nodes:    []string{"a", "b"},
		Register: func(node *gridtest.Node) error { return forms.RegisterAudited(node.Manager(), audited{}) },
		Configure: func(_ string, o *grid.Options) {
			o.Observers = []grid.Observer{auditor{n}}
			o.ClientInterceptors = []grid.Interceptor{n.interceptor("interceptor of the client,")}
			o.ServerInterceptors = []grid.Interceptor{n.interceptor("interceptor of the server,")}
		},
	})
	if err := mesh.WaitConnected(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := forms.NewAuditedClient(mesh.Connection("a", "b"))
	if _, err := client.Plain(t.Context(), &forms.Point{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Own(t.Context(), &forms.Point{}); err != nil {
		t.Fatal(err)
	}
	flow, err := client.Flow(t.Context(), &forms.Point{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range flow.All() {
		if err != nil {
			t.Fatal(err)
		}
	}

	want := map[string][]any{
		"forms.Audited.Plain": {forms.Audit{Log: "all", Level: forms.StageReady}, forms.Noted{}, parts.Graded{Grade: parts.GradeBest, Note: `by "all"`}},
		"forms.Audited.Own":   {forms.Audit{Log: "own", Sample: 0.5, Wait: 90 * time.Second, Weight: -3, Plain: true}, forms.Noted{}, parts.Graded{Grade: parts.GradeBest, Note: `by "all"`}},
		"forms.Audited.Flow":  {forms.Audit{Log: "flow", Level: forms.StageReady}, forms.Noted{}, parts.Graded{Grade: parts.GradeBest, Note: `by "all"`}},
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for handler, annotations := range want {
		for _, who := range []string{"observer of the client,", "observer of the server,", "interceptor of the client,", "interceptor of the server,"} {
			if d := cmp.Diff(annotations, n.seen[who+" "+handler]); d != "" {
				t.Errorf("%s %s (-want +got):\n%s", who, handler, d)
			}
		}
	}
}

// One is found by its type, and one that is not there is not.
func TestAnnotationOf(t *testing.T) {
	all := []any{forms.Noted{}, forms.Audit{Log: "x"}}
	if a, ok := grid.AnnotationOf[forms.Audit](all); !ok || a.Log != "x" {
		t.Errorf("%v, %v", a, ok)
	}
	if a, ok := grid.AnnotationOf[forms.Audit](slices.Delete(all, 1, 2)); ok || a.Log != "" {
		t.Errorf("%v, %v", a, ok)
	}
}
