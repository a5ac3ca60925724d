package compiler

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/lint"
	"github.com/gridrpc/gridc/idl"
)

// fixCase is a file as people write it, and what they mean by it.
type fixCase struct {
	name, wrong string
	verb, id    string // "meant", "stays" or "becomes", and the error that is left
	want        string
}

// fixCases reads testdata/fixes.txt.
func fixCases(t *testing.T) []fixCase {
	t.Helper()
	var cases []fixCase
	for section := range strings.SplitSeq("\n"+lab.ReadTestFile(t, "testdata/fixes.txt"), "\n== ") {
		head, text, _ := strings.Cut(section, "\n")
		wrong, rest, found := strings.Cut(text, "\n-- ")
		if !found {
			continue // the head of the file
		}
		verb, want, _ := strings.Cut(rest, "\n")
		c := fixCase{name: head, wrong: inPackage(wrong), want: inPackage(want)}
		c.verb, c.id, _ = strings.Cut(verb, " ")
		if c.verb == "stays" {
			c.want = c.wrong
		}
		cases = append(cases, c)
	}
	return cases
}

func inPackage(text string) string {
	text = strings.TrimSpace(text) + "\n"
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "package ") {
			return text
		}
	}
	return "package p\n\n" + text
}

// findAll is what lint finds in a file: the mistakes, or else the doubtful places.
func findAll(t *testing.T, text string) (*ir.Schema, []*idl.Diagnostic) {
	t.Helper()
	files := lab.Memory{diag.MainFile: text, "other.grid": "package other\n\nmessage T { }\n"}
	s, ds, err := Load(files.Options(), diag.MainFile)
	if err != nil {
		t.Fatal(err)
	}
	if s != nil {
		ds = append(ds, lint.Lint(s, lint.Options{})...)
	}
	return s, ds
}

// fixAll does what `lint --fix` does.
func fixAll(t *testing.T, text string) string {
	t.Helper()
	for range 10 {
		_, ds := findAll(t, text)
		fixed, made := diag.ApplyFixes(diag.MainFile, []byte(text), ds)
		if text = string(fixed); len(made) == 0 {
			break
		}
	}
	return text
}

// meaning is all that a sound file says, comments included, wherever it stands.
func meaning(t *testing.T, text string) any {
	t.Helper()
	s, ds := findAll(t, text)
	if s == nil {
		t.Fatalf("%s\nin\n%s", lab.OneLines(ds), text)
	}
	ir, err := ir.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(ir, &doc); err != nil {
		t.Fatal(err)
	}
	return withoutPlaces(doc)
}

func withoutPlaces(doc any) any {
	switch d := doc.(type) {
	case map[string]any:
		delete(d, "at")
		for _, value := range d {
			withoutPlaces(value)
		}
	case []any:
		for _, value := range d {
			withoutPlaces(value)
		}
	}
	return doc
}

// A fix does what its author meant: all of them together, and each of them before
// all others, whatever an editor's user clicks at first.
func TestFixesMeanTheSame(t *testing.T) {
	for _, c := range fixCases(t) {
		t.Run(c.name, func(t *testing.T) {
			check := func(how, got string) {
				t.Helper()
				if c.verb == "meant" {
					if diff := cmp.Diff(meaning(t, c.want), meaning(t, got)); diff != "" {
						t.Errorf("%s: (-meant +got):\n%s\nin\n%s", how, diff, got)
					}
					return
				}
				if got != c.want {
					t.Errorf("%s: (-want +got):\n%s", how, cmp.Diff(c.want, got))
				}
				if _, ds := findAll(t, got); !slices.ContainsFunc(ds, func(d *idl.Diagnostic) bool { return d.ID == c.id }) {
					t.Errorf("%s: nobody says %s:\n%s", how, c.id, lab.OneLines(ds))
				}
			}
			check("together", fixAll(t, c.wrong))
			_, ds := findAll(t, c.wrong)
			for _, d := range ds {
				fixed, made := diag.ApplyFixes(diag.MainFile, []byte(c.wrong), []*idl.Diagnostic{d})
				if len(made) > 0 {
					check(d.ID+" first: "+d.Fixes[0].Message, fixAll(t, string(fixed)))
				}
			}
		})
	}
}

// What is written in comments is still there, wherever fixes went to work.
func TestFixesKeepComments(t *testing.T) {
	for _, c := range fixCases(t) {
		fixed := strings.Join(strings.Fields(strings.ReplaceAll(fixAll(t, c.wrong), "//", " ")), " ")
		for _, part := range commentsOf(c.wrong) {
			if !strings.Contains(fixed, part) {
				t.Errorf("%s: the comment %q is gone from\n%s", c.name, part, fixed)
			}
		}
	}
}

// commentsOf are the words of the comments of a file, line by line.
func commentsOf(text string) []string {
	var parts []string
	inside := false
	for line := range strings.Lines(text) {
		var comment string
		switch {
		case inside:
			comment, _, _ = strings.Cut(line, "*/")
			inside = !strings.Contains(line, "*/")
		case strings.Contains(line, "/*"):
			_, comment, _ = strings.Cut(line, "/*")
			inside = !strings.Contains(comment, "*/")
			comment, _, _ = strings.Cut(comment, "*/")
		case strings.Contains(line, "//"):
			_, comment, _ = strings.Cut(line, "//")
		}
		if comment = strings.Trim(comment, " *\n\t"); comment != "" {
			parts = append(parts, strings.Join(strings.Fields(comment), " "))
		}
	}
	return parts
}

// Every fix that is offered for anything in the test data stands in fixes.txt with
// what it means: none is there that nobody has thought through.
func TestFixesAreAllThoughtThrough(t *testing.T) {
	known := map[string]bool{}
	for _, c := range fixCases(t) {
		for text, last := c.wrong, ""; text != last; {
			last = text
			_, ds := findAll(t, text)
			for _, shape := range fixShapes(ds) {
				known[shape] = true
			}
			fixed, _ := diag.ApplyFixes(diag.MainFile, []byte(text), ds)
			text = string(fixed)
		}
	}
	for _, text := range mistakes(t) {
		_, ds, err := Load(lab.Memory{diag.MainFile: text, "other.grid": "package other\n"}.Options(), diag.MainFile)
		if err != nil {
			t.Fatal(err)
		}
		for _, shape := range fixShapes(ds) {
			if !known[shape] {
				known[shape] = true
				t.Errorf("testdata/fixes.txt has no example of %s, which is offered in\n%s", shape, text)
			}
		}
	}
	for _, message := range fixMessages(t) {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(known)), func(shape string) bool { return strings.Contains(shape, message) }) {
			t.Errorf("testdata/fixes.txt has no example of %q", message)
		}
	}
}

var quotedPart = regexp.MustCompile("`[^`]*`|\"[^\"]*\"")

// fixShapes are the fixes with their diagnostics, without the names in them.
func fixShapes(ds []*idl.Diagnostic) []string {
	var shapes []string
	for _, d := range ds {
		for _, fix := range d.Fixes {
			shapes = append(shapes, d.ID+": "+quotedPart.ReplaceAllString(fix.Message, "…"))
		}
	}
	return shapes
}

// mistakes are all texts with mistakes that the tests have.
func mistakes(t *testing.T) []string {
	t.Helper()
	var texts []string
	for _, c := range diag.Codes() {
		texts = append(texts, c.Wrong[0].Text)
	}
	for _, c := range habitCases {
		texts = append(texts, "package p\n\n"+c.text+"\n")
	}
	for _, pattern := range []string{"errors/*.grid", "../../idl/testdata/errors/*.grid"} {
		for _, file := range lab.TestFiles(t, pattern) {
			texts = append(texts, strings.Split(lab.ReadTestFile(t, file), "\n---\n")...)
		}
	}
	return texts
}

// fixMessages are the beginnings of the messages of fixes, as the sources of the
// parser and of the compiler spell them.
func fixMessages(t *testing.T) []string {
	t.Helper()
	var messages []string
	add := func(e ast.Expr) {
		for {
			sum, ok := e.(*ast.BinaryExpr)
			if !ok {
				break
			}
			e = sum.X
		}
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value)
			text, _, _ = strings.Cut(text, "`")
			messages = append(messages, strings.TrimSpace(text))
		}
	}
	for _, pattern := range []string{"../*/*.go", "../../idl/*.go"} {
		for _, name := range lab.TestFiles(t, pattern) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if f, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"fix", "fixes", "edit", "insert", "Fix", "Fixes"}, f.Sel.Name) {
						for _, arg := range n.Args[:min(2, len(n.Args))] {
							add(arg)
						}
					}
				case *ast.KeyValueExpr:
					if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Message" {
						add(n.Value)
					}
				}
				return true
			})
		}
	}
	return messages
}
