package diag_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/idl"
)

// What a schema or a file name holds never ends a workflow command, nor begins
// another one.
func TestGitHubCommandsHoldTheirText(t *testing.T) {
	d := &idl.Diagnostic{
		ID: "type-unknown", Severity: idl.SeverityNote, Message: "100%\r\n::error::pwned", Help: "a\nb",
		Span: idl.Span{File: "a,b:c%\n.grid", Start: idl.Pos{Line: 3, Col: 5, Offset: 20}, End: idl.Pos{Line: 4, Col: 1, Offset: 30}},
	}
	got := renderWith(t, func(w io.Writer) error {
		return diag.RenderGitHub(w, []*idl.Diagnostic{d}, diag.RenderOptions{ReadFile: lab.Memory{}.ReadFile})
	})
	want := "::notice file=a%2Cb%3Ac%25%0A.grid,line=3,col=5,endLine=4,title=type-unknown::100%25%0D%0A::error::pwned%0Ahelp: a%0Ab\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Other tools count characters, where diagnostics count bytes.
func TestColumnsAreCharactersForOthers(t *testing.T) {
	files := lab.Memory{diag.MainFile: "package p\n\nmessage A {\n    a string = \"äöü\" @limt(5)\n}\n"}
	_, ds, err := check.Load(files.Options(), diag.MainFile)
	if err != nil || len(ds) != 1 {
		t.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	if ds[0].Span.Start.Col != 25 {
		t.Fatalf("the byte column is %d", ds[0].Span.Start.Col)
	}
	got := renderWith(t, func(w io.Writer) error { return diag.RenderGitHub(w, ds, diag.RenderOptions{ReadFile: files.ReadFile}) })
	if !strings.Contains(got, "line=4,col=22,endColumn=30,") {
		t.Errorf("got %s", got)
	}
	region := sarifOf(t, ds, files).Runs[0].Results[0].Locations[0].PhysicalLocation.Region
	if region.StartColumn != 22 || region.EndColumn != 30 || region.ByteLength != 8 {
		t.Errorf("region %+v", region)
	}
}

// The lists for programs are never cut.
func TestMachineFormsAreComplete(t *testing.T) {
	var ds []*idl.Diagnostic
	for i := range diag.MaxShown + 10 {
		at := idl.Pos{Line: i + 1, Col: 1, Offset: i}
		ds = append(ds, &idl.Diagnostic{ID: "x", Severity: idl.SeverityError, Message: "m", Span: idl.Span{File: "a.grid", Start: at, End: at}})
	}
	for name, text := range map[string]string{
		"json":   renderWith(t, func(w io.Writer) error { return diag.RenderJSON(w, ds) }),
		"github": renderWith(t, func(w io.Writer) error { return diag.RenderGitHub(w, ds, diag.RenderOptions{}) }),
	} {
		if n := strings.Count(text, "\n"); n != len(ds) {
			t.Errorf("%s: %d lines for %d diagnostics", name, n, len(ds))
		}
	}
	if n := len(sarifOf(t, ds, lab.Memory{}).Runs[0].Results); n != len(ds) {
		t.Errorf("sarif: %d results for %d diagnostics", n, len(ds))
	}
}

// A program that applies the edits of the JSON form gets what --fix makes.
func TestJSONFixesAreTheFixes(t *testing.T) {
	text := "package p\n\nmessage A {\n    a int = 1\n    b double = 2\n}\n"
	_, ds := lab.LoadText(t, text)
	want, made := diag.ApplyFixes(diag.MainFile, []byte(text), ds)
	if len(made) != 2 {
		t.Fatalf("%d fixes:\n%s", len(made), lab.OneLines(ds))
	}
	got := text
	lines := strings.Split(strings.TrimSpace(renderWith(t, func(w io.Writer) error { return diag.RenderJSON(w, ds) })), "\n")
	for i := len(lines) - 1; i >= 0; i-- { // the last first: offsets stay
		var d diag.JSONDiagnostic
		if err := json.Unmarshal([]byte(lines[i]), &d); err != nil {
			t.Fatal(err)
		}
		for _, e := range d.Fixes[0].Edits {
			got = got[:e.Start.Offset] + e.New + got[e.End.Offset:]
		}
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
