package feature

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/idl"
)

// Kinds of code actions.
const (
	QuickFix        = "quickfix"
	Refactor        = "refactor.rewrite"
	OrganizeImports = "source.organizeImports"
	FixAll          = "source.fixAll.gridc"
)

// Actions are the changes that are offered for a stretch of a file. The editor may also
// ask for the fixes of diagnostics that it was told, as some do for all of a line; only,
// unless it is empty, says which kinds it wants.
func Actions(v *View, from, to int, asked []proto.Diagnostic, only []string) []proto.CodeAction {
	a := &actions{View: v, only: only, list: []proto.CodeAction{}}
	if a.wants(QuickFix) {
		a.fixes(from, to, asked)
	}
	if a.wants(Refactor) {
		a.rewrites(from)
	}
	if len(only) > 0 && a.wants(OrganizeImports) || len(only) == 0 && v.File.ImportAt(from) != nil {
		a.organize()
	}
	if len(only) > 0 && a.wants(FixAll) {
		a.fixAll()
	}
	return a.list
}

type actions struct {
	*View
	only []string
	list []proto.CodeAction
}

// wants reports whether a kind, or one that it belongs to, is asked for.
func (a *actions) wants(kind string) bool {
	return len(a.only) == 0 || slices.ContainsFunc(a.only, func(o string) bool { return kind == o || strings.HasPrefix(kind, o+".") })
}

// offer adds an action that makes edits.
func (a *actions) offer(kind, title string, edits ...idl.Edit) *proto.CodeAction {
	changes := map[string][]proto.TextEdit{}
	for _, e := range edits {
		t := a.Unit.Text(e.Span.File)
		if t == nil {
			return &proto.CodeAction{} // a file that is not there cannot be changed
		}
		uri := a.Workspace.URI(e.Span.File)
		changes[uri] = append(changes[uri], proto.TextEdit{Range: a.Range(e.Span), NewText: string(idl.LikeLines(t.Bytes(), []byte(e.New)))})
	}
	a.list = append(a.list, proto.CodeAction{Title: title, Kind: kind, Edit: &proto.WorkspaceEdit{Changes: changes}})
	return &a.list[len(a.list)-1]
}

// fixes offers what the diagnostics between two offsets offer, and those asked for.
func (a *actions) fixes(from, to int, asked []proto.Diagnostic) {
	for _, d := range a.Unit.Diagnostics(a.Path) {
		apart := d.Span.Start.Offset > to || d.Span.End.Offset < from
		if len(d.Fixes) == 0 || apart && !a.isAmong(asked, d) {
			continue
		}
		for i, fix := range d.Fixes {
			action := a.offer(QuickFix, upperFirst(fix.Message), fix.Edits...)
			action.Diagnostics = []proto.Diagnostic{diagnostic(a.Workspace, a.Unit, d, "")}
			action.IsPreferred = i == 0 && !fix.Guess
		}
	}
}

// isAmong reports whether a diagnostic is one of those that the editor sent back.
func (a *actions) isAmong(asked []proto.Diagnostic, d *idl.Diagnostic) bool {
	return slices.ContainsFunc(asked, func(one proto.Diagnostic) bool { return one.Code == d.ID && one.Range == a.Range(d.Span) })
}

// maxFixRounds bounds how often fixAll looks again: what a fix leaves may be fixed in
// turn.
const maxFixRounds = 10

// fixAll makes the fixes of the syntax that are certain, as lint --fix does; those that
// other files decide are made in the first round alone.
func (a *actions) fixAll() {
	src := a.Text.Bytes()
	fixed, made := diag.ApplyFixes(a.Path, src, a.Unit.Diagnostics(a.Path))
	for round := 0; len(made) > 0 && round < maxFixRounds; round++ {
		_, ds := idl.Parse(a.Path, fixed)
		fixed, made = diag.ApplyFixes(a.Path, fixed, ds)
	}
	if edits := lineEdits(a.View, src, fixed); len(edits) > 0 {
		a.list = append(a.list, proto.CodeAction{
			Title: "Make all fixes that are certain", Kind: FixAll,
			Edit: &proto.WorkspaceEdit{Changes: map[string][]proto.TextEdit{a.Workspace.URI(a.Path): edits}},
		})
	}
}

// organize sorts the imports by path and drops those that are not used. Where comments
// stand among them it leaves them alone.
func (a *actions) organize() {
	imports := a.File.Tree.Imports
	if len(imports) == 0 || a.brokenImports() {
		return
	}
	region := a.span(imports[0].Span.Start.Offset, imports[len(imports)-1].Span.End.Offset)
	region.Start.Offset = a.lineStart(region.Start.Offset)
	grouped := !strings.Contains(a.source(a.span(region.Start.Offset, imports[0].Span.Start.Offset)), "import")
	if a.hasComment(region) || strings.Contains(a.source(region), ")") {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(imports), func(decl *idl.Import) bool { return a.isUnused(decl) })
	slices.SortStableFunc(kept, func(x, y *idl.Import) int { return cmp.Compare(x.Path, y.Path) })
	var lines []string
	for _, decl := range kept {
		line := a.source(decl.Span)
		if grouped {
			line = "    " + line
		} else {
			line = "import " + line
		}
		lines = append(lines, line)
	}
	if text := strings.Join(lines, "\n"); text != a.source(region) {
		a.offer(OrganizeImports, "Organize imports", idl.Edit{Span: region, New: text})
	}
}

// brokenImports reports whether an import may be missing from the tree.
func (a *actions) brokenImports() bool {
	return slices.ContainsFunc(a.Unit.Diagnostics(a.Path), func(d *idl.Diagnostic) bool {
		return d.Severity == idl.SeverityError && d.Span.Start.Offset <= a.File.Tree.Imports[len(a.File.Tree.Imports)-1].Span.End.Offset
	})
}

func (a *actions) hasComment(in idl.Span) bool {
	return slices.ContainsFunc(idl.Tokens(a.Text.Bytes()), func(t idl.Token) bool {
		return t.Kind == idl.TokenComment && in.Start.Offset <= t.Pos.Offset && t.Pos.Offset < in.End.Offset+1
	})
}

// isUnused reports whether nothing of an import is named in the file.
func (a *actions) isUnused(decl *idl.Import) bool {
	for _, imp := range a.File.Imports {
		if imp.Decl != decl || imp.To == nil {
			continue
		}
		for _, o := range a.Index.Occurrences(a.File) {
			if o.Symbol == a.File.Qualifiers()[imp.Name] && !o.Decl {
				return false
			}
		}
		return true
	}
	return false // who knows what it would have been
}

// lineStart is the offset at which the line of an offset begins.
func (v *View) lineStart(offset int) int { return v.Text.LineStart(v.Text.Position(offset).Line) }
