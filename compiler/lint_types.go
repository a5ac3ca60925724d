package compiler

import (
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// unusedTypes finds types and errors of a file with services that nothing in the
// module reaches from a handler. A file without services is there for others, so
// all of it counts as used.
func (l *linter) unusedTypes() {
	reached := make(map[*symbol]bool)
	var reach func(*symbol)
	holds := l.references()
	reach = func(sym *symbol) {
		if reached[sym] {
			return
		}
		reached[sym] = true
		for _, next := range holds[sym] {
			reach(next)
		}
	}
	for _, s := range l.trees.sources {
		for _, sym := range s.symbols {
			if sym.kind == "service" || len(s.pkg.Services) == 0 {
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
		l.warn("lint/unused-type", sym.info.Span, "%s `%s` is not used by any handler", sym.kind, sym.info.Name).
			help("remove it, or move it to a file without services")
	}
}

// unreached are the types and errors of the linted files that are not reached.
func (l *linter) unreached(reached map[*symbol]bool) []*symbol {
	var left []*symbol
	for _, s := range l.roots() {
		for _, sym := range s.symbols {
			if !reached[sym] && sym.kind != "const" {
				left = append(left, sym)
			}
		}
	}
	return left
}

// usedAround reports whether a file of the module that was not loaded may refer to
// the symbol: an editor, or a hook, lints one file at a time.
func (l *linter) usedAround(sym *symbol) bool {
	return slices.ContainsFunc(l.trees.around(), func(n *neighbour) bool { return n.uses(sym.in.gridFile, sym.info.Name) })
}

// references are, for each declaration, those that it refers to.
func (l *linter) references() map[*symbol][]*symbol {
	holds := make(map[*symbol][]*symbol)
	for _, s := range l.trees.sources {
		for _, sym := range s.symbols {
			for _, u := range sym.uses {
				holds[u.by] = append(holds[u.by], sym)
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
	handlers(l.trees.sources, func(s *source, h *Handler, d *idl.Handler) {
		declared := declaredType(h.Request)
		if declared == nil {
			return
		}
		other, shared := first[declared]
		if !shared {
			first[declared] = taker{h.Name, d.Request.Span}
			return
		}
		if s.root {
			l.warn("lint/request-shared", d.Request.Span, "`%s` is also the request of `%s`", refText(d.Request.Ref), other.name).
				also(other.at, "the other handler").
				help("give each handler a request of its own, so that each can grow alone")
		}
	})
}

// declaredType is the message or union that a payload is; nil for any other.
func declaredType(t *Type) any {
	switch {
	case t == nil:
		return nil
	case t.Kind == MessageKind:
		return t.Message
	case t.Kind == UnionKind:
		return t.Union
	}
	return nil
}

func (l *linter) echoedRequests() {
	handlers(l.roots(), func(_ *source, h *Handler, d *idl.Handler) {
		if declared := declaredType(h.Response); declared != nil && declared == declaredType(h.Request) {
			l.warn("lint/response-is-request", d.Response.Span, "the response of `%s` is its request type", h.Name).
				also(d.Request.Span, "the request").
				help("give the response a message of its own, so that each can grow alone")
		}
	})
}

// unbounded finds what a caller may send without a declared limit.
func (l *linter) unbounded() {
	seen := make(map[any]bool)
	var visit func(*Type)
	visit = func(t *Type) {
		for t != nil && t.Elem != nil {
			t = t.Elem
		}
		declared := declaredType(t)
		if declared == nil || seen[declared] {
			return
		}
		seen[declared] = true
		for _, f := range fieldsOf(declared) {
			if sizable(f.Type) && f.Limit == 0 {
				l.unboundedField(f)
			}
			visit(f.Type)
		}
	}
	handlers(l.trees.sources, func(_ *source, h *Handler, _ *idl.Handler) {
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
		for _, f := range s.fields() {
			for at := f.Type; at != nil; at = at.Elem {
				if isByteList(at) {
					list := idl.Span{File: s.path, Start: at.Span.Start, End: at.Elem.Span.End}
					l.warn("lint/byte-list", list, "`[]uint8` is a list of numbers, each encoded by itself").
						help("for bytes write `bytes`").
						fix("write `bytes`", list, "bytes").guess(false)
				}
			}
		}
	}
}

// fields are those of all messages, unions and errors of a file.
func (s *source) fields() []*idl.Field {
	var fields []*idl.Field
	for _, sym := range s.symbols {
		switch d := sym.decl.(type) {
		case *idl.Message:
			fields = append(fields, d.Fields...)
		case *idl.Union:
			fields = append(fields, d.Fields...)
		case *idl.Error:
			fields = append(fields, d.Fields...)
		}
	}
	return fields
}

// isByteList reports whether a type is written `[]uint8`.
func isByteList(t *idl.Type) bool {
	return t.Elem != nil && t.Key == nil && t.Elem.Ref != nil && t.Elem.Ref.Package == nil && t.Elem.Ref.Name.Name == "uint8"
}

func sizable(t *Type) bool { return t.Kind == List || t.Kind == Map || t.Kind == Bytes }

func (l *linter) unboundedField(f *Field) {
	for _, s := range l.roots() {
		if s.path == f.Span.File {
			l.warn("lint/unbounded", f.Span, "`%s` has no `@limit`, and a request carries it", f.Name).
				help("say how much of it there can be: `@limit(1024)`")
		}
	}
}
