package gogen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// The size of a message of many fields is a sum of all of them, in sums that are
// not too long for gofmt.
func TestLongSumsAreSplit(t *testing.T) {
	for _, n := range []int{1, maxTerms, maxTerms + 1, 3*maxTerms + 7} {
		var text strings.Builder
		text.WriteString("package p\n\nmessage A {\n")
		for i := range n {
			fmt.Fprintf(&text, "f%d string = %d\n", i, i+1)
		}
		outputs, err := Generate(lab.MustLoad(t, text.String()+"}\n"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		terms, longest := sizeTerms(t, outputs)
		if terms != n || longest > maxTerms {
			t.Errorf("%d fields: %d of them in the size, up to %d in a sum", n, terms, longest)
		}
	}
}

// sizeTerms counts the calls of len in Msgsize, and those of the longest
// statement.
func sizeTerms(t *testing.T, outputs []emit.Output) (all, longest int) {
	t.Helper()
	for _, o := range outputs {
		file, err := parser.ParseFile(token.NewFileSet(), o.Path, o.Content, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if path.Base(o.Path) != "codec_grid.go" || !ok || f.Name.Name != "Msgsize" {
				continue
			}
			for _, statement := range f.Body.List {
				n := 0
				ast.Inspect(statement, func(node ast.Node) bool {
					if _, ok := node.(*ast.CallExpr); ok {
						n++
					}
					return true
				})
				all, longest = all+n, max(longest, n)
			}
		}
	}
	return all, longest
}
