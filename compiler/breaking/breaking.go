package breaking

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Level says how grave a change is.
type Level = schema.Level

// Levels are the levels that can be made to fail, by name.
var Levels = map[string]Level{"wire": schema.Wire, "rollout": schema.Rollout, "source": schema.Source}

// TooComplex is the id of the change that stands for what was not compared.
const TooComplex = string(schema.TooComplex)

// Change is one difference between two revisions that somebody should know of.
type Change struct {
	ID      string // such as "wire/field-deleted"
	Subject string // what it is about, such as "storage.DiskInfo.4"
	What    string // what happened to it, such as "uint32 became string"
	Level   Level

	// Diagnostic shows the change in the new files; what is gone is shown where
	// it was.
	Diagnostic *idl.Diagnostic
}

// Compare compares two revisions of the same files and returns what changed
// on the wire, for the order of upgrades, for Go code that uses the generated
// code, and in the behavior of calls. Changes up to the level, the gravest
// being schema.Wire, are errors; beyond it they are warnings, and changes of
// behavior always notes.
//
// Services and types are compared of the packages that were named, and in
// those whatever they use of others.
//
// Types that contain one another can meet in more pairs than anybody can wait
// for. Where that is so, one change says that the comparison is not complete.
func Compare(old, new *ir.Schema, level Level) []Change {
	return compareUpTo(old, new, level, 0)
}

// compareUpTo is Compare with a limit for the judge; 0 is what every review has.
func compareUpTo(old, new *ir.Schema, level Level, limit int) []Change {
	r := &review{old: newRevision(old), new: newRevision(new), level: level, blamed: map[string]bool{}}
	r.findRenamed()
	r.findProducts(limit)
	r.places = findPlaces(r.new)
	r.wire()
	r.rules()
	r.behavior()
	r.source()
	slices.SortStableFunc(r.changes, func(a, b Change) int { return diag.CompareDiagnostics(a.Diagnostic, b.Diagnostic) })
	return r.changes
}

// review is one comparison that is running.
type review struct {
	old, new *revision
	products []*product
	places   *places
	level    Level
	changes  []Change
	blamed   map[string]bool // subjects with a change on the wire or in its rollout

	productOf map[*ir.Service]*product // of the old side

	renamed map[string]*ir.Package // see findRenamed
	moved   map[string]string      // old full name of a declaration → new one, where they differ
}

// report adds a change. What has already been said of the subject about the
// wire is not said again about Go.
func (r *review) report(id, subject, what string, at idl.Span, message string) diag.Finding {
	level := schema.Rule(id).Level()
	severity := idl.SeverityWarning
	switch {
	case level == schema.Behavior:
		severity = idl.SeverityNote
	case level <= r.level:
		severity = idl.SeverityError
	}
	if level <= schema.Rollout {
		r.blamed[subject] = true
	}
	f := diag.NewFinding(severity, id, at, "%s", message)
	r.changes = append(r.changes, Change{ID: id, Subject: subject, What: what, Level: level, Diagnostic: f.D})
	return f
}
