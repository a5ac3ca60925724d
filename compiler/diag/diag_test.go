package diag

import (
	"testing"

	"github.com/gridrpc/gridc/idl"
)

func TestSortDiagnostics(t *testing.T) {
	at := func(file string, line, col int) idl.Span {
		return idl.Span{File: file, Start: idl.Pos{Line: line, Col: col}}
	}
	ds := []*idl.Diagnostic{
		{ID: "f", Severity: idl.SeverityError, Span: at("b.grid", 1, 1)},
		{ID: "e", Severity: idl.SeverityError, Span: at("a.grid", 10, 1)},
		{ID: "d", Severity: idl.SeverityError, Span: at("a.grid", 9, 12)},
		{ID: "c", Severity: idl.SeverityWarning, Span: at("a.grid", 9, 2)},
		{ID: "b", Severity: idl.SeverityError, Span: at("a.grid", 9, 2)},
		{ID: "a", Severity: idl.SeverityError, Span: at("a.grid", 9, 2)},
		{ID: "a", Severity: idl.SeverityError, Span: at("a.grid", 9, 2)},
	}
	got := ""
	for _, d := range SortDiagnostics(ds) {
		got += d.ID
	}
	if got != "abcdef" {
		t.Errorf("order = %s, want abcdef without the repeated one", got)
	}
	if ds[0].ID != "f" {
		t.Error("the argument was changed")
	}
	if HasErrors(ds[3:4]) || !HasErrors(ds) {
		t.Error("a warning is no error")
	}
}
