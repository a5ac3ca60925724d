package lint

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
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
	{id: "lint/doc-missing-type", off: true, run: (*linter).missingTypeDocs},
	{id: "lint/name-case", run: (*linter).nameCase},
	{id: "lint/request-shared", run: (*linter).sharedRequests},
	{id: "lint/response-is-request", run: (*linter).echoedRequests},
	{id: "lint/capacity-implicit", run: (*linter).implicitCapacities},
	{id: "lint/unbounded", off: true, run: (*linter).unbounded},
	{id: "lint/byte-list", run: (*linter).byteLists},
	{id: "lint/reuse-idle", run: (*linter).idleReuse},
	{id: "lint/stream-timeout", run: (*linter).streamTimeouts},
	{id: "lint/deprecated-use", run: (*linter).deprecatedUses},
}

// Lint looks for what is legal and probably a mistake in the files of a loaded
// schema that were named, not only imported. A comment silences one finding:
//
//	//gridc:ignore lint/RULE reason
//
// It stands after the line that it speaks of, or on its own line above.
func Lint(s *ir.Schema, opts Options) []*idl.Diagnostic {
	l := &linter{schema: s, loaded: load.LoadedFor(s.Origin)}
	enabled := make(map[string]bool)
	for _, rule := range lintRules {
		if !rule.off || slices.Contains(opts.Enable, rule.id) {
			enabled[rule.id] = true
			rule.run(l)
		}
	}
	l.found = l.inNamed()
	for _, file := range l.loaded.Files {
		if file.Root {
			l.found = applyIgnores(file, l.found, enabled)
		}
	}
	return diag.SortDiagnostics(l.found)
}

// linter collects what the rules find.
type linter struct {
	schema *ir.Schema
	loaded *load.Loaded // its files
	found  []*idl.Diagnostic
}

func (l *linter) warn(id string, at idl.Span, format string, args ...any) diag.Finding {
	f := diag.NewFinding(idl.SeverityWarning, id, at, format, args...)
	l.found = append(l.found, f.D)
	return f
}

// roots are the packages that are linted.
func (l *linter) roots() []*ir.Package {
	return slices.DeleteFunc(slices.Clone(l.schema.Packages), func(p *ir.Package) bool { return !p.Root })
}

// file is the file of a place.
func (l *linter) file(at idl.Span) *load.File {
	return l.loaded.Files[slices.IndexFunc(l.loaded.Files, func(f *load.File) bool { return f.Path == at.File })]
}

// inNamed leaves what was found in the files that were named: others may belong to the
// same packages.
func (l *linter) inNamed() []*idl.Diagnostic {
	return slices.DeleteFunc(l.found, func(d *idl.Diagnostic) bool { return !l.file(d.Span).Root })
}

// handlers calls visit for every handler of the packages.
func handlers(packages []*ir.Package, visit func(*ir.Package, *ir.Handler)) {
	for _, p := range packages {
		for _, svc := range p.Services {
			for _, h := range svc.Handlers {
				visit(p, h)
			}
		}
	}
}

func (l *linter) missingDocs() {
	handlers(l.roots(), func(_ *ir.Package, h *ir.Handler) {
		if len(h.Doc) == 0 {
			l.warn("lint/doc-missing", h.Span, "handler `%s` has no doc comment", h.Name).
				Help("describe it in a comment above it: the generated method has the same comment")
		}
	})
}

// missingTypeDocs finds declarations without a doc comment, but for constants.
func (l *linter) missingTypeDocs() {
	for _, p := range l.roots() {
		for _, d := range p.Declarations() {
			if len(d.Info.Doc) == 0 && d.Kind != "const" {
				l.warn("lint/doc-missing-type", d.Info.Span, "%s `%s` has no doc comment", d.Kind, d.Info.Name).
					Help("describe it in a comment above it: the Go type has the same comment")
			}
		}
	}
}

func (l *linter) implicitCapacities() {
	handlers(l.roots(), func(_ *ir.Package, h *ir.Handler) {
		for word, flow := range map[string]*ir.Flow{"in": h.In, "out": h.Out} {
			if flow == nil || flow.Explicit {
				continue
			}
			at := flow.Span
			at.End = at.Start
			at.End.Offset += len(word)
			at.End.Col += len(word)
			l.warn("lint/capacity-implicit", at, "`%s` of stream `%s` uses the default capacity, %d", word, h.Name, flow.Capacity).
				Help("choose how many messages the receiver holds unread").
				Fix("write `"+word+"(16)`", diag.Behind(at), "(16)")
		}
	})
}

// deprecatedUses finds references to what is deprecated, except from what is
// deprecated itself.
func (l *linter) deprecatedUses() {
	decls := make(map[any]*ir.Declaration)
	isAny := false
	for _, p := range l.schema.Packages {
		for _, d := range p.Declarations() {
			decls[d.Target] = d
			isAny = isAny || d.Info.Deprecated != ""
		}
	}
	if !isAny {
		return
	}
	for _, d := range decls {
		if !d.Package.Root || d.Info.Deprecated != "" {
			continue
		}
		references(d.Target, func(by *ir.Info, target any, at idl.Span) {
			if to := decls[target]; to.Info.Deprecated != "" && by.Deprecated == "" {
				l.warn("lint/deprecated-use", at, "%s `%s` is deprecated: %s", to.Kind, to.Info.Name, to.Info.Deprecated).
					Also(to.Info.Span, "declared here")
			}
		})
	}
}

func (l *linter) unusedImports() {
	for _, s := range l.loaded.Files {
		for _, link := range s.Imports {
			if link.Used || !s.Root {
				continue
			}
			f := l.warn("lint/unused-import", link.Decl.PathAt, "import `%s` is not used", link.Decl.Path)
			if link.Decl.Comment == "" && standsAlone(s, link.Decl) {
				f.Fix("remove it", wholeLine(s, link.Decl.Span), "")
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
