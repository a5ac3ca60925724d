package idl

import "slices"

// maxSettleRounds bounds how often WithholdFixes looks again; a line of a person
// needs two.
const maxSettleRounds = 50

// WithholdFixes takes away the fixes that would settle more than they are about:
// those that rewrite text on which another error stands that only a person can
// settle. `returns (stream A)` is such a text: to write the response bare is right,
// and loses what the other error says.
func WithholdFixes(ds []*Diagnostic) {
	for range maxSettleRounds {
		doubts := doubtsOf(ds)
		done := true
		for _, d := range ds {
			if !d.unsettled() && len(d.Fixes) > 0 && slices.ContainsFunc(d.Fixes, func(f Fix) bool { return rewrites(f, doubts) }) {
				d.Fixes = nil
				done = false // now a person has to settle this one, too
			}
		}
		if done {
			return
		}
	}
}

// unsettled reports whether a diagnostic is an error that no edit settles.
func (d *Diagnostic) unsettled() bool {
	return d.Severity == SeverityError && (len(d.Fixes) == 0 || d.Fixes[0].Guess)
}

// doubtsOf are the unsettled errors of each file.
func doubtsOf(ds []*Diagnostic) map[string]SpanSet {
	spans := make(map[string][]Span)
	for _, d := range ds {
		if d.unsettled() {
			spans[d.Span.File] = append(spans[d.Span.File], d.Span)
		}
	}
	doubts := make(map[string]SpanSet)
	for file, in := range spans {
		doubts[file] = NewSpanSet(in)
	}
	return doubts
}

// rewrites reports whether a fix replaces text in doubt, or around such a place.
func rewrites(f Fix, doubts map[string]SpanSet) bool {
	return slices.ContainsFunc(f.Edits, func(e Edit) bool {
		return e.Span.Start != e.Span.End && doubts[e.Span.File].Overlaps(e.Span)
	})
}

// keepComments takes away the fixes whose edits would drop a comment.
func (p *parser) keepComments() {
	if p.comments == nil {
		return // nothing was read
	}
	for _, d := range p.diags {
		if d.ID == CodeBlockComment {
			continue // which it writes anew
		}
		d.Fixes = slices.DeleteFunc(d.Fixes, func(f Fix) bool {
			return slices.ContainsFunc(f.Edits, func(e Edit) bool { return p.comments.within(e.Span.Start, e.Span.End) })
		})
	}
}
