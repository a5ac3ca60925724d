package idl

// Severity grades a diagnostic.
type Severity uint8

// The severities, gravest first. Notes never change an exit status.
const (
	SeverityError Severity = iota + 1
	SeverityWarning
	SeverityNote
)

// String returns "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case SeverityError:
		return "error"
	case SeverityWarning:
		return "warning"
	default:
		return "note"
	}
}

// Diagnostic is one finding: one root cause gives one diagnostic. Messages are
// lower case, without a full stop, with names in backticks.
type Diagnostic struct {
	ID       string // stable, such as "handler-id-reused"
	Severity Severity
	Message  string
	Span     Span
	Label    string    // short text under the span; may be empty
	Related  []Related // the other party of a conflict
	Help     string    // what to do; may be empty
	Fixes    []Fix
}

// Related is a second place that takes part in a finding.
type Related struct {
	Span  Span
	Label string // "first used here"
}

// Fix is a set of edits that removes the cause.
type Fix struct {
	Message string
	Guess   bool // of what was meant, by its spelling: offered, never made unasked
	Edits   []Edit
}

// Edit replaces the text of Span, which may be empty, by New.
type Edit struct {
	Span Span
	New  string
}
