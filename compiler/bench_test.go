package compiler

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The goals: 100 files of 12,000 lines in all are loaded and generated within a
// second, and linting one file takes 30 ms with starting the process.

func BenchmarkLoad(b *testing.B) {
	files := corpus(100)
	reportLines(b, files)
	for b.Loop() {
		if _, _, err := Load(files.options(), "svc"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	files := corpus(100)
	reportLines(b, files)
	b.Chdir(benchModule(b))
	s, ds, err := Load(files.options(), "svc")
	if err != nil || s == nil {
		b.Fatalf("%v\n%s", err, oneLines(ds))
	}
	for b.Loop() {
		if _, err := Generate(s, GenOptions{}); err != nil {
			b.Fatal(err)
		}
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
func reportLines(b *testing.B, files memory) {
	lines := 0
	for _, text := range files {
		lines += strings.Count(text, "\n")
	}
	b.ReportMetric(float64(lines), "lines")
}
