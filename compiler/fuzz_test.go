package compiler

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/lint"
	"github.com/gridrpc/gridc/idl"
)

// FuzzLoad loads any bytes as a file that imports a sound one and itself. It
// must not panic, and what it says must be placed, explained and repeatable.
func FuzzLoad(f *testing.F) {
	storage, err := os.ReadFile("../examples/storage.grid")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(storage))
	for _, code := range diag.Codes() {
		f.Add(code.Wrong[0].Text)
	}
	files, err := os.ReadDir("testdata/errors")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range files {
		text, err := os.ReadFile("testdata/errors/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		for chunk := range strings.SplitSeq(string(text), "\n---\n") {
			f.Add(chunk)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := lab.Memory{diag.MainFile: text, "other.grid": "package other\n\nmessage User { }\n"}
		s, ds, err := Load(files.Options(), diag.MainFile)
		if err != nil {
			t.Fatal(err)
		}
		if (s == nil) != diag.HasErrors(ds) {
			t.Fatalf("schema %v with diagnostics:\n%s", s, lab.OneLines(ds))
		}
		if s != nil {
			ds = append(ds, lint.Lint(s, lint.Options{Enable: []string{"lint/unbounded"}})...)
		}
		for _, d := range ds {
			checkDiagnostic(t, d, len(text))
		}
		fixed, _ := diag.ApplyFixes(diag.MainFile, []byte(text), ds)
		if len(fixed) > 0 && len(text) == 0 {
			t.Fatalf("fixes made %q of nothing", fixed)
		}
		if err := diag.Render(io.Discard, ds, diag.RenderOptions{Rich: true, ReadFile: files.ReadFile}); err != nil {
			t.Fatal(err)
		}
		_, again, _ := Load(files.Options(), diag.MainFile)
		if s == nil && lab.OneLines(again) != lab.OneLines(ds) {
			t.Fatalf("first:\n%s\nthen:\n%s", lab.OneLines(ds), lab.OneLines(again))
		}
	})
}

func checkDiagnostic(t *testing.T, d *idl.Diagnostic, size int) {
	t.Helper()
	if d.ID == "" || d.Message == "" || d.Span.File == "" || d.Span.Start.Line < 1 || d.Span.Start.Col < 1 {
		t.Fatalf("incomplete: %+v", d)
	}
	if d.Span.File == diag.MainFile && (d.Span.Start.Offset < 0 || d.Span.End.Offset > size || d.Span.End.Offset < d.Span.Start.Offset) {
		t.Fatalf("outside of the file: %+v", d)
	}
	if strings.ContainsAny(diag.OneLine(d), "\n\x1b") {
		t.Fatalf("more than a line: %q", diag.OneLine(d))
	}
}
