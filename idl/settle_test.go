package idl

import (
	"slices"
	"testing"
)

// finding is an error at a stretch of a file, whose fix replaces another stretch.
func finding(from, to int, fixes ...Fix) *Diagnostic {
	return &Diagnostic{Severity: SeverityError, Span: placeOf(from, to), Fixes: fixes}
}

func placeOf(from, to int) Span {
	return Span{File: "f.grid", Start: Pos{Offset: from}, End: Pos{Offset: to}}
}

func replaces(from, to int) Fix { return Fix{Edits: []Edit{{Span: placeOf(from, to), New: "x"}}} }

func guessed(from, to int) Fix {
	f := replaces(from, to)
	f.Guess = true
	return f
}

// No fix is offered that rewrites text on which another error stands that only a
// person can settle.
func TestNoFixWhereAnotherErrorStands(t *testing.T) {
	warning := &Diagnostic{Severity: SeverityWarning, Span: placeOf(2, 4)}
	elsewhere := finding(2, 4)
	elsewhere.Span.File = "other.grid"
	for _, tc := range []struct {
		name  string
		ds    []*Diagnostic
		fixed []int // which still have their fix
	}{
		{"alone", []*Diagnostic{finding(0, 5, replaces(0, 5))}, []int{0}},
		{"on the same text", []*Diagnostic{finding(0, 5, replaces(0, 5)), finding(0, 5)}, nil},
		{"on a part of it", []*Diagnostic{finding(0, 5, replaces(0, 5)), finding(2, 3)}, nil},
		{"beyond its start", []*Diagnostic{finding(2, 5, replaces(2, 5)), finding(0, 3)}, nil},
		{"around it", []*Diagnostic{finding(2, 3, replaces(2, 3)), finding(0, 9)}, nil},
		{"on the text of the edit, not of the error", []*Diagnostic{finding(0, 1, replaces(6, 9)), finding(7, 8)}, nil},
		{"with a guess of its own", []*Diagnostic{finding(0, 5, replaces(0, 5)), finding(2, 4, guessed(2, 4))}, nil},
		{"in one of two edits", []*Diagnostic{finding(0, 1, Fix{Edits: []Edit{{Span: placeOf(0, 1)}, {Span: placeOf(6, 9)}}}), finding(6, 7)}, nil},
		{"in the second fix", []*Diagnostic{finding(0, 1, replaces(0, 1), replaces(0, 9)), finding(6, 7)}, nil},
		{"which takes its fix, and so on", []*Diagnostic{finding(8, 9), finding(4, 8, replaces(4, 9)), finding(0, 5, replaces(0, 5))}, nil},
		{"but it is fixed, too", []*Diagnostic{finding(0, 5, replaces(0, 5)), finding(2, 4, replaces(2, 4))}, []int{0, 1}},
		{"but as a warning", []*Diagnostic{finding(0, 5, replaces(0, 5)), warning}, []int{0}},
		{"but in another file", []*Diagnostic{finding(0, 5, replaces(0, 5)), elsewhere}, []int{0}},
		{"but beside it", []*Diagnostic{finding(0, 2, replaces(0, 2)), finding(2, 4), finding(4, 6, replaces(4, 6))}, []int{0, 2}},
		{"but it is left as it is", []*Diagnostic{finding(0, 5, replaces(3, 3)), finding(2, 4)}, []int{0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			WithholdFixes(tc.ds)
			var fixed []int
			for i, d := range tc.ds {
				if len(d.Fixes) > 0 && !d.Fixes[0].Guess {
					fixed = append(fixed, i)
				}
			}
			if !slices.Equal(fixed, tc.fixed) {
				t.Errorf("fixes are left of %v, want %v", fixed, tc.fixed)
			}
		})
	}
}

// `stream` in the parentheses of `returns` is for its author to settle, so that to write
// the response bare is not even said.
func TestNoFixThatLosesAnotherError(t *testing.T) {
	const text = "package p\n\nservice S {\n    rpc Get(bytes) returns (stream A) = 1\n}\n"
	_, ds := Parse("p.grid", []byte(text))
	if len(ds) != 1 || ds[0].ID != CodeProtoStream {
		t.Fatalf("want %s alone, got %s", CodeProtoStream, summary(ds))
	}
	for _, d := range ds {
		if len(d.Fixes) > 0 {
			t.Errorf("%s offers to %s", d.ID, d.Fixes[0].Message)
		}
	}
}
