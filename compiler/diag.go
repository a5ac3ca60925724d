package compiler

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
	slices.SortStableFunc(sorted, compareDiagnostics)
	return slices.CompactFunc(sorted, func(a, b *idl.Diagnostic) bool {
		return a.ID == b.ID && a.Span == b.Span && a.Message == b.Message
	})
}

func compareDiagnostics(a, b *idl.Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Span.File, b.Span.File),
		cmp.Compare(a.Span.Start.Line, b.Span.Start.Line),
		cmp.Compare(a.Span.Start.Col, b.Span.Start.Col),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Message, b.Message),
	)
}

// finding is a diagnostic under construction: each method adds one part.
type finding struct{ d *idl.Diagnostic }

// newFinding starts a diagnostic; id must be listed in codes.txt.
func newFinding(severity idl.Severity, id string, at idl.Span, format string, args ...any) finding {
	return finding{&idl.Diagnostic{
		ID:       id,
		Severity: severity,
		Message:  fmt.Sprintf(format, args...),
		Span:     at,
	}}
}

// label sets the short text under the span.
func (f finding) label(text string) finding {
	f.d.Label = text
	return f
}

// also adds a second place that takes part; nowhere is left out.
func (f finding) also(at idl.Span, label string) finding {
	if !at.IsZero() {
		f.d.Related = append(f.d.Related, idl.Related{Span: at, Label: label})
	}
	return f
}

// help says what to do.
func (f finding) help(format string, args ...any) finding {
	f.d.Help = fmt.Sprintf(format, args...)
	return f
}

// fix offers one edit that removes the cause.
func (f finding) fix(message string, at idl.Span, text string) finding {
	return f.fixes(message, idl.Edit{Span: at, New: text})
}

// guess makes the last fix one for a person to judge, unless sure.
func (f finding) guess(sure bool) finding {
	f.d.Fixes[len(f.d.Fixes)-1].Guess = !sure
	return f
}

// fixes offers several edits that together remove the cause.
func (f finding) fixes(message string, edits ...idl.Edit) finding {
	f.d.Fixes = append(f.d.Fixes, idl.Fix{Message: message, Edits: edits})
	return f
}

// behind is the empty span at the end of s, where an edit inserts.
func behind(s idl.Span) idl.Span { return idl.Span{File: s.File, Start: s.End, End: s.End} }

// before is the empty span at the start of s.
func before(s idl.Span) idl.Span { return idl.Span{File: s.File, Start: s.Start, End: s.Start} }
