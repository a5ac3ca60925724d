package gridc_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readingPackages are those that read numbers which others wrote: a peer, or the
// author of a schema.
var readingPackages = []string{"./runtime", "./runtime/codec", "./runtime/schema", "./runtime/dynamic", "./idl", "./compiler", "./cmd/gridc", "./cmd/gridc/internal/call"}

// fits is how the line of a conversion says why no number is changed by it.
const fits = "// fits: "

// onlyWrites are the beginnings of the names of files that read nothing: what they
// write, byte by byte, is this end's own.
const onlyWrites = "encode"

// A number from outside becomes an int only after it was compared: on 32 bits an int
// holds less than what a peer may say. So each conversion of an integer to a type
// that does not hold all of its values, on 32 bits, says on its line why it fits.
func TestNumbersAreComparedBeforeTheyAreInts(t *testing.T) {
	pkgs, exports := exported(t, readingPackages...)
	for _, pkg := range pkgs {
		fset := token.NewFileSet()
		open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
		for _, fault := range narrowing(t, pkg.ImportPath, fset, parsed(t, fset, pkg), importer.ForCompiler(fset, "gc", open)) {
			if !strings.HasPrefix(filepath.Base(fault), onlyWrites) {
				t.Errorf("%s\n\tcompare first, then convert, and say on the line why it fits: %s…", fault, fits)
			}
		}
	}
}

// exportedPackage is a package with its files, and where the compiler left its types.
type exportedPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// exported lists packages, and the export data of all that they import.
func exported(t *testing.T, patterns ...string) (pkgs []exportedPackage, exports map[string]string) {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly"}, patterns...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(explain(err))
	}
	exports = make(map[string]string)
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg exportedPackage
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			return pkgs, exports
		} else if err != nil {
			t.Fatal(err)
		}
		exports[pkg.ImportPath] = pkg.Export
		if !pkg.DepOnly {
			pkgs = append(pkgs, pkg)
		}
	}
}

// parsed returns the files of a package.
func parsed(t *testing.T, fset *token.FileSet, pkg exportedPackage) (files []*ast.File) {
	t.Helper()
	for _, name := range pkg.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(pkg.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// narrowing finds the conversions of a package that do not say why they fit.
func narrowing(t *testing.T, path string, fset *token.FileSet, files []*ast.File, imports types.Importer) (faults []string) {
	t.Helper()
	info := types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	conf := types.Config{Importer: imports, Sizes: small}
	if _, err := conf.Check(path, fset, files, &info); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		said := linesThatSay(fset, f, fits)
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && narrows(&info, call) && !said[fset.Position(call.Pos()).Line] {
				faults = append(faults, fmt.Sprintf("%s: %s", fset.Position(call.Pos()), types.ExprString(call)))
			}
			return true
		})
	}
	return faults
}

// linesThatSay returns the lines with a comment that begins with a text.
func linesThatSay(fset *token.FileSet, f *ast.File, text string) map[int]bool {
	lines := make(map[int]bool)
	for _, group := range f.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, text) {
				lines[fset.Position(c.Pos()).Line] = true
			}
		}
	}
	return lines
}

// narrows reports whether a call converts an integer, no constant, to a type that
// does not hold all values of its own where an int has 32 bits.
func narrows(info *types.Info, call *ast.CallExpr) bool {
	if !info.Types[call.Fun].IsType() || len(call.Args) != 1 || info.Types[call.Args[0]].Value != nil {
		return false
	}
	to, from := integer(info.TypeOf(call.Fun)), integer(info.TypeOf(call.Args[0]))
	if to == nil || from == nil {
		return false
	}
	gainsSign := to.Info()&types.IsUnsigned == 0 && from.Info()&types.IsUnsigned != 0
	width := func(b *types.Basic) int64 { return small.Sizeof(b) }
	return width(to) < width(from) || gainsSign && width(to) == width(from)
}

// small are the sizes of a machine on which an int has 32 bits.
var small = types.SizesFor("gc", "386")

// integer returns what an integer type is made of, nil for other types.
func integer(t types.Type) *types.Basic {
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsInteger != 0 {
		return b
	}
	return nil
}

// The test above is only worth something if it finds what it looks for.
func TestNarrowingConversionsAreFound(t *testing.T) {
	const head = "package p\n\ntype id uint16\n\n"
	for source, want := range map[string]string{
		"func f(n uint64) int { return int(n) }":                   "int(n)",
		"func f(n uint32) int { return int(n) }":                   "int(n)",
		"func f(n int64) int { return int(n) }":                    "int(n)",
		"func f(n uint64) int64 { return int64(n) }":               "int64(n)",
		"func f(n uint64) id { return id(n) }":                     "id(n)",
		"func f(n uint64) int { return int(n) } // fits: compared": "",
		"func f(n uint16) int { return int(n) }":                   "",
		"func f(n int) uint64 { return uint64(n) }":                "",
		"func f(n float64) int { return int(n) }":                  "",
		"func f() int { const n uint64 = 1; return int(n) }":       "",
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", head+source, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(narrowing(t, "p", fset, []*ast.File{file}, nil), "\n")
		if want != "" {
			want = "p.go:5:" + strconv.Itoa(1+strings.LastIndex(source, want)) + ": " + want
		}
		if got != want {
			t.Errorf("%s: %q instead of %q", source, got, want)
		}
	}
}
