package compiler

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/compiler/stubs"
)

// The goals: 100 files of 12,000 lines in all are loaded and generated within a
// second, and linting one file takes 30 ms with starting the process.

func BenchmarkLoad(b *testing.B) {
	files := lab.Corpus(100)
	reportLines(b, files)
	for b.Loop() {
		if _, _, err := Load(files.Options(), "svc"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	files := lab.Corpus(100)
	reportLines(b, files)
	b.Chdir(benchModule(b))
	s, ds, err := Load(files.Options(), "svc")
	if err != nil || s == nil {
		b.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	for b.Loop() {
		if _, err := gogen.Generate(s, gogen.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnchanged is what a run costs that has nothing to do.
func BenchmarkUnchanged(b *testing.B) {
	cache, paths := onDisk(b)
	gen := gogen.Options{Cache: cache}
	generateOnDisk(b, gen, paths)
	for b.Loop() {
		if !cache.Unchanged(gen, paths) {
			b.Fatal("something changed")
		}
	}
}

// BenchmarkOneChanged is what a run costs after a change of one file of 100 that
// no other imports.
func BenchmarkOneChanged(b *testing.B) {
	cache, paths := onDisk(b)
	gen := gogen.Options{Cache: cache}
	generateOnDisk(b, gen, paths)
	for i := 0; b.Loop(); i++ {
		text := fmt.Sprintf("%s\nconst Round int64 = %d\n", lab.CorpusFile(55), i)
		if err := os.WriteFile("svc/f055.grid", []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
		generateOnDisk(b, gen, paths)
	}
}

// BenchmarkCold is a run in a fresh checkout: nothing is cached, nothing is
// written yet. Each run has folders of its own, because ext4 takes 0.4 ms more
// to make a file for a minute after as many were removed.
func BenchmarkCold(b *testing.B) {
	cache, paths := onDisk(b)
	for i := 0; b.Loop(); i++ {
		fresh := &stubs.Cache{Dir: filepath.Join(cache.Dir, fmt.Sprint(i)), Build: cache.Build}
		generateOnDisk(b, gogen.Options{Cache: fresh, Out: fmt.Sprint("out", i)}, paths)
	}
}

// onDisk writes the corpus to a folder, which becomes the current one.
func onDisk(b *testing.B) (cache *stubs.Cache, paths string) {
	files := lab.Corpus(100)
	reportLines(b, files)
	b.Chdir(benchModule(b))
	if err := os.Mkdir("svc", 0o755); err != nil {
		b.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return &stubs.Cache{Dir: filepath.Join(b.TempDir(), "cache"), Build: "bench"}, "svc"
}

// generateOnDisk does what `gridc gen` does when something changed.
func generateOnDisk(b *testing.B, gen gogen.Options, paths string) {
	b.Helper()
	s, ds, err := Load(load.Options{}, paths)
	if err != nil || s == nil {
		b.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	outputs, err := gogen.Generate(s, gen)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := stubs.Write(outputs); err != nil {
		b.Fatal(err)
	}
	if cache, ok := gen.Cache.(*stubs.Cache); ok {
		cache.Remember(s, outputs, gen, paths)
	}
}

// benchModule is a folder with a go.mod.
func benchModule(b *testing.B) string {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/bench\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	return dir
}

// reportLines says how much a benchmark compiles at once.
func reportLines(b *testing.B, files lab.Memory) {
	lines := 0
	for _, text := range files {
		lines += strings.Count(text, "\n")
	}
	b.ReportMetric(float64(lines), "lines")
}
