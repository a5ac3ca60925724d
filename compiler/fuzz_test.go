package compiler

import (
	"io"
	"os"
	"strings"
	"testing"

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
	for _, code := range Codes() {
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
		files := memory{mainFile: text, "other.grid": "package other\n\nmessage User { }\n"}
		s, ds, err := Load(files.options(), mainFile)
		if err != nil {
			t.Fatal(err)
		}
		if (s == nil) != HasErrors(ds) {
			t.Fatalf("schema %v with diagnostics:\n%s", s, oneLines(ds))
		}
		if s != nil {
			ds = append(ds, Lint(s, LintOptions{Enable: []string{"lint/unbounded"}})...)
		}
		for _, d := range ds {
			checkDiagnostic(t, d, len(text))
		}
		fixed, _ := ApplyFixes(mainFile, []byte(text), ds)
		if len(fixed) > 0 && len(text) == 0 {
			t.Fatalf("fixes made %q of nothing", fixed)
		}
		if err := Render(io.Discard, ds, RenderOptions{Rich: true, ReadFile: files.readFile}); err != nil {
			t.Fatal(err)
		}
		_, again, _ := Load(files.options(), mainFile)
		if s == nil && oneLines(again) != oneLines(ds) {
			t.Fatalf("first:\n%s\nthen:\n%s", oneLines(ds), oneLines(again))
		}
	})
}

func checkDiagnostic(t *testing.T, d *idl.Diagnostic, size int) {
	t.Helper()
	if d.ID == "" || d.Message == "" || d.Span.File == "" || d.Span.Start.Line < 1 || d.Span.Start.Col < 1 {
		t.Fatalf("incomplete: %+v", d)
	}
	if d.Span.File == mainFile && (d.Span.Start.Offset < 0 || d.Span.End.Offset > size || d.Span.End.Offset < d.Span.Start.Offset) {
		t.Fatalf("outside of the file: %+v", d)
	}
	if strings.ContainsAny(OneLine(d), "\n\x1b") {
		t.Fatalf("more than a line: %q", OneLine(d))
	}
}
