package compiler

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/lint"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/compiler/stubs"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/internal/tree"
	"github.com/gridrpc/gridc/runtime/schema"
)

// A schema of 60 packages and 400 messages stays pleasant: nothing is wrong with it, and
// each file is parsed once.
func TestTreeIsReadOnce(t *testing.T) {
	files := lab.Memory(tree.Files())
	opts := files.Options()
	var mu sync.Mutex
	parsed := map[string]int{}
	opts.Parse = func(path string, text []byte) (*idl.File, []*idl.Diagnostic) {
		mu.Lock()
		parsed[path]++
		mu.Unlock()
		return idl.Parse(path, text)
	}
	s := loadedTree(t, opts)
	messages := 0
	for _, p := range s.Packages {
		messages += len(p.Messages)
	}
	if len(s.Packages) != tree.Packages || messages < 400 {
		t.Errorf("%d packages, %d messages", len(s.Packages), messages)
	}
	if ds := lint.Lint(s, lint.Options{}); len(ds) > 0 {
		t.Errorf("lint:\n%s", lab.OneLines(ds))
	}
	for name := range files {
		if parsed[name] != 1 {
			t.Errorf("%s was parsed %d times", name, parsed[name])
		}
	}
}

func loadedTree(t testing.TB, opts load.Options) *ir.Schema {
	t.Helper()
	s, ds, err := Load(opts, ".")
	if err != nil || s == nil || len(ds) > 0 {
		t.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	return s
}

// A run that has nothing to do writes nothing, and after a change of one package that
// nobody imports its files alone are written. What peers see of a change is told once,
// wherever it stands.
func TestTreeIsWrittenOnce(t *testing.T) {
	files := lab.Memory(tree.Files())
	t.Chdir(t.TempDir())
	lab.Rewrite(t, "go.mod", "module example.com/tree\n")
	write := func(s *ir.Schema) []string {
		t.Helper()
		outputs, err := gogen.Generate(s, gogen.Options{})
		if err != nil {
			t.Fatal(err)
		}
		changes, err := stubs.Write(outputs)
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, c := range changes {
			paths = append(paths, c.Path)
		}
		if stale, err := stubs.Check(outputs); err != nil || len(stale) > 0 {
			t.Errorf("stale after it was written: %v, %v", stale, err)
		}
		return paths
	}
	old := loadedTree(t, files.Options())
	if paths := write(old); len(paths) < 2*tree.Packages {
		t.Errorf("%d files were written", len(paths))
	}
	if paths := write(loadedTree(t, files.Options())); len(paths) > 0 {
		t.Errorf("unchanged, and written: %v", paths)
	}
	top := "area3/part59/types.grid"
	files[top] = strings.Replace(files[top], "State             = 5", "State             = 5\n    more    string = 9", 1)
	for _, path := range write(loadedTree(t, files.Options())) {
		if !strings.Contains(filepath.ToSlash(path), "/part59/") {
			t.Errorf("%s was written", path)
		}
	}
	base := "area0/part00/types.grid"
	files[base] = strings.Replace(files[base], "name    string            = 2", "name    bytes             = 2", 1)
	for _, c := range Breaking(old, loadedTree(t, files.Options()), schema.Wire) {
		if c.Subject != "part00.Item0.2" {
			t.Errorf("%s: %s", c.Subject, OneLine(c.Diagnostic))
		}
	}
}

// What is wrong in one place is told once, however many packages stand above it.
func TestTreeToldOnce(t *testing.T) {
	base, top := "area0/part00/types.grid", "area0/part48/types.grid"
	for name, x := range map[string]struct {
		file, old, new string
		want           []string // parts of the diagnostics, in order
	}{
		"a type that is not there": {base, "uuid  ", "uid  ", []string{
			base + ":20:13: error: there is no type `uid`"}},
		"a declaration that others use": {base, "message Item0", "message Thing0", []string{
			"there is no", "there is no", "there is no", "there is no"}},
		"a circle": {base, "package part00\n", "package part00\n\nimport \"../../" + top + "\"\n", []string{
			"import cycle: " + base + " → area0/part48/service.grid → "}},
		"an import that nobody needs": {top, "package part48\n", "package part48\n\nimport \"../../area1/part01/types.grid\"\n", []string{
			"[lint/unused-import]"}},
		"an id that another package has": {"area0/part48/service.grid", "= 480\n", "= 491\n", []string{
			"handler id 491 is already taken"}},
		"a syntax that is another's": {base, "id      uuid              = 1", "uuid id = 1;", []string{
			"the name comes before the type", "unexpected `;`"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := lab.Memory(tree.Files())
			changed := strings.Replace(files[x.file], x.old, x.new, 1)
			if changed == files[x.file] {
				t.Fatalf("%s has no %q", x.file, x.old)
			}
			files[x.file] = changed
			s, ds, err := Load(files.Options(), ".")
			if err != nil {
				t.Fatal(err)
			}
			if s != nil {
				ds = lint.Lint(s, lint.Options{})
			}
			if len(ds) > 12 {
				t.Errorf("%d diagnostics", len(ds))
			}
			for i, d := range ds {
				if i >= len(x.want) && name != "a declaration that others use" || i < len(x.want) && !strings.Contains(OneLine(d), x.want[i]) {
					t.Errorf("%s", OneLine(d))
				}
			}
			if len(ds) < len(x.want) {
				t.Errorf("only:\n%s", lab.OneLines(ds))
			}
		})
	}
}

// BenchmarkTree is what commands take of a schema of 60 packages; the first is the others'
// measure.
//
//	go test ./compiler -run '^$' -bench Tree
func BenchmarkTree(b *testing.B) {
	files := lab.Memory(tree.Files())
	b.Chdir(benchModule(b))
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	cache := &stubs.Cache{Dir: filepath.Join(b.TempDir(), "cache"), Build: "bench"}
	s := loadedTree(b, load.Options{})
	outputs, err := gogen.Generate(s, gogen.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, step := range []struct {
		name string
		run  func(i int)
	}{
		{"read", func(int) {
			for name := range files {
				if _, err := os.ReadFile(name); err != nil {
					b.Fatal(err)
				}
			}
		}},
		{"load", func(int) { loadedTree(b, load.Options{}) }},
		{"lint", func(int) { lint.Lint(s, lint.Options{}) }},
		{"gen cold", func(i int) {
			fresh := &stubs.Cache{Dir: filepath.Join(cache.Dir, fmt.Sprint(i)), Build: "bench"}
			generateOnDisk(b, gogen.Options{Cache: fresh, Out: fmt.Sprint("out", i)}, ".")
		}},
		{"gen unchanged", func(i int) {
			gen := gogen.Options{Cache: cache}
			if i == 0 {
				generateOnDisk(b, gen, ".")
			}
			if !cache.Unchanged(gen, ".") {
				b.Fatal("something changed")
			}
		}},
		{"check", func(int) {
			if stale, err := stubs.Check(outputs); err != nil || len(stale) > 0 {
				b.Fatal(stale, err)
			}
		}},
		{"breaking", func(int) { Breaking(s, s, schema.Wire) }},
		{"fmt", func(int) {
			for name, text := range files {
				idl.Format(name, []byte(text))
			}
		}},
	} {
		b.Run(strings.ReplaceAll(step.name, " ", "_"), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				step.run(i)
			}
		})
	}
}
