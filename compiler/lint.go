package compiler

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// LintOptions chooses the rules.
type LintOptions struct {
	Enable []string // ids of rules that are off by default, such as "lint/unbounded"
}

// lintRule is one rule; its id is listed in codes.txt.
type lintRule struct {
	id  string
	off bool // unless enabled
	run func(*linter)
}

var lintRules = []lintRule{
	{id: "lint/unused-import", run: (*linter).unusedImports},
	{id: "lint/unused-type", run: (*linter).unusedTypes},
	{id: "lint/doc-missing", run: (*linter).missingDocs},
	{id: "lint/name-case", run: (*linter).nameCase},
	{id: "lint/request-shared", run: (*linter).sharedRequests},
	{id: "lint/response-is-request", run: (*linter).echoedRequests},
	{id: "lint/capacity-implicit", run: (*linter).implicitCapacities},
	{id: "lint/unbounded", off: true, run: (*linter).unbounded},
	{id: "lint/byte-list", run: (*linter).byteLists},
	{id: "lint/reuse-idle", run: (*linter).idleReuse},
	{id: "lint/deprecated-use", run: (*linter).deprecatedUses},
}

// Lint looks for what is legal and probably a mistake in the files of a loaded
// schema that were named, not only imported. A comment silences one finding:
//
//	//gridc:ignore lint/RULE reason
//
// It stands behind the line that it speaks of, or on its own line above.
func Lint(s *Schema, opts LintOptions) []*idl.Diagnostic {
	l := &linter{schema: s, trees: treesOf(s)}
	enabled := make(map[string]bool)
	for _, rule := range lintRules {
		if !rule.off || slices.Contains(opts.Enable, rule.id) {
			enabled[rule.id] = true
			rule.run(l)
		}
	}
	for _, src := range l.trees.sources {
		if src.root {
			l.found = applyIgnores(src, l.found, enabled)
		}
	}
	return SortDiagnostics(l.found)
}

// linter collects what the rules find.
type linter struct {
	schema *Schema
	trees  *trees
	found  []*idl.Diagnostic
}

func (l *linter) warn(id string, at idl.Span, format string, args ...any) finding {
	f := newFinding(idl.SeverityWarning, id, at, format, args...)
	l.found = append(l.found, f.d)
	return f
}

// roots are the sources that are linted.
func (l *linter) roots() []*source {
	return slices.DeleteFunc(slices.Clone(l.trees.sources), func(s *source) bool { return !s.root })
}

// handlers calls visit for every handler of the sources.
func handlers(sources []*source, visit func(*source, *Handler, *idl.Handler)) {
	for _, s := range sources {
		for _, sym := range s.symbols {
			svc, ok := sym.target.(*Service)
			if !ok {
				continue
			}
			for i, d := range sym.decl.(*idl.Service).Handlers {
				visit(s, svc.Handlers[i], d)
			}
		}
	}
}

func (l *linter) missingDocs() {
	handlers(l.roots(), func(_ *source, h *Handler, d *idl.Handler) {
		if len(h.Doc) == 0 {
			l.warn("lint/doc-missing", d.Name.Span, "handler `%s` has no doc comment", h.Name).
				help("say above it what it does: callers read it beside the generated method")
		}
	})
}

func (l *linter) implicitCapacities() {
	handlers(l.roots(), func(_ *source, h *Handler, d *idl.Handler) {
		for _, f := range []struct {
			word string
			tree *idl.Flow
		}{{"in", d.In}, {"out", d.Out}} {
			if f.tree == nil || f.tree.Capacity != nil {
				continue
			}
			word := f.tree.Span
			word.End = word.Start
			word.End.Offset += len(f.word)
			word.End.Col += len(f.word)
			l.warn("lint/capacity-implicit", word, "`%s` of stream `%s` leaves its capacity to the default, %d", f.word, h.Name, defaultCapacity).
				help("choose how many messages the receiver holds unread").
				fix("write `"+f.word+"(16)`", behind(word), "(16)")
		}
	})
}

// deprecatedUses finds references to what is deprecated, except from what is
// deprecated itself.
func (l *linter) deprecatedUses() {
	for _, s := range l.trees.sources {
		for _, sym := range s.symbols {
			if sym.info.Deprecated == "" {
				continue
			}
			for _, u := range sym.uses {
				if u.in.root && !u.deprecated && u.by.info.Deprecated == "" {
					l.warn("lint/deprecated-use", u.at, "%s `%s` is deprecated: %s", sym.kind, sym.info.Name, sym.info.Deprecated).
						also(sym.info.Span, "declared here")
				}
			}
		}
	}
}

func (l *linter) unusedImports() {
	for _, s := range l.roots() {
		for _, link := range s.imports {
			if link.used {
				continue
			}
			f := l.warn("lint/unused-import", link.decl.PathAt, "import `%s` is not used", link.decl.Path)
			if link.decl.Comment == "" && s.standsAlone(link.decl) {
				f.fix("remove it", s.wholeLine(link.decl.Span), "")
			}
		}
	}
}

// standsAlone reports whether an import has its line for itself.
func (s *source) standsAlone(decl *idl.Import) bool {
	line := strings.TrimSpace(s.lineAt(decl.Span.Start.Offset))
	rest, _ := strings.CutPrefix(line, "import")
	return strings.TrimSpace(rest) == string(s.file.Source[decl.Span.Start.Offset:decl.Span.End.Offset])
}

// wholeLine is the line that a span starts on, with its line end.
func (s *source) wholeLine(at idl.Span) idl.Span {
	line := s.lineAt(at.Start.Offset)
	start := at.Start
	start.Offset -= start.Col - 1
	start.Col = 1
	end := idl.Pos{Offset: start.Offset + len(line) + 1, Line: start.Line + 1, Col: 1}
	if end.Offset > len(s.file.Source) {
		end = idl.Pos{Offset: start.Offset + len(line), Line: start.Line, Col: len(line) + 1}
	}
	return idl.Span{File: s.path, Start: start, End: end}
}

// IsLintRule reports whether there is a rule with the id.
func IsLintRule(id string) bool {
	return slices.ContainsFunc(lintRules, func(r lintRule) bool { return r.id == id })
}

func lintRuleIDs() []string {
	var ids []string
	for _, r := range lintRules {
		ids = append(ids, strings.TrimPrefix(r.id, "lint/"))
	}
	return ids
}
