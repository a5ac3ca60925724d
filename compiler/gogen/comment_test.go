package gogen

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// hostile are lines that would be more than a comment if they were written as
// they are.
var hostile = []string{
	"*/ func init() { panic(1) } /*", "go:generate rm -rf /", "/go:embed x", "line other.go:1", "export F", "+build ignore", " \t+build ignore",
	"go:build ignore", "go:linkname a b", "a\nfunc init() {}", "a\r\nfunc init() {}", "a\u2028func init() {}", "\xff\xfe", "a\x00b", "\ufeff",
	"\u202e reversed \u2066", "#cgo LDFLAGS: -lx", "", "    indented", "// nested", "/* block */",
}

// generateComments writes every hostile line in every place that text of a
// schema can reach, and returns the file.
func generateComments(t *testing.T, lines []string) string {
	t.Helper()
	p := &ir.Package{Name: "x", Path: "x.grid", Doc: lines}
	info := func(name string) ir.Info {
		return ir.Info{Name: name, GoName: name, Doc: lines, Comment: strings.Join(lines, "\n"), Deprecated: strings.Join(lines, "\n")}
	}
	p.Consts = []*ir.Const{{Info: info("C"), Type: &ir.Type{Kind: ir.Int8}}}
	p.Enums = []*ir.Enum{{Info: info("E"), Base: ir.Int8, Values: []*ir.EnumValue{{Info: info("Zero")}}}}
	field := &ir.Field{Info: info("F"), Type: &ir.Type{Kind: ir.String}, Number: 1}
	p.Messages = []*ir.Message{{Info: info("M"), Package: p, Fields: []*ir.Field{field}}}
	p.Unions = []*ir.Union{{Info: info("U"), Package: p, Variants: []*ir.Field{field}}}
	out, err := renderFile(emitTypes(unit{Pkg: p, Paths: map[*ir.Package]string{p: "example.com/x"}}))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Whatever a comment of a schema holds, the declarations of the generated file
// are the same, and nothing in it is a directive.
func TestCommentsStayComments(t *testing.T) {
	want := declarations(t, generateComments(t, []string{"harmless"}))
	for _, line := range hostile {
		text := generateComments(t, []string{"first", line, "last"})
		if got := declarations(t, text); got != want {
			t.Errorf("%q adds or removes code:\n%s\n%s", line, got, text)
		}
		checkNoDirective(t, line, text)
	}
	checkNoDirective(t, "all", generateComments(t, hostile))
}

func checkNoDirective(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if at := strings.Index(line, "//"); at >= 0 {
			line = line[at:]
		}
		if constraint.IsGoBuild(line) || constraint.IsPlusBuild(line) || len(line) > 2 && strings.HasPrefix(line, "//") && line[2] != ' ' && line[2] != '\t' {
			t.Errorf("%q became %q", what, line)
		}
	}
}

// declarations lists what a file declares.
func declarations(t *testing.T, text string) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var names []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					names = append(names, s.Names[0].Name)
				}
			}
		}
	}
	return strings.Join(names, " ")
}

func TestCommentLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "// plain", "": "//", "  ": "//", "trailing  ": "// trailing", "a\tb": "// a\tb",
		"ends */ here": "// ends * / here", "+build x": "// + build x", "one\r\ntwo": "// one  two", "bad \xff": "// bad \ufffd",
	} {
		if got := CommentLine(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDocComment(t *testing.T) {
	info := &ir.Info{Doc: []string{"", "Says it.", "gridc:ignore lint/x because", ""}, Comment: "and this", Deprecated: "gone"}
	f := jen.NewFile("x")
	f.Add(blockDoc(info).Var().Id("a").Int())
	f.Add(docComment(&ir.Info{}, "The fallback.").Var().Id("b").Int())
	f.Add(trailingComment(docComment(&ir.Info{}).Var().Id("c").Int(), "behind"))
	got, err := renderFile(f)
	if err != nil {
		t.Fatal(err)
	}
	const want = `package x

// Says it.
//
// and this
//
// Deprecated: gone
var a int

// The fallback.
var b int
var c int // behind
`
	if string(got) != want {
		t.Errorf("got\n%s", got)
	}
}
