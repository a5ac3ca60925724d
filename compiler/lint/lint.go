package lint

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// Options chooses the rules.
type Options struct {
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
func Lint(s *ir.Schema, opts Options) []*idl.Diagnostic {
	l := &linter{schema: s, trees: check.TreesOf(s)}
	enabled := make(map[string]bool)
	for _, rule := range lintRules {
		if !rule.off || slices.Contains(opts.Enable, rule.id) {
			enabled[rule.id] = true
			rule.run(l)
		}
	}
	for _, src := range l.trees.Sources {
		if src.Root {
			l.found = applyIgnores(src, l.found, enabled)
		}
	}
	return diag.SortDiagnostics(l.found)
}

// linter collects what the rules find.
type linter struct {
	schema *ir.Schema
	trees  *check.Trees
	found  []*idl.Diagnostic
}

func (l *linter) warn(id string, at idl.Span, format string, args ...any) diag.Finding {
	f := diag.NewFinding(idl.SeverityWarning, id, at, format, args...)
	l.found = append(l.found, f.D)
	return f
}

// roots are the sources that are linted.
func (l *linter) roots() []*check.Source {
	return slices.DeleteFunc(slices.Clone(l.trees.Sources), func(s *check.Source) bool { return !s.Root })
}

func (l *linter) missingDocs() {
	check.Handlers(l.roots(), func(_ *check.Source, h *ir.Handler, d *idl.Handler) {
		if len(h.Doc) == 0 {
			l.warn("lint/doc-missing", d.Name.Span, "handler `%s` has no doc comment", h.Name).
				Help("say above it what it does: callers read it beside the generated method")
		}
	})
}

func (l *linter) implicitCapacities() {
	check.Handlers(l.roots(), func(_ *check.Source, h *ir.Handler, d *idl.Handler) {
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
			l.warn("lint/capacity-implicit", word, "`%s` of stream `%s` leaves its capacity to the default, %d", f.word, h.Name, check.DefaultCapacity).
				Help("choose how many messages the receiver holds unread").
				Fix("write `"+f.word+"(16)`", diag.Behind(word), "(16)")
		}
	})
}

// deprecatedUses finds references to what is deprecated, except from what is
// deprecated itself.
func (l *linter) deprecatedUses() {
	for _, s := range l.trees.Sources {
		for _, sym := range s.Symbols {
			if sym.Info.Deprecated == "" {
				continue
			}
			for _, u := range sym.Uses {
				if u.In.Root && !u.Deprecated && u.By.Info.Deprecated == "" {
					l.warn("lint/deprecated-use", u.At, "%s `%s` is deprecated: %s", sym.Kind, sym.Info.Name, sym.Info.Deprecated).
						Also(sym.Info.Span, "declared here")
				}
			}
		}
	}
}

func (l *linter) unusedImports() {
	for _, s := range l.roots() {
		for _, link := range s.Imports {
			if link.Used {
				continue
			}
			f := l.warn("lint/unused-import", link.Decl.PathAt, "import `%s` is not used", link.Decl.Path)
			if link.Decl.Comment == "" && s.StandsAlone(link.Decl) {
				f.Fix("remove it", s.WholeLine(link.Decl.Span), "")
			}
		}
	}
}

// IsRule reports whether there is a rule with the id.
func IsRule(id string) bool {
	return slices.ContainsFunc(lintRules, func(r lintRule) bool { return r.id == id })
}

func lintRuleIDs() []string {
	var ids []string
	for _, r := range lintRules {
		ids = append(ids, strings.TrimPrefix(r.id, "lint/"))
	}
	return ids
}
