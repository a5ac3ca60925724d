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
	"slices"
	"strings"
	"testing"
)

// A knot is a set of files of one package each of which refers, directly or by
// others, to each of the others: none of them can be read alone. The package
// compiler of Go keeps packages apart; knots says how tangled a package may be within.
// The longest folder that holds a package decides; idl is left out, for recursive
// descent is a knot by nature: a type holds types, an item items.
//
//	go test -run TestKnots -v .
var knots = map[string]int{
	"runtime": 11,

	"runtime/schema":   8,
	"runtime/status":   8,
	"runtime/codec":    8,
	"runtime/gridtest": 8,
	"runtime/internal": 8,
	"compiler":         8,
	"cmd":              11,
	"examples/storage": 8,
	"kube":             8,
	"docs":             8,
}

func TestKnots(t *testing.T) {
	list := newExports(t)
	for _, pkg := range list.own {
		folder := folderOf(pkg.ImportPath)
		limit, ok := knotLimit(folder)
		if !ok || len(pkg.GoFiles) < 2 {
			continue
		}
		knot := largestKnot(list.references(t, pkg))
		t.Logf("%3d of %3d files, at most %2d: %s", len(knot), len(pkg.GoFiles), limit, folder)
		if len(knot) > limit {
			t.Errorf("%s: %d files refer to each other, at most %d may: %s", folder, len(knot), limit, strings.Join(knot, " "))
		}
	}
}

func knotLimit(folder string) (limit int, ok bool) {
	best := ""
	for f := range knots {
		if below(folder, f) && len(f) > len(best) {
			best = f
		}
	}
	return knots[best], best != ""
}

// exports is what `go list` says of this module's packages, and where the compiled
// forms of all that they import are.
type exports struct {
	own   []compiledPackage
	files map[string]string
}

type compiledPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	Standard, DepOnly       bool
}

func newExports(t *testing.T) *exports {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Standard,DepOnly", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	x := &exports{files: make(map[string]string)}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p compiledPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return x
		} else if err != nil {
			t.Fatal(err)
		}
		x.files[p.ImportPath] = p.Export
		if !p.DepOnly {
			x.own = append(x.own, p)
		}
	}
}

// open implements the look-up of go/importer.
func (x *exports) open(path string) (io.ReadCloser, error) {
	if x.files[path] == "" {
		return nil, fmt.Errorf("no compiled form of %s", path)
	}
	return os.Open(x.files[path])
}

// references returns for each file of a package the files that declare what it uses:
// functions, types, variables, methods and fields.
func (x *exports) references(t *testing.T, pkg compiledPackage) map[string][]string {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(pkg.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Uses: make(map[*ast.Ident]types.Object)}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", x.open)}
	if _, err := conf.Check(pkg.ImportPath, fset, files, info); err != nil {
		t.Fatal(err)
	}
	name := func(p token.Pos) string { return filepath.Base(fset.Position(p).Filename) }
	refers := make(map[string][]string)
	for id, object := range info.Uses {
		if object.Pkg() == nil || object.Pkg().Path() != pkg.ImportPath {
			continue
		}
		from, to := name(id.Pos()), name(object.Pos())
		if from != to && !slices.Contains(refers[from], to) {
			refers[from] = append(refers[from], to)
		}
	}
	return refers
}

// largestKnot returns the largest strongly connected set of a graph (Tarjan 1972),
// sorted, or nil if there is none of two or more.
func largestKnot(graph map[string][]string) []string {
	s := &knotSearch{graph: graph, index: make(map[string]int), low: make(map[string]int), on: make(map[string]bool)}
	for node := range graph {
		if s.index[node] == 0 {
			s.visit(node)
		}
	}
	slices.Sort(s.largest)
	return s.largest
}

type knotSearch struct {
	graph      map[string][]string
	index, low map[string]int
	on         map[string]bool
	stack      []string
	largest    []string
}

func (s *knotSearch) visit(node string) {
	s.index[node] = len(s.index) + 1
	s.low[node] = s.index[node]
	s.stack = append(s.stack, node)
	s.on[node] = true
	for _, to := range s.graph[node] {
		switch {
		case s.index[to] == 0:
			s.visit(to)
			s.low[node] = min(s.low[node], s.low[to])
		case s.on[to]:
			s.low[node] = min(s.low[node], s.index[to])
		}
	}
	if s.low[node] != s.index[node] {
		return
	}
	at := slices.Index(s.stack, node)
	knot := slices.Clone(s.stack[at:])
	s.stack = s.stack[:at]
	for _, n := range knot {
		s.on[n] = false
	}
	if len(knot) > max(1, len(s.largest)) {
		s.largest = knot
	}
}

func TestLargestKnot(t *testing.T) {
	graph := map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
	if got := largestKnot(graph); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("the largest knot is %v", got)
	}
	if got := largestKnot(map[string][]string{"a": {"b"}, "b": {"c"}}); got != nil {
		t.Errorf("a knot where there is none: %v", got)
	}
}
