package feature

import (
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/workspace"
	"github.com/gridrpc/gridc/idl"
)

// MaxDiagnostics is how many diagnostics of one file an editor is told.
const MaxDiagnostics = 1000

// Diagnostics are those of a file. A code leads to explain with its id after it; while
// explain is empty, it leads nowhere.
func Diagnostics(w *workspace.Workspace, u *workspace.Unit, path, explain string) []proto.Diagnostic {
	return Told(w, u, u.Diagnostics(path), explain)
}

// Told are diagnostics of one file in the form of the protocol.
func Told(w *workspace.Workspace, u *workspace.Unit, found []*idl.Diagnostic, explain string) []proto.Diagnostic {
	out := make([]proto.Diagnostic, 0, min(len(found), MaxDiagnostics))
	for _, d := range found[:min(len(found), MaxDiagnostics)] {
		out = append(out, diagnostic(w, u, d, explain))
	}
	return out
}

func diagnostic(w *workspace.Workspace, u *workspace.Unit, d *idl.Diagnostic, explain string) proto.Diagnostic {
	out := proto.Diagnostic{
		Range: u.Range(d.Span), Severity: severities[d.Severity], Code: d.ID, Source: "gridc", Message: message(d), Tags: tags[d.ID],
	}
	if explain != "" {
		out.CodeDescription = &proto.CodeDescription{Href: explain + d.ID}
	}
	for _, r := range d.Related {
		if u.Text(r.Span.File) != nil {
			out.RelatedInformation = append(out.RelatedInformation, proto.RelatedPlace{
				Location: proto.Location{URI: w.URI(r.Span.File), Range: u.Range(r.Span)}, Message: r.Label,
			})
		}
	}
	return out
}

var severities = map[idl.Severity]int{
	idl.SeverityError: proto.SeverityError, idl.SeverityWarning: proto.SeverityWarning, idl.SeverityNote: proto.SeverityInformation,
}

// tags make editors show what is unused faint, and what is deprecated struck out.
var tags = map[string][]int{"lint/unused-import": {1}, "lint/unused-type": {1}, "lint/deprecated-use": {2}}

// message is what is wrong and, on a line of its own, what to do, unless a fix says it.
func message(d *idl.Diagnostic) string {
	text := d.Message
	switch {
	case d.Help != "" && !strings.Contains(text, d.Help):
		text += "\n" + d.Help
	case len(d.Fixes) > 0 && !strings.Contains(text, d.Fixes[0].Message):
		text += "\n" + d.Fixes[0].Message
	}
	return text
}
