package diag

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// RenderOptions says how diagnostics are shown.
type RenderOptions struct {
	// Rich shows each diagnostic with the source around it; otherwise it is one
	// line. Whether the output is a terminal is for the caller to find out.
	Rich bool
	// Color adds ANSI colours to the rich form. NO_COLOR is the caller's too.
	Color bool
	// Max is the number of diagnostics shown, MaxShown when 0, all when negative.
	Max int
	// ReadFile gives the rich form its source; os.ReadFile when nil.
	ReadFile func(path string) ([]byte, error)
}

// Render writes the diagnostics in the order given, and how many it left out.
func Render(w io.Writer, ds []*idl.Diagnostic, opts RenderOptions) error {
	if opts.Max == 0 {
		opts.Max = MaxShown
	}
	shown := ds
	if opts.Max > 0 && len(ds) > opts.Max {
		shown = ds[:opts.Max]
	}
	out := bufio.NewWriter(w)
	if opts.Rich {
		renderRich(out, shown, opts)
	} else {
		for _, d := range shown {
			fmt.Fprintln(out, OneLine(d))
		}
	}
	if more := len(ds) - len(shown); more > 0 {
		fmt.Fprintf(out, "and %d more\n", more)
	}
	return out.Flush()
}

// OneLine is the form that every editor understands:
//
//	file.grid:91:43: error: message (file.grid:84:52) [id]
//	file.grid:12:7: error: message; what to write instead [id]
//
// The place in brackets is the other party of a conflict, where there is one:
// who sees both knows what to do.
func OneLine(d *idl.Diagnostic) string {
	rest := ""
	if len(d.Related) > 0 {
		rest = " (" + placeText(d.Related[0].Span) + ")"
	} else if advice := adviceText(d); advice != "" && !advised(d.Message, advice) {
		rest = "; " + expand(advice)
	}
	return fmt.Sprintf("%s: %s: %s%s [%s]", placeText(d.Span), d.Severity, expand(d.Message), rest, d.ID)
}

// adviceText is what to do in the fewest words: the fix, which says what to
// write in this very place, or else the help, which says what is so everywhere.
func adviceText(d *idl.Diagnostic) string {
	if len(d.Fixes) > 0 && !d.Fixes[0].Guess {
		return d.Fixes[0].Message
	}
	return HelpText(d)
}

// advised reports whether a message says already what to do: in those words, or
// as a question at its end.
func advised(message, advice string) bool {
	return strings.Contains(message, advice) || strings.Contains(message, "did you mean ")
}

// placeText is file:line:column.
func placeText(s idl.Span) string {
	return fmt.Sprintf("%s:%d:%d", s.File, s.Start.Line, s.Start.Col)
}

func renderRich(out *bufio.Writer, ds []*idl.Diagnostic, opts RenderOptions) {
	r := &richRenderer{sourceLines: newSourceLines(opts.ReadFile), out: out, paint: palette{opts.Color}}
	for i, d := range ds {
		if i > 0 {
			fmt.Fprintln(out)
		}
		r.diagnostic(d)
	}
}

// palette paints text, or leaves it plain.
type palette struct{ on bool }

const (
	red    = "1;31"
	yellow = "1;33"
	cyan   = "1;36"
	blue   = "1;34"
	bold   = "1"
)

func (p palette) paint(color, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func severityColor(s idl.Severity) string {
	switch s {
	case idl.SeverityError:
		return red
	case idl.SeverityWarning:
		return yellow
	default:
		return cyan
	}
}
