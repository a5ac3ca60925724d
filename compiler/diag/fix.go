package diag

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// ApplyFixes returns the text of a file after the first fix of each diagnostic, and
// the diagnostics whose fix that was. Left out are guesses, and what touches another
// file, or the same stretch as a fix before it: after another load the latter is offered
// again. Text with an error that only a person can settle gets no fixes, see
// [idl.WithholdFixes].
func ApplyFixes(path string, text []byte, ds []*idl.Diagnostic) ([]byte, []*idl.Diagnostic) {
	var chosen []idl.Edit
	var made []*idl.Diagnostic
	for _, d := range ds {
		if len(d.Fixes) == 0 || d.Fixes[0].Guess || !fits(path, len(text), d.Fixes[0].Edits, chosen) {
			continue
		}
		chosen = append(chosen, d.Fixes[0].Edits...)
		made = append(made, d)
	}
	slices.SortStableFunc(chosen, func(a, b idl.Edit) int {
		return cmp.Compare(a.Span.Start.Offset, b.Span.Start.Offset)
	})
	var fixed []byte
	done := 0
	for _, e := range chosen {
		fixed = append(fixed, text[done:e.Span.Start.Offset]...)
		fixed = append(fixed, idl.LikeLines(text, []byte(e.New))...)
		done = e.Span.End.Offset
	}
	return append(fixed, text[done:]...), made
}

// fits says whether edits can be made beside those already chosen.
func fits(path string, size int, edits, chosen []idl.Edit) bool {
	for _, e := range edits {
		from, to := e.Span.Start.Offset, e.Span.End.Offset
		if e.Span.File != path || from < 0 || from > to || to > size {
			return false
		}
		for _, other := range chosen {
			if from == to && e.Span == other.Span {
				continue // two insertions at one place follow each other
			}
			if from <= other.Span.End.Offset && other.Span.Start.Offset <= to {
				return false
			}
		}
	}
	return true
}
