package compiler

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/idl"
)

// Files in testdata/errors hold chunks of .grid text between lines `---`. Below
// each faulty line a comment underlines the place and says what is expected:
//
//	    total int = 1
//	//        ^^^ type-unknown: there is no `int`; write `int64`
//
// Carets after `//<` start at column 1. A chunk without such comments must be sound. -update rewrites the comments.
func TestErrors(t *testing.T) {
	for _, file := range lab.TestFiles(t, "errors/*.grid") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".grid"), func(t *testing.T) {
			text := lab.ReadTestFile(t, file)
			var chunks []string
			changed := false
			for i, chunk := range strings.Split(text, "\n---\n") {
				got := checkChunk(t, chunk)
				if diff := cmp.Diff(chunk, got); diff != "" && !*lab.Update {
					t.Errorf("chunk %d (-want +got):\n%s", i+1, diff)
				} else if diff != "" {
					changed = true
				}
				chunks = append(chunks, got)
			}
			if changed {
				lab.Rewrite(t, file, strings.Join(chunks, "\n---\n"))
			}
		})
	}
}

// checkChunk returns the chunk with the comments that it ought to have.
func checkChunk(t *testing.T, chunk string) string {
	lines := strings.Split(chunk, "\n")
	var source []string
	for _, line := range lines {
		if !isExpectation(line) {
			source = append(source, line)
		}
	}
	_, ds := lab.LoadText(t, strings.Join(source, "\n"))
	byLine := map[int][]string{}
	for _, d := range ds {
		byLine[d.Span.Start.Line] = append(byLine[d.Span.Start.Line], expectation(d))
	}
	var out []string
	for i, line := range source {
		out = append(out, line)
		out = append(out, byLine[i+1]...)
		delete(byLine, i+1)
	}
	for line, unplaced := range byLine {
		t.Errorf("a diagnostic on line %d, which is not in the chunk: %s", line, unplaced)
	}
	return strings.Join(out, "\n")
}

func isExpectation(line string) bool {
	rest, ok := strings.CutPrefix(line, "//")
	return ok && strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(rest, "<"), " "), "^")
}

// expectation is the comment below the line of a diagnostic.
func expectation(d *idl.Diagnostic) string {
	width := max(1, d.Span.End.Col-d.Span.Start.Col)
	if d.Span.End.Line != d.Span.Start.Line {
		width = 1
	}
	var b strings.Builder
	margin := "<" // the comment's own slashes cover columns 1 and 2
	if d.Span.Start.Col > 2 {
		margin = strings.Repeat(" ", d.Span.Start.Col-3)
	}
	fmt.Fprintf(&b, "//%s%s %s: %s", margin, strings.Repeat("^", width), d.ID, d.Message)
	for _, r := range d.Related {
		fmt.Fprintf(&b, " [%s at %d:%d]", r.Label, r.Span.Start.Line, r.Span.Start.Col)
	}
	if d.Help != "" {
		fmt.Fprintf(&b, " (%s)", d.Help)
	}
	return b.String()
}
