package ir_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/runtime/schema"
)

func TestLower(t *testing.T) {
	s := lab.MustLoad(t, `package main_

enum State uint16 {
    none = 0
    up   = 1
    reserved 4..6, "down"
}

message Node {
    kids  []Node            = 1 @limit(10)
    state State?            = 2
    tags  map[int8]duration = 3
    ext   Blob              = 4
    reserved 7, "old"
}

@limit(1KiB)
message Legacy { id uuid = "vid" }

union Op { put Node = 1 }
extern Blob = "example.com/x.Blob"
error Gone = "main.gone" { why string = 1 }

service Late { rpc B(Legacy) = 9 }

service Early {
    subroute disk
    subroute "x"
    reserved 3..4
    rpc    A(Node) Node = 2 { errors Gone }
    stream S(bytes) = 5 {
        in     Op
        out(7) raw
    }
}
`)
	node, str := schema.Type{Kind: schema.Message, Shape: 1}, schema.Type{Kind: schema.String}
	want := &schema.Table{
		Shapes: []schema.Shape{
			{Kind: schema.Message, Name: "main_.Legacy", Limit: 1024, Fields: []schema.Field{
				{Name: "id", Key: "vid", Type: schema.Type{Kind: schema.UUID}},
			}},
			{Kind: schema.Message, Name: "main_.Node", Reserved: []schema.Range{{From: 7, To: 7}}, Keys: []string{"old"}, Fields: []schema.Field{
				{Name: "kids", Number: 1, Type: schema.Type{Kind: schema.List, Elem: &node}, Limit: 10},
				{Name: "state", Number: 2, Type: schema.Type{Kind: schema.Enum, Optional: true, Shape: 2}},
				{Name: "tags", Number: 3, Type: schema.Type{Kind: schema.Map, Key: &schema.Type{Kind: schema.Int8}, Elem: &schema.Type{Kind: schema.Duration}}},
				{Name: "ext", Number: 4, Type: schema.Type{Kind: schema.Extern, Shape: 3}},
			}},
			{Kind: schema.Enum, Name: "main_.State", Base: schema.Uint16, Reserved: []schema.Range{{From: 4, To: 6}}, Keys: []string{"down"},
				Values: []schema.Value{{Name: "none", Number: 0}, {Name: "up", Number: 1}}},
			{Kind: schema.Extern, Name: "example.com/x.Blob"},
			{Kind: schema.Message, Name: "main_.Gone", Fields: []schema.Field{{Name: "why", Number: 1, Type: str}}},
			{Kind: schema.Union, Name: "main_.Op", Fields: []schema.Field{{Name: "put", Number: 1, Type: node}}},
		},
		Handlers: []schema.Handler{
			{ID: 2, Name: "main_.Early.A", Subroutes: []string{"", "x"}, Request: &node, Response: &node, Errors: []schema.Error{{Code: "main.gone", Shape: 4}}},
			{ID: 5, Name: "main_.Early.S", Stream: true, Subroutes: []string{"", "x"}, Request: &schema.Type{Kind: schema.Bytes},
				In: &schema.Type{Kind: schema.Union, Shape: 5}, InCapacity: 16, Out: &schema.Type{Kind: schema.Raw}, OutCapacity: 7},
			{ID: 9, Name: "main_.Late.B", Request: &schema.Type{Kind: schema.Message, Shape: 0}},
		},
		Reserved: []schema.Range{{From: 3, To: 4}},
	}
	got := ir.Lower(s.Packages[0])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

// What holds others, or is declared, is no type by its kind alone.
func TestBuiltinTypes(t *testing.T) {
	for k := ir.Bool; k <= ir.ExternKind; k++ {
		want := k
		if k > ir.Raw {
			want = 0
		}
		if got := ir.Builtin(k.String()); got != want {
			t.Errorf("the built-in type %s is kind %d, want %d", k, got, want)
		}
	}
}
