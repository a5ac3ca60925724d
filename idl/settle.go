package idl

import (
	"cmp"
	"slices"
)

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
			if !d.unsettled() && len(d.Fixes) > 0 && slices.ContainsFunc(d.Fixes, doubts.touchedBy) {
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

// doubt is a stretch of a file with an unsettled error.
type doubt struct{ start, end int }

// doubts are those of each file by their start; each end is the furthest so far.
type doubts map[string][]doubt

func doubtsOf(ds []*Diagnostic) doubts {
	all := make(doubts)
	for _, d := range ds {
		if d.unsettled() {
			all[d.Span.File] = append(all[d.Span.File], doubt{d.Span.Start.Offset, d.Span.End.Offset})
		}
	}
	for _, in := range all {
		slices.SortFunc(in, func(a, b doubt) int { return cmp.Compare(a.start, b.start) })
		for i := 1; i < len(in); i++ {
			in[i].end = max(in[i].end, in[i-1].end)
		}
	}
	return all
}

// touchedBy reports whether a fix replaces text in doubt, or around such a place.
func (all doubts) touchedBy(f Fix) bool {
	return slices.ContainsFunc(f.Edits, func(e Edit) bool {
		in := all[e.Span.File]
		from, to := e.Span.Start.Offset, e.Span.End.Offset
		i, _ := slices.BinarySearchFunc(in, to, func(d doubt, to int) int { return cmp.Compare(d.start, to) })
		return from < to && i > 0 && in[i-1].end > from
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
