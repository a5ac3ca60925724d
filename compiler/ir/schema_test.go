package ir_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
)

func TestSchemaInheritance(t *testing.T) {
	s := lab.MustLoad(t, `package p

@timeout(5s)
@priority(low)
service S {
    rpc A() = 1
    @timeout(1m30s)
    @priority(normal)
    rpc B() = 2
    @reuse
    stream C() = 3 {
        in bytes
        out(7) raw
    }
}
`)
	h := s.Packages[0].Services[0].Handlers
	if h[0].Timeout != 5*time.Second || h[0].Priority != ir.Low {
		t.Errorf("A = %v, %v; want what the service says", h[0].Timeout, h[0].Priority)
	}
	if h[1].Timeout != 90*time.Second || h[1].Priority != ir.Normal {
		t.Errorf("B = %v, %v; want what the handler says", h[1].Timeout, h[1].Priority)
	}
	in, out := h[2].In, h[2].Out
	if !h[2].Stream || !h[2].Reuse || in.Capacity != 16 || in.Explicit || out.Capacity != 7 || !out.Explicit {
		t.Errorf("C = %+v, in %+v, out %+v", h[2], in, out)
	}
	if in.Type.Kind != ir.Bytes || out.Type.Kind != ir.Raw || h[2].Request != nil || h[2].Response != nil {
		t.Errorf("C has types %+v, %+v, %+v, %+v", in.Type, out.Type, h[2].Request, h[2].Response)
	}
}

func TestSchemaInfo(t *testing.T) {
	s := lab.MustLoad(t, `// Package p is for tests.
package p

// Disk is a disk.
//gridc:ignore lint/name-case never shown
// It spins.
@deprecated("use ssd")
@go(name: "HDD")
@limit(1MiB)
message disk { // round
    disk_id uuid? = 7 @deprecated("why not") // its id
    size    int64 = 2 @go(name: "Total_Size") //gridc:ignore lint/name-case never shown
    reserved 3, 5..6, "old"
}
`)
	p := s.Packages[0]
	m := p.Messages[0]
	if diff := cmp.Diff([]string{"Package p is for tests."}, p.Doc); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Disk is a disk.", "It spins."}, m.Doc); diff != "" {
		t.Error(diff)
	}
	if m.Name != "disk" || m.GoName != "HDD" || m.Deprecated != "use ssd" || m.SizeLimit != 1<<20 || m.Comment != "round" {
		t.Errorf("message = %+v", m)
	}
	if m.Span.Start.Line != 10 || m.Span.Start.Col != 9 {
		t.Errorf("a declaration's place is that of its name, not %v", m.Span.Start)
	}
	id, size := m.Fields[0], m.Fields[1]
	if id.GoName != "DiskID" || id.Number != 7 || id.Deprecated != "why not" || !id.Type.Optional || id.Comment != "its id" {
		t.Errorf("disk_id = %+v", id)
	}
	if size.GoName != "Total_Size" || size.Comment != "" || size.Type.Optional {
		t.Errorf("size = %+v", size)
	}
	want := ir.Reserved{Ranges: []ir.Range{{From: 3, To: 3}, {From: 5, To: 6}}, Names: []string{"old"}}
	if diff := cmp.Diff(want, m.Reserved); diff != "" {
		t.Error(diff)
	}
}

func TestSchemaValues(t *testing.T) {
	s := lab.MustLoad(t, `package p

const A uint64 = 18446744073709551615
const B duration = 1m30s
const C float32 = 2
const D bool = true
const E string = "a\"b"
const F int64 = -64KiB
enum Wide uint64 {
    unknown = 0
    most    = 18446744073709551615
}
message Keyed {
    a string = "x-a"
    b map[int8][]Wide = "b" @limit(3)
}
extern Set = "example.com/labels/v2.Set"
error Gone = "p.gone" { who string = 1 }
`)
	p := s.Packages[0]
	c := p.Consts
	if !c[0].Big || uint64(c[0].Int) != 1<<64-1 || time.Duration(c[1].Int) != 90*time.Second || c[2].Float != 2 {
		t.Errorf("consts = %+v, %+v, %+v", c[0], c[1], c[2])
	}
	if !c[3].Bool || c[4].Str != `a"b` || c[5].Int != -64<<10 {
		t.Errorf("consts = %+v, %+v, %+v", c[3], c[4], c[5])
	}
	if e := p.Enums[0]; e.Base != ir.Uint64 || uint64(e.Values[1].Number) != 1<<64-1 || e.Values[1].GoName != "Most" {
		t.Errorf("enum = %+v", e.Values[1])
	}
	m := p.Messages[0]
	if !m.StringKeys || m.Fields[0].Key != "x-a" || m.Fields[1].Limit != 3 {
		t.Errorf("message = %+v", m)
	}
	if typ := m.Fields[1].Type; typ.Kind != ir.Map || typ.Key.Kind != ir.Int8 || typ.Elem.Kind != ir.List || typ.Elem.Elem.Enum != p.Enums[0] || typ.Elem.Elem.Package != p {
		t.Errorf("type = %+v", typ)
	}
	if x := p.Externs[0]; x.ImportPath != "example.com/labels/v2" || x.TypeName != "Set" {
		t.Errorf("extern = %+v", x)
	}
	if e := p.Errors[0]; e.Code != "p.gone" || e.Body.GoName != "Gone" || e.Body.Fields[0].Number != 1 || e.Package != p {
		t.Errorf("error = %+v", e)
	}
}

func TestSchemaRecursion(t *testing.T) {
	s := lab.MustLoad(t, `package p

message Leaf { }
message Plain { leaf Leaf = 1 }
message Self { next Self? = 1 }
message Ping { pong []Pong = 1 }
message Pong { ping map[string]Ping = 1 }
message Holder { tree Tree = 1 }
message Tree { either Either = 1 }
union Either { tree Tree = 1 }
union Same { same Same = 1 }
union Other { leaf Leaf = 1 }
message Below { self Self = 1 }
`)
	var recursive []string
	for _, m := range s.Packages[0].Messages {
		if m.Recursive {
			recursive = append(recursive, m.Name)
		}
	}
	for _, u := range s.Packages[0].Unions {
		if u.Recursive {
			recursive = append(recursive, u.Name)
		}
	}
	if want := []string{"Self", "Ping", "Pong", "Tree", "Either", "Same"}; !slices.Equal(recursive, want) {
		t.Errorf("recursive = %v, want %v", recursive, want)
	}
}

func TestSchemaSubroutes(t *testing.T) {
	s := lab.MustLoad(t, "package p\n\nservice S {\n    subroute \"admin\"\n    subroute disk_id\n    subroute type\n}\n")
	want := []ir.Subroute{{Fixed: "admin"}, {Param: "disk_id", GoName: "diskID"}, {Param: "type", GoName: "typeValue"}}
	if diff := cmp.Diff(want, s.Packages[0].Services[0].Subroutes, withoutPlaces); diff != "" {
		t.Error(diff)
	}
}

func TestSchemaDoesNotDependOnTheOrderOfArguments(t *testing.T) {
	files := lab.Memory{
		"a.grid": "package a\n\nimport \"z.grid\"\n\nmessage A { z z.Z = 1 }\n",
		"b.grid": "package b\n",
		"z.grid": "package z\n\nmessage Z { }\n",
	}
	for _, args := range [][]string{{"a.grid", "b.grid", "z.grid"}, {"z.grid", "b.grid", "a.grid"}, {"."}} {
		s, _, err := check.Load(files.Options(), args...)
		if err != nil {
			t.Fatal(err)
		}
		names := ""
		for _, p := range s.Packages {
			names += p.Name
		}
		if names != "zab" {
			t.Errorf("%v: packages %s, want imports first, otherwise by path: zab", args, names)
		}
	}
}
