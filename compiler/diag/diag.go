package diag

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// MaxShown is the number of diagnostics that a run shows unless told otherwise;
// [Render] sums up the rest as "and N more".
const MaxShown = 50

// HasErrors reports whether one of the diagnostics is an error.
func HasErrors(ds []*idl.Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d *idl.Diagnostic) bool {
		return d.Severity == idl.SeverityError
	})
}

// SortDiagnostics returns the diagnostics by file, place, severity and id,
// without those that say the same thing about the same place twice.
func SortDiagnostics(ds []*idl.Diagnostic) []*idl.Diagnostic {
	sorted := slices.Clone(ds)
	slices.SortStableFunc(sorted, CompareDiagnostics)
	return slices.CompactFunc(sorted, func(a, b *idl.Diagnostic) bool {
		return a.ID == b.ID && a.Span == b.Span && a.Message == b.Message
	})
}

// CompareDiagnostics orders diagnostics as SortDiagnostics does.
func CompareDiagnostics(a, b *idl.Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Span.File, b.Span.File),
		cmp.Compare(a.Span.Start.Line, b.Span.Start.Line),
		cmp.Compare(a.Span.Start.Col, b.Span.Start.Col),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Message, b.Message),
	)
}

// Finding is a diagnostic under construction: each method adds one part.
type Finding struct{ D *idl.Diagnostic }

// NewFinding starts a diagnostic; id must be listed in codes.txt.
func NewFinding(severity idl.Severity, id string, at idl.Span, format string, args ...any) Finding {
	return Finding{&idl.Diagnostic{
		ID:       id,
		Severity: severity,
		Message:  fmt.Sprintf(format, args...),
		Span:     at,
	}}
}

// Label sets the short text under the span.
func (f Finding) Label(text string) Finding {
	f.D.Label = text
	return f
}

// Also adds a second place that takes part; nowhere is left out.
func (f Finding) Also(at idl.Span, label string) Finding {
	if !at.IsZero() {
		f.D.Related = append(f.D.Related, idl.Related{Span: at, Label: label})
	}
	return f
}

// Help says what to do.
func (f Finding) Help(format string, args ...any) Finding {
	f.D.Help = fmt.Sprintf(format, args...)
	return f
}

// Fix offers one edit that removes the cause.
func (f Finding) Fix(message string, at idl.Span, text string) Finding {
	return f.Fixes(message, idl.Edit{Span: at, New: text})
}

// Guess makes the last fix one for a person to judge, unless sure.
func (f Finding) Guess(sure bool) Finding {
	f.D.Fixes[len(f.D.Fixes)-1].Guess = !sure
	return f
}

// Fixes offers several edits that together remove the cause.
func (f Finding) Fixes(message string, edits ...idl.Edit) Finding {
	f.D.Fixes = append(f.D.Fixes, idl.Fix{Message: message, Edits: edits})
	return f
}

// Behind is the empty span at the end of s, where an edit inserts.
func Behind(s idl.Span) idl.Span { return idl.Span{File: s.File, Start: s.End, End: s.End} }

// Before is the empty span at the start of s.
func Before(s idl.Span) idl.Span { return idl.Span{File: s.File, Start: s.Start, End: s.Start} }
