package diag_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/idl"
)

// Archives in testdata/render hold .grid files and what their diagnostics look
// like: one line each, with the source around them, and for programs.
func TestRender(t *testing.T) {
	for _, file := range lab.TestFiles(t, "render/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive := txtar.Parse([]byte(lab.ReadTestFile(t, file)))
			files, want := lab.Memory{}, map[string]string{}
			var inputs []txtar.File
			for _, f := range archive.Files {
				if strings.HasPrefix(f.Name, "want.") {
					want[f.Name] = string(f.Data)
					continue
				}
				files[f.Name] = string(f.Data)
				inputs = append(inputs, f)
			}
			_, ds, err := check.Load(files.Options(), strings.Fields(string(archive.Comment))[1:]...)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{
				"want.text":   render(t, ds, diag.RenderOptions{}),
				"want.rich":   render(t, ds, diag.RenderOptions{Rich: true, ReadFile: files.ReadFile}),
				"want.json":   renderWith(t, func(w io.Writer) error { return diag.RenderJSON(w, ds) }),
				"want.github": renderWith(t, func(w io.Writer) error { return diag.RenderGitHub(w, ds, diag.RenderOptions{ReadFile: files.ReadFile}) }),
			}
			if diff := cmp.Diff(want, got); diff != "" && !*lab.Update {
				t.Errorf("(-want +got):\n%s", diff)
			} else if diff != "" {
				for _, name := range []string{"want.text", "want.rich", "want.json", "want.github"} {
					inputs = append(inputs, txtar.File{Name: name, Data: []byte(got[name])})
				}
				archive.Files = inputs
				lab.Rewrite(t, file, string(txtar.Format(archive)))
			}
		})
	}
}

func render(t *testing.T, ds []*idl.Diagnostic, opts diag.RenderOptions) string {
	t.Helper()
	return renderWith(t, func(w io.Writer) error { return diag.Render(w, ds, opts) })
}

func renderWith(t *testing.T, to func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := to(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRenderCapsTheList(t *testing.T) {
	var text strings.Builder
	text.WriteString("package p\n\nmessage A {\n")
	for i := range 60 {
		fmt.Fprintf(&text, "    f%d int = %d\n", i, i+1)
	}
	text.WriteString("}\n")
	_, ds := lab.LoadText(t, text.String())
	for _, tc := range []struct {
		max, lines int
		last       string
	}{{0, 51, "and 10 more"}, {59, 60, "and 1 more"}, {60, 60, "[type-unknown]"}, {-1, 60, "[type-unknown]"}} {
		lines := strings.Split(strings.TrimSpace(render(t, ds, diag.RenderOptions{Max: tc.max})), "\n")
		if len(lines) != tc.lines || !strings.HasSuffix(lines[len(lines)-1], tc.last) {
			t.Errorf("Max %d: %d lines, the last is %q; want %d, %q", tc.max, len(lines), lines[len(lines)-1], tc.lines, tc.last)
		}
	}
}

func TestRenderColor(t *testing.T) {
	files := lab.Memory{"main.grid": "package p\n\nmessage A { a int = 1 }\n"}
	_, ds, err := check.Load(files.Options(), "main.grid")
	if err != nil {
		t.Fatal(err)
	}
	colored := render(t, ds, diag.RenderOptions{Rich: true, Color: true, ReadFile: files.ReadFile})
	for _, want := range []string{"\x1b[1;31merror[type-unknown]\x1b[0m", "\x1b[1;31m^^^\x1b[0m", "\x1b[1;34m|\x1b[0m"} {
		if !strings.Contains(colored, want) {
			t.Errorf("%q is missing in %q", want, colored)
		}
	}
	if plain := render(t, ds, diag.RenderOptions{Rich: true, ReadFile: files.ReadFile}); strings.Contains(plain, "\x1b") {
		t.Errorf("plain output has escapes: %q", plain)
	}
}

// A file may be gone, or a place outside of it, by the time it is shown.
func TestRenderWithoutSource(t *testing.T) {
	at := idl.Span{File: "gone.grid", Start: idl.Pos{Line: 7, Col: 3}, End: idl.Pos{Line: 7, Col: 9}}
	ds := []*idl.Diagnostic{
		{ID: "x", Severity: idl.SeverityWarning, Message: "a\nb\x1b[31m", Span: at},
		{ID: "y", Severity: idl.SeverityNote, Message: "nowhere"},
	}
	rich := render(t, ds, diag.RenderOptions{Rich: true, ReadFile: lab.Memory{}.ReadFile})
	if !strings.Contains(rich, "--> gone.grid:7:3") || strings.Contains(rich, "\x1b") {
		t.Errorf("rich form: %q", rich)
	}
	if text := render(t, ds[:1], diag.RenderOptions{}); text != "gone.grid:7:3: warning: a\ufffdb\ufffd[31m [x]\n" {
		t.Errorf("text form: %q", text)
	}
}
