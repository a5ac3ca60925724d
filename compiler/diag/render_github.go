package diag

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// RenderGitHub writes the diagnostics as workflow commands, which a run on
// GitHub shows beside the lines of a change. All are written: GitHub has limits
// of its own.
func RenderGitHub(w io.Writer, ds []*idl.Diagnostic, opts RenderOptions) error {
	out := bufio.NewWriter(w)
	texts := newSourceLines(opts.ReadFile)
	for _, d := range ds {
		start, end := d.Span.Start, d.Span.End
		fmt.Fprintf(out, "::%s file=%s,line=%d,col=%d", githubCommand(d.Severity), githubProperty(d.Span.File), start.Line, texts.column(d.Span.File, start))
		if end.Line == start.Line { // GitHub takes columns of one line only
			fmt.Fprintf(out, ",endColumn=%d", texts.column(d.Span.File, end))
		} else {
			fmt.Fprintf(out, ",endLine=%d", end.Line)
		}
		fmt.Fprintf(out, ",title=%s::%s\n", githubProperty(d.ID), githubData(githubText(d)))
	}
	return out.Flush()
}

func githubCommand(s idl.Severity) string {
	if s == idl.SeverityNote {
		return "notice"
	}
	return s.String()
}

// githubText is the message, the other places and what to do, as one text.
func githubText(d *idl.Diagnostic) string {
	text := d.Message
	for _, r := range d.Related {
		text += fmt.Sprintf("\n%s: %s", placeText(r.Span), r.Label)
	}
	help, advice := HelpText(d), adviceText(d)
	if help != "" {
		text += "\nhelp: " + help
	}
	if advice != help {
		text += "\nfix: " + advice // which the command cannot carry as an edit
	}
	return text
}

var (
	githubDataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubPropertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// githubData escapes what would end a command, or begin another.
func githubData(text string) string     { return githubDataEscapes.Replace(text) }
func githubProperty(text string) string { return githubPropertyEscapes.Replace(text) }
