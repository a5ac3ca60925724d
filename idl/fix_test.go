package idl

import (
	"cmp"
	"slices"
	"testing"
)

// applyFix makes the edits of a fix.
func applyFix(src []byte, fix Fix) []byte {
	edits := slices.Clone(fix.Edits)
	slices.SortStableFunc(edits, func(a, b Edit) int {
		return cmp.Compare(b.Span.Start.Offset, a.Span.Start.Offset)
	})
	for _, e := range edits {
		src = slices.Concat(src[:e.Span.Start.Offset], []byte(e.New), src[e.Span.End.Offset:])
	}
	return src
}

// TestFixExamples applies the fix of every example that has one.
func TestFixExamples(t *testing.T) {
	fixed := 0
	for _, c := range Codes() {
		_, diags := Parse("wrong.grid", []byte(c.Wrong.String()))
		for _, d := range diags {
			for _, fix := range d.Fixes {
				fixed++
				out := applyFix([]byte(c.Wrong.String()), fix)
				if _, left := Parse("fixed.grid", out); len(left) > 0 {
					t.Errorf("%s: %q leaves %s\nin\n%s", c.ID, fix.Message, summary(left), out)
				}
			}
		}
	}
	if fixed < 20 {
		t.Errorf("only %d fixes were tried", fixed)
	}
}

// TestFixes applies each fix of the error files by itself: it removes its
// diagnostic, and brings no new one.
func TestFixes(t *testing.T) {
	chunks(t, func(t *testing.T, src string) {
		_, diags := Parse("errors.grid", []byte(src))
		for _, d := range diags {
			for _, fix := range d.Fixes {
				out := applyFix([]byte(src), fix)
				if _, left := Parse("errors.grid", out); len(left) >= len(diags) {
					t.Errorf("%s: %q leaves %s\nin\n%s", short(d), fix.Message, summary(left), out)
				}
			}
		}
	})
}
