package idl

import (
	"bytes"
	"slices"
	"testing"
)

// seeds gives a fuzz target the design's files and every example.
func seeds(f *testing.F) {
	f.Add(design(f, "storage.grid"))
	f.Add(design(f, "common.grid"))
	for _, c := range Codes() {
		if len(c.Wrong.String()) < 1000 {
			f.Add([]byte(c.Wrong.String()))
		}
		f.Add([]byte(c.Right.String()))
	}
	f.Add([]byte("package p\nannotation a( x string ,y E? )on message,field // c\n@q.a (1,y:b)\nmessage A { b bool = 1 @a(\"x\") @q.b }\n"))
	f.Add([]byte("package p\r\n\r\nmessage A{a string=1;b string=2}// c\r\n"))
	f.Add([]byte("package p.v1\nconst M uint32 = 1 << 4\nunion U {\n idle = 1\n e E = 0x2\n}\nerror E = \"p.e\"\nmessage A { l []string = 1e0 @limit(M, each: q.N, key: 5) }\nservice S {\n errors E, q.F\n @timeout(none)\n rpc A() E = 3\n}\n"))
	f.Add([]byte("package p\nmessage A {\n 1: optional list<i32> a = [1];\n b @0 :List(Text);\n option x = true\n extensions 1 to 2\n}\nservice S extends T {\n rpc A(stream B) returns (stream C) throws (1: E e) = 1\n stream W() = 2 { in A out B }\n}\ntypedef i32 X\ntype Y = Z\nmessage P<T> { }\n"))
	f.Add([]byte("package p\nservice S {\n rpc A(\n B\n) C = 1\n  stream T() = 2 {\n in X }\n"))
}

// FuzzParse checks what holds for every input: no panic, a tree, and spans
// that lie inside the file.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file, diags := Parse("fuzz.grid", src)
		if file == nil {
			t.Fatal("no tree")
		}
		for _, d := range diags {
			checkDiagnostic(t, d, src)
		}
		checkTree(t, file)
	})
}

// checkTree checks that what ast.go says is never nil never is.
func checkTree(t *testing.T, f *File) {
	t.Helper()
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *Const:
			notNil(t, d, d.Name != nil && d.Type != nil && d.Value != nil)
		case *Enum:
			notNil(t, d, d.Name != nil && d.Base != nil)
			for _, v := range d.Values {
				notNil(t, d, v.Name != nil && v.Number != nil)
			}
		case *Message:
			checkFields(t, d, d.Name, d.Fields, d.Reserved)
		case *Union:
			checkFields(t, d, d.Name, d.Fields, d.Reserved)
		case *Error:
			notNil(t, d, d.Code != nil)
			checkFields(t, d, d.Name, d.Fields, d.Reserved)
		case *Extern:
			notNil(t, d, d.Name != nil && d.Target != nil)
		case *Annotation:
			notNil(t, d, d.Name != nil && len(d.Places) > 0)
			for _, p := range d.Params {
				notNil(t, d, p.Name != nil && p.Type != nil)
			}
		case *Service:
			checkFields(t, d, d.Name, nil, d.Reserved)
			for _, h := range d.Handlers {
				notNil(t, d, h.Name != nil && h.ID != nil)
				notNil(t, d, (h.In == nil || h.In.Type != nil) && (h.Out == nil || h.Out.Type != nil))
			}
			for _, s := range d.Subroutes {
				notNil(t, d, (s.Param != nil) != (s.Fixed != nil))
			}
		}
	}
}

func checkFields(t *testing.T, d Decl, name *Ident, fields []*Field, reserved []*Reserved) {
	t.Helper()
	notNil(t, d, name != nil)
	_, isUnion := d.(*Union)
	for _, f := range fields {
		sound := f.Type == nil && isUnion || f.Type != nil && (f.Type.Ref != nil) != (f.Type.Elem != nil)
		notNil(t, d, f.Name != nil && f.Key != nil && sound)
	}
	for _, r := range reserved {
		notNil(t, d, len(r.Items) > 0 && r.Items[0].From != nil)
	}
}

func notNil(t *testing.T, d Decl, ok bool) {
	t.Helper()
	if !ok {
		t.Errorf("a part that must be there is missing in %+v", d)
	}
}

// checkDiagnostic checks one diagnostic against the rules for all of them.
func checkDiagnostic(t *testing.T, d *Diagnostic, src []byte) {
	t.Helper()
	if d.ID == "" || d.Message == "" || d.Severity != SeverityError {
		t.Errorf("incomplete: %+v", d)
	}
	checkSpan(t, d.Span, src)
	for _, r := range d.Related {
		checkSpan(t, r.Span, src)
	}
	for _, fix := range d.Fixes {
		for _, e := range fix.Edits {
			checkSpan(t, e.Span, src)
		}
	}
}

// checkSpan checks that a span lies inside the file, and that the three ways
// of saying where it begins and ends agree.
func checkSpan(t *testing.T, s Span, src []byte) {
	t.Helper()
	if s.Start.Offset > s.End.Offset {
		t.Errorf("%+v ends before it begins", s)
	}
	for _, pos := range []Pos{s.Start, s.End} {
		if pos.Offset < 0 || pos.Offset > len(src) {
			t.Fatalf("%+v lies outside of the file", s)
		}
		if want := endOf(src[:pos.Offset]); pos != want {
			t.Errorf("position %+v, want %+v", pos, want)
		}
	}
}

// FuzzFormat checks that formatting loses nothing, changes nothing but white
// space, and is done after one pass.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		checkFormat(t, src)
	})
}

// checkFormat formats a source and checks all that must hold of the result.
func checkFormat(t *testing.T, src []byte) {
	t.Helper()
	once, diags := Format("fuzz.grid", src)
	twice, again := Format("fuzz.grid", once)
	if !bytes.Equal(once, twice) {
		t.Errorf("not done after one pass:\n%s\nof %q", unified(once, twice), src)
	}
	if a, b := ids(diags), ids(again); !slices.Equal(a, b) {
		t.Errorf("diagnostics change from %v to %v\nof %q\nto %q", a, b, src, once)
	}
	if a, b := texts(src), texts(once); !slices.Equal(a, b) {
		t.Errorf("tokens change from\n%q to\n%q", a, b)
	}
}

// ids returns the ids of diagnostics in order.
func ids(diags []*Diagnostic) []string {
	var all []string
	for _, d := range diags {
		all = append(all, d.ID)
	}
	slices.Sort(all)
	return all
}

// texts returns all tokens of a source, comments included.
func texts(src []byte) []string {
	var all []string
	for _, t := range scan(string(src)) {
		all = append(all, unixLines(t.text))
	}
	return all
}
