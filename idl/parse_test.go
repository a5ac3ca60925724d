package idl

import (
	"math"
	"os"
	"slices"
	"testing"
	"time"
)

// design returns one of the two files that show the whole language.
func design(t testing.TB, name string) []byte {
	t.Helper()
	src, err := os.ReadFile("testdata/design/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// sound parses a source that must have no mistakes.
func sound(t *testing.T, src string) *File {
	t.Helper()
	f, diags := Parse("sound.grid", []byte(src))
	if len(diags) > 0 {
		t.Fatalf("%s\nin\n%s", summary(diags), src)
	}
	return f
}

func TestParseStorage(t *testing.T) {
	f := sound(t, string(design(t, "storage.grid")))
	if f.Package.Name != "storage" || len(f.Doc) != 2 || f.Doc[0] != "Package storage is the per-disk storage service: every disk of every" {
		t.Errorf("package %q, doc %q", f.Package.Name, f.Doc)
	}
	if len(f.Imports) != 1 || f.Imports[0].Path != "common.grid" || f.Imports[0].Alias != nil {
		t.Errorf("imports %+v", f.Imports)
	}
	if got := len(f.Decls); got != 16 {
		t.Fatalf("%d declarations, want 16", got)
	}
	state := f.Decls[1].(*Enum)
	if state.Base.Name != "uint8" || len(state.Values) != 4 || state.Reserved[0].Comment != "was: formatting" {
		t.Errorf("enum %+v", state)
	}
	checkTree(t, f)
	svc := f.Decls[15].(*Service)
	if svc.Subroutes[0].Param.Name != "disk" || len(svc.Handlers) != 5 {
		t.Fatalf("service %+v", svc)
	}
	read := svc.Handlers[1]
	if read.Name.Name != "ReadVersion" || read.Request.Ref.Name.Name != "ReadVersionRequest" ||
		read.Response.Ref.Name.Name != "FileInfo" || read.ID.Int != 12 || len(read.Annos) != 2 ||
		read.Errors[2].Package.Name != "common" || read.Errors[2].Name.Name != "Denied" {
		t.Errorf("rpc %+v", read)
	}
	rep := svc.Handlers[4]
	if !rep.Stream || rep.Request != nil || rep.In.Capacity.Int != 16 || rep.Out.Type.Ref.Name.Name != "Ack" {
		t.Errorf("stream %+v", rep)
	}
}

func TestLiterals(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Lit
	}{
		{"0", Lit{Kind: LitInt}},
		{"10_000", Lit{Kind: LitInt, Int: 10000}},
		{"-1", Lit{Kind: LitInt, Int: -1}},
		{"64KiB", Lit{Kind: LitInt, Int: 64 << 10}},
		{"0xFF", Lit{Kind: LitInt, Int: 255}},
		{"-0x10", Lit{Kind: LitInt, Int: -16}},
		{"0b1010", Lit{Kind: LitInt, Int: 10}},
		{"0o17", Lit{Kind: LitInt, Int: 15}},
		{"0xFFFF_FFFF_FFFF_FFFF", Lit{Kind: LitInt, Int: -1, Big: true}},
		{"1e9", Lit{Kind: LitInt, Int: 1e9}},
		{"1.5e3", Lit{Kind: LitInt, Int: 1500}},
		{"-2E+3", Lit{Kind: LitInt, Int: -2000}},
		{"1e-3", Lit{Kind: LitFloat, Float: 1e-3}},
		{"1.25e1", Lit{Kind: LitFloat, Float: 12.5}},
		{"1e19", Lit{Kind: LitInt, Int: -8446744073709551616, Big: true}},
		{"1e20", Lit{Kind: LitFloat, Float: 1e20}},
		{"1e-999999999", Lit{Kind: LitFloat}},
		{"1 << 3", Lit{Kind: LitInt, Int: 8}},
		{"1 << 63", Lit{Kind: LitInt, Int: -1 << 63, Big: true}},
		{"-1 << 63", Lit{Kind: LitInt, Int: -1 << 63}},
		{"0xF << 4", Lit{Kind: LitInt, Int: 0xF0}},
		{"3MiB", Lit{Kind: LitInt, Int: 3 << 20}},
		{"2GiB", Lit{Kind: LitInt, Int: 2 << 30}},
		{"9223372036854775808", Lit{Kind: LitInt, Int: math.MinInt64, Big: true}},
		{"18446744073709551615", Lit{Kind: LitInt, Int: -1, Big: true}},
		{"-9223372036854775808", Lit{Kind: LitInt, Int: math.MinInt64}},
		{"0.5", Lit{Kind: LitFloat, Float: 0.5}},
		{"-1_000.25", Lit{Kind: LitFloat, Float: -1000.25}},
		{"30s", Lit{Kind: LitDuration, Int: int64(30 * time.Second)}},
		{"1m30s", Lit{Kind: LitDuration, Int: int64(90 * time.Second)}},
		{"250ms", Lit{Kind: LitDuration, Int: int64(250 * time.Millisecond)}},
		{"1.5h", Lit{Kind: LitDuration, Int: int64(90 * time.Minute)}},
		{`"a\n\"b\" // c"`, Lit{Kind: LitString, Str: "a\n\"b\" // c"}},
		{"high", Lit{Kind: LitIdent, Str: "high"}},
	} {
		f := sound(t, "package p\nconst C T = "+tt.text+" // c\n")
		got := *f.Decls[0].(*Const).Value
		if got.Text != tt.text {
			t.Errorf("text %q, want %q", got.Text, tt.text)
		}
		got.Text, got.Span = "", Span{}
		if got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

func TestTypes(t *testing.T) {
	f := sound(t, "package p\nmessage M {\n a map[string][]b.C? = 1\n b []map[int8]T = \"k\"\n}\n")
	m := f.Decls[0].(*Message)
	a := m.Fields[0].Type
	if a.Key.Ref.Name.Name != "string" || a.Optional || a.Elem.Key != nil || !a.Elem.Elem.Optional || a.Elem.Elem.Ref.Package.Name != "b" {
		t.Errorf("type %+v", a)
	}
	b := m.Fields[1]
	if b.Key.Str != "k" || b.Type.Key != nil || b.Type.Elem.Key.Ref.Name.Name != "int8" {
		t.Errorf("field %+v", b)
	}
}

func TestComments(t *testing.T) {
	f := sound(t, `// Not the doc.

// The
//   doc.
package p // after

import "a.grid" // import

// Not of M.

//M has a doc.
@limit(4) // anno
message M { // open
    // F,
    //
    // twice.
    f T = 1 // field
    // Not of g.

    g T = 2
} // close
@limit(4)
// Below the annotation.
message N {}
`)
	check := func(what string, got []string, want ...string) {
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	m, n := f.Decls[0].(*Message), f.Decls[1].(*Message)
	check("file", f.Doc, "The", "  doc.")
	check("import", []string{f.Imports[0].Comment}, "import")
	check("message", m.Doc, "M has a doc.")
	check("message's comment", []string{m.Comment}, "open")
	check("field", m.Fields[0].Doc, "F,", "", "twice.")
	check("field's comment", []string{m.Fields[0].Comment}, "field")
	check("second field", m.Fields[1].Doc)
	check("second message", n.Doc, "Below the annotation.")
}

// TestTreeSurvives checks that a mistake takes nothing along that is sound.
func TestTreeSurvives(t *testing.T) {
	f, diags := Parse("broken.grid", []byte(`package p
message A {
    a string = 1
    b string
    optional string c = 3;
    d *A = 4
}
const X uint32
enum E {
    unknown = 0
}
message B Extra {
    b list<string> = 1
}
service S {
    rpc R(A) returns (B) = 1 @idempotent
    rpc Q(A B) B = 2
}
`))
	if len(diags) != 11 {
		t.Errorf("%d diagnostics: %s", len(diags), summary(diags))
	}
	if len(f.Decls) != 3 || len(f.Broken) != 2 || f.Broken[0].Name != "X" || f.Broken[1].Name != "E" {
		t.Fatalf("decls %v, broken %v", f.Decls, f.Broken)
	}
	a, b, s := f.Decls[0].(*Message), f.Decls[1].(*Message), f.Decls[2].(*Service)
	if len(a.Fields) != 3 || !a.Broken || a.Fields[1].Name.Name != "c" || !a.Fields[1].Type.Optional || !a.Fields[2].Type.Optional {
		t.Errorf("message %+v", a)
	}
	if b.Name.Name != "B" || b.Fields[0].Type.Elem.Ref.Name.Name != "string" {
		t.Errorf("message %+v", b)
	}
	if len(s.Handlers) != 1 || !s.Broken || s.Handlers[0].Response.Ref.Name.Name != "B" || len(s.Handlers[0].Annos) != 1 {
		t.Errorf("service %+v", s)
	}
}

// The comment after the first line of a declaration belongs to it, whether it has
// a block or not.
func TestCommentBehindADeclaration(t *testing.T) {
	file, ds := Parse("p.grid", []byte("package p\n\nconst C int64 = 1 // of it\n\nextern X = \"a.X\" // of it\n\nerror E = \"p.e\" // of it\n\nenum N uint8 { // of it\n    a = 0\n}\n"))
	if len(ds) > 0 || len(file.Decls) != 4 {
		t.Fatalf("%d declarations, %s", len(file.Decls), summary(ds))
	}
	for _, d := range file.Decls {
		if got := d.DeclMeta().Comment; got != "of it" {
			t.Errorf("%s has the comment %q", d.DeclName().Name, got)
		}
	}
}
