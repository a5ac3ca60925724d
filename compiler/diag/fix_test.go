package diag_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/idl"
)

func TestFixesRemoveTheirCause(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"foreign type", "message A { a []int = 1 }", "message A { a []int64 = 1 }"},
		{"letter case", "message Disk { }\nmessage A { a disk = 1 }", "message Disk { }\nmessage A { a Disk = 1 }"},
		{"optional element", "message A { a []string? = 1 }", "message A { a []string = 1 }"},
		{"own qualifier", "message B { }\nmessage A { a p.B = 1 }", "message B { }\nmessage A { a B = 1 }"},
		{"infinite", "message A { a A = 1 }", "message A { a A? = 1 }"},
		{"empty range", "message A { reserved 9..4 }", "message A { reserved 4..9 }"},
		{"go name", "@go(\"B\")\nmessage A { }", "@go(name: \"B\")\nmessage A { }"},
		{"error code", "error A = \"not_found\"", "error A = \"p.not_found\""},
		{"error code form", "error A = \"Lost-It\"", "error A = \"p.lost_it\""},
		{"string", "const A string = 5", "const A string = \"5\""},
		{"enum base", "enum A int { a = 0 }", "enum A int64 { a = 0 }"},
		{
			"enum zero", "enum A uint8 {\n    a = 1\n}",
			"enum A uint8 {\n    unknown = 0\n    a = 1\n}",
		},
		{
			"bare payload", "service S {\n    rpc Get([]string) = 1\n}",
			"service S {\n    rpc Get(GetRequest) = 1\n}\n\nmessage GetRequest {\n    items []string = 1\n}",
		},
		{"enum zero with a name taken", "enum A uint8 {\n    unknown = 1\n}", "enum A uint8 {\n    unset = 0\n    unknown = 1\n}"},
		{"optional payload", "service S { rpc Get(bytes?) = 1 }", "service S { rpc Get(bytes) = 1 }"},
		{"annotation", "@Deprecated(\"x\")\nmessage A { }", "@deprecated(\"x\")\nmessage A { }"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const head = "package p\n\n"
			_, ds := lab.LoadText(t, head+tc.in)
			if len(ds) != 1 {
				t.Fatalf("want one error, got:\n%s", lab.OneLines(ds))
			}
			fixed, made := diag.ApplyFixes("main.grid", []byte(head+tc.in), ds)
			if diff := cmp.Diff(head+tc.want, string(fixed)); diff != "" || len(made) != 1 {
				t.Fatalf("%d fixes (-want +got):\n%s", len(made), diff)
			}
			lab.MustLoad(t, string(fixed))
		})
	}
}

// What was meant by a misspelt name is for people to say: it is offered, marked as
// a guess, and not applied.
func TestGuessesAreOnlyOffered(t *testing.T) {
	files := lab.Memory{"line.grid": "package line\n\nmessage Line { }\n"}
	for _, tc := range []struct{ name, in, want string }{
		{"type", "message Line { }\nmessage A { a Lime = 1 }", "message Line { }\nmessage A { a Line = 1 }"},
		{"built-in type", "message A { a strng = 1 }", "message A { a string = 1 }"},
		{"qualifier", "import \"line.grid\"\nmessage A { a lime.Line = 1 }", "import \"line.grid\"\nmessage A { a line.Line = 1 }"},
		{"missing qualifier", "import \"line.grid\"\nmessage A { a Line = 1 }", "import \"line.grid\"\nmessage A { a line.Line = 1 }"},
		{"import", "import \"lime.grid\"", "import \"line.grid\""},
		{"annotation", "@depricated(\"x\")\nmessage A { }", "@deprecated(\"x\")\nmessage A { }"},
		{"enum base", "enum A unit8 { unknown = 0 }", "enum A uint8 { unknown = 0 }"},
		{"keyword", "mesage A { }", "message A { }"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const head = "package p\n\n"
			files[diag.MainFile] = head + tc.in
			_, ds, err := check.Load(files.Options(), diag.MainFile)
			if err != nil || len(ds) != 1 || len(ds[0].Fixes) != 1 {
				t.Fatalf("want one error with a fix, got: %v\n%s", err, lab.OneLines(ds))
			}
			if fixed, made := diag.ApplyFixes(diag.MainFile, []byte(files[diag.MainFile]), ds); len(made) > 0 || string(fixed) != files[diag.MainFile] {
				t.Errorf("the guess was applied:\n%s", fixed)
			}
			if text := renderWith(t, func(w io.Writer) error { return diag.RenderJSON(w, ds) }); !strings.Contains(text, `"guess":true`) {
				t.Errorf("the JSON form does not say that it is a guess: %s", text)
			}
			if text := renderWith(t, func(w io.Writer) error {
				return diag.RenderSARIF(w, ds, "v1", diag.RenderOptions{ReadFile: files.ReadFile})
			}); !strings.Contains(text, `"guess": true`) {
				t.Errorf("the SARIF form does not say that it is a guess: %s", text)
			}
			ds[0].Fixes[0].Guess = false
			fixed, _ := diag.ApplyFixes(diag.MainFile, []byte(files[diag.MainFile]), ds)
			if diff := cmp.Diff(head+tc.want, string(fixed)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever is offered anywhere in testdata must at least be a sound edit.
func TestFixesNeverAddErrors(t *testing.T) {
	for _, file := range lab.TestFiles(t, "../../testdata/errors/*.grid") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for chunk := range strings.SplitSeq(lab.ReadTestFile(t, file), "\n---\n") {
				_, ds := lab.LoadText(t, chunk)
				fixed, made := diag.ApplyFixes("main.grid", []byte(chunk), ds)
				_, after := lab.LoadText(t, string(fixed))
				if len(made) > 0 && len(after) >= len(ds) || len(after) > len(ds) {
					t.Errorf("%d errors, %d fixed, %d left in:\n%s\n%s", len(ds), len(made), len(after), fixed, lab.OneLines(after))
				}
			}
		})
	}
}

func TestFixesOfOtherFilesAreLeftOut(t *testing.T) {
	text := "package p\n\nmessage A { a int? = 1 }\nconst B string? = 5\n"
	_, ds := lab.LoadText(t, text)
	fixed, made := diag.ApplyFixes("other.grid", []byte(text), ds)
	if len(made) != 0 || string(fixed) != text {
		t.Errorf("fixes of another file were applied: %s", fixed)
	}
}

// Of fixes that touch the first is made; two insertions at one place follow each
// other. The next run offers what was left.
func TestFixesThatTouchAreLeftOut(t *testing.T) {
	const text = "abcdef"
	fix := func(from, to int, text string) *idl.Diagnostic {
		at := idl.Span{File: "f.grid", Start: idl.Pos{Offset: from}, End: idl.Pos{Offset: to}}
		return &idl.Diagnostic{Fixes: []idl.Fix{{Edits: []idl.Edit{{Span: at, New: text}}}}}
	}
	for _, tc := range []struct {
		name  string
		fixes []*idl.Diagnostic
		want  string
		made  int
	}{
		{"apart", []*idl.Diagnostic{fix(0, 1, "A"), fix(3, 4, "D")}, "AbcDef", 2},
		{"overlapping", []*idl.Diagnostic{fix(0, 3, "X"), fix(2, 4, "Y")}, "Xdef", 1},
		{"one within the other", []*idl.Diagnostic{fix(1, 5, "X"), fix(2, 3, "Y")}, "aXf", 1},
		{"side by side", []*idl.Diagnostic{fix(0, 2, "X"), fix(2, 4, "Y")}, "Xcdef", 1},
		{"an insertion where one ends", []*idl.Diagnostic{fix(0, 2, "X"), fix(2, 2, "Y")}, "Xcdef", 1},
		{"two insertions at one place", []*idl.Diagnostic{fix(2, 2, "X"), fix(2, 2, "Y")}, "abXYcdef", 2},
		{"the second of three", []*idl.Diagnostic{fix(0, 3, "X"), fix(2, 4, "Y"), fix(5, 6, "Z")}, "XdeZ", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fixed, made := diag.ApplyFixes("f.grid", []byte(text), tc.fixes)
			if string(fixed) != tc.want || len(made) != tc.made {
				t.Errorf("%d fixes gave %s, want %d and %s", len(made), fixed, tc.made, tc.want)
			}
		})
	}
}
