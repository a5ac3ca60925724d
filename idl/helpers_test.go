package idl

import (
	"fmt"

	"github.com/rogpeppe/go-internal/diff"
)

// short shows a diagnostic on one line.
func short(d *Diagnostic) string {
	return fmt.Sprintf("%d:%d-%d:%d: %s [%s]", d.Span.Start.Line, d.Span.Start.Col, d.Span.End.Line, d.Span.End.Col, d.Message, d.ID)
}

// unified shows what changed between two texts.
func unified(want, got []byte) []byte { return diff.Diff("want", want, "got", got) }
