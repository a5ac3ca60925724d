package feature

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/review"
	"github.com/gridrpc/gridc/compiler/breaking"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Lenses say above a declaration how often it is named, and who breaks because of what
// became of it since the agreed revision; verdict is nil while nobody knows.
// showReferences says that the editor knows a command for that.
func Lenses(v *View, verdict *review.Verdict, showReferences bool) []proto.CodeLens {
	lenses := []proto.CodeLens{}
	add := func(at idl.Span, c proto.Command) {
		lenses = append(lenses, proto.CodeLens{Range: v.Range(at), Command: &c})
	}
	for _, s := range v.File.Symbols {
		if s.Kind.IsType() || s.Kind == index.Error {
			add(s.At, v.referencesCommand(s, showReferences))
		}
		if changes := changesOf(verdict, s.FullName()); len(changes) > 0 {
			add(s.At, proto.Command{Title: verdictTitle(changes, verdict.Against)})
		}
	}
	if gone := v.goneChanges(verdict); len(gone) > 0 && v.File.Tree.Package != nil {
		add(v.File.Tree.Package.Span, proto.Command{Title: verdictTitle(gone, verdict.Against)})
	}
	return lenses
}

func (v *View) referencesCommand(s *index.Symbol, show bool) proto.Command {
	n := v.Index.References(s)
	c := proto.Command{Title: fmt.Sprintf("%d references", n)}
	if n == 1 {
		c.Title = "1 reference"
	}
	if show && n > 0 {
		at := v.Range(s.At).Start
		c.Command = "gridc.showReferences"
		c.Arguments = []any{v.Workspace.URI(v.Path), at, References(v, s.At.Start.Offset, false)}
	}
	return c
}

// changesOf are the changes of a declaration and of what stands in it.
func changesOf(verdict *review.Verdict, name string) []breaking.Change {
	if verdict == nil {
		return nil
	}
	var changes []breaking.Change
	for _, c := range verdict.Changes {
		if rest, found := strings.CutPrefix(c.Subject, name); found && (rest == "" || rest[0] == '.' || rest[0] == '/') {
			changes = append(changes, c)
		}
	}
	return changes
}

// goneChanges are the changes of what the package no longer declares.
func (v *View) goneChanges(verdict *review.Verdict) []breaking.Change {
	var gone []breaking.Change
	for _, c := range changesOf(verdict, v.File.Package()) {
		rest := strings.TrimLeft(strings.TrimPrefix(c.Subject, v.File.Package()), "./")
		name, _, _ := strings.Cut(strings.ReplaceAll(rest, "/", "."), ".")
		if v.File.Declared(name) == nil {
			gone = append(gone, c)
		}
	}
	return gone
}

// verdictTitle says who breaks, the gravest change first.
func verdictTitle(changes []breaking.Change, against string) string {
	worst := changes[0]
	for _, c := range changes {
		if c.Level < worst.Level {
			worst = c
		}
	}
	who := map[schema.Level]string{
		schema.Wire: "breaks peers of " + against, schema.Rollout: "upgrade in order", schema.Source: "changes Go code alone", schema.Behavior: "behaves otherwise",
	}[worst.Level]
	title := who + ": " + strings.ReplaceAll(worst.Diagnostic.Message, "`", "")
	if worst.Diagnostic.Help != "" && worst.Level == schema.Rollout {
		title += " (" + strings.ReplaceAll(worst.Diagnostic.Help, "`", "") + ")"
	}
	const longest = 160
	if r := []rune(title); len(r) > longest {
		title = string(r[:longest-1]) + "…"
	}
	if more := len(changes) - 1; more > 0 {
		title += fmt.Sprintf(" (and %d more)", more)
	}
	return title
}
