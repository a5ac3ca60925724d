package lint

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// unusedTypes finds types and errors of a file with services that nothing in the
// module reaches from a handler. A file without services is there for others, so
// all of it counts as used.
func (l *linter) unusedTypes() {
	reached := make(map[*check.Symbol]bool)
	var reach func(*check.Symbol)
	holds := l.references()
	reach = func(sym *check.Symbol) {
		if reached[sym] {
			return
		}
		reached[sym] = true
		for _, next := range holds[sym] {
			reach(next)
		}
	}
	for _, s := range l.trees.Sources {
		for _, sym := range s.Symbols {
			if sym.Kind == "service" || len(s.Pkg.Services) == 0 {
				reach(sym)
			}
		}
	}
	for _, sym := range l.unreached(reached) {
		if l.usedAround(sym) {
			reach(sym)
		}
	}
	for _, sym := range l.unreached(reached) {
		l.warn("lint/unused-type", sym.Info.Span, "%s `%s` is not used by any handler", sym.Kind, sym.Info.Name).
			Help("remove it, or move it to a file without services")
	}
}

// unreached are the types and errors of the linted files that are not reached.
func (l *linter) unreached(reached map[*check.Symbol]bool) []*check.Symbol {
	var left []*check.Symbol
	for _, s := range l.roots() {
		for _, sym := range s.Symbols {
			if !reached[sym] && sym.Kind != "const" {
				left = append(left, sym)
			}
		}
	}
	return left
}

// usedAround reports whether a file of the module that was not loaded may refer to
// the symbol: an editor, or a hook, lints one file at a time.
func (l *linter) usedAround(sym *check.Symbol) bool {
	return slices.ContainsFunc(l.trees.Around(), func(n *load.Neighbour) bool { return n.Uses(sym.In.File, sym.Info.Name) })
}

// references are, for each declaration, those that it refers to.
func (l *linter) references() map[*check.Symbol][]*check.Symbol {
	holds := make(map[*check.Symbol][]*check.Symbol)
	for _, s := range l.trees.Sources {
		for _, sym := range s.Symbols {
			for _, u := range sym.Uses {
				holds[u.By] = append(holds[u.By], sym)
			}
		}
	}
	return holds
}

// sharedRequests finds a request type that two handlers take: a field that one
// of them comes to need would be a field of the other.
func (l *linter) sharedRequests() {
	type taker struct {
		name string
		at   idl.Span
	}
	first := make(map[any]taker)
	check.Handlers(l.trees.Sources, func(s *check.Source, h *ir.Handler, d *idl.Handler) {
		declared := declaredType(h.Request)
		if declared == nil {
			return
		}
		other, shared := first[declared]
		if !shared {
			first[declared] = taker{h.Name, d.Request.Span}
			return
		}
		if s.Root {
			l.warn("lint/request-shared", d.Request.Span, "`%s` is also the request of `%s`", check.RefText(d.Request.Ref), other.name).
				Also(other.at, "the other handler").
				Help("give each handler a request of its own, so that each can grow alone")
		}
	})
}

// declaredType is the message or union that a payload is; nil for any other.
func declaredType(t *ir.Type) any {
	switch {
	case t == nil:
		return nil
	case t.Kind == ir.MessageKind:
		return t.Message
	case t.Kind == ir.UnionKind:
		return t.Union
	}
	return nil
}

func (l *linter) echoedRequests() {
	check.Handlers(l.roots(), func(_ *check.Source, h *ir.Handler, d *idl.Handler) {
		if declared := declaredType(h.Response); declared != nil && declared == declaredType(h.Request) {
			l.warn("lint/response-is-request", d.Response.Span, "the response of `%s` is its request type", h.Name).
				Also(d.Request.Span, "the request").
				Help("give the response a message of its own, so that each can grow alone")
		}
	})
}

// unbounded finds what a caller may send without a declared limit.
func (l *linter) unbounded() {
	seen := make(map[any]bool)
	var visit func(*ir.Type)
	visit = func(t *ir.Type) {
		for t != nil && t.Elem != nil {
			t = t.Elem
		}
		declared := declaredType(t)
		if declared == nil || seen[declared] {
			return
		}
		seen[declared] = true
		for _, f := range ir.FieldsOf(declared) {
			if sizable(f.Type) && f.Limit == 0 {
				l.unboundedField(f)
			}
			visit(f.Type)
		}
	}
	check.Handlers(l.trees.Sources, func(_ *check.Source, h *ir.Handler, _ *idl.Handler) {
		visit(h.Request)
		if h.In != nil {
			visit(h.In.Type)
		}
	})
}

// byteLists finds lists of `uint8` in the place of `bytes`. To change one that is
// in use changes the wire, so the fix is for people to choose.
func (l *linter) byteLists() {
	for _, s := range l.roots() {
		for _, f := range s.Fields() {
			for at := f.Type; at != nil; at = at.Elem {
				if ir.IsByteList(at) {
					list := idl.Span{File: s.Path, Start: at.Span.Start, End: at.Elem.Span.End}
					l.warn("lint/byte-list", list, "`[]uint8` is a list of numbers, each encoded by itself").
						Help("for bytes write `bytes`").
						Fix("write `bytes`", list, "bytes").Guess(false)
				}
			}
		}
	}
}

func sizable(t *ir.Type) bool { return t.Kind == ir.List || t.Kind == ir.Map || t.Kind == ir.Bytes }

func (l *linter) unboundedField(f *ir.Field) {
	for _, s := range l.roots() {
		if s.Path == f.Span.File {
			l.warn("lint/unbounded", f.Span, "`%s` has no `@limit`, and a request carries it", f.Name).
				Help("say how much of it there can be: `@limit(1024)`")
		}
	}
}
