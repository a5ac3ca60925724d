package lint

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// unusedTypes finds types and errors of a file with services that nothing in the
// module reaches from a handler. A file without services is there for others, so
// all of it counts as used.
func (l *linter) unusedTypes() {
	reached := make(map[any]bool)
	var reach func(_ *ir.Info, target any, _ idl.Span)
	reach = func(_ *ir.Info, target any, _ idl.Span) {
		if !reached[target] {
			reached[target] = true
			references(target, reach)
		}
	}
	for _, p := range l.schema.Packages {
		serving := filesWithServices(p)
		for _, d := range p.Declarations() {
			if d.Kind == "service" || d.Kind == "annotation" || !serving[d.Info.Span.File] {
				reach(nil, d.Target, d.Info.Span)
			}
		}
	}
	for _, d := range l.unreached(reached) {
		if l.usedAround(d) {
			reach(nil, d.Target, d.Info.Span)
		}
	}
	for _, d := range l.unreached(reached) {
		l.warn("lint/unused-type", d.Info.Span, "%s `%s` is not used by any handler", d.Kind, d.Info.Name).
			Help("remove it, or move it to a file without services")
	}
}

// filesWithServices are the files of a package that declare one.
func filesWithServices(p *ir.Package) map[string]bool {
	files := make(map[string]bool)
	for _, svc := range p.Services {
		files[svc.Span.File] = true
	}
	return files
}

// unreached are the types and errors of the linted files that are not reached.
func (l *linter) unreached(reached map[any]bool) []*ir.Declaration {
	var left []*ir.Declaration
	for _, p := range l.roots() {
		for _, d := range p.Declarations() {
			if !reached[d.Target] && d.Kind != "const" {
				left = append(left, d)
			}
		}
	}
	return left
}

// usedAround reports whether a file of the module that was not loaded may refer to
// the declaration: an editor, or a hook, lints one file at a time.
func (l *linter) usedAround(d *ir.Declaration) bool {
	file := l.file(d.Info.Span)
	return slices.ContainsFunc(l.loaded.Around(), func(n *load.Neighbour) bool { return n.Uses(file, d.Info.Name) })
}

// references calls visit for the types and errors that a declaration refers to, with
// the member that does so, and where.
func references(target any, visit func(by *ir.Info, target any, at idl.Span)) {
	types := func(by *ir.Info, types ...*ir.Type) {
		for len(types) > 0 {
			t := types[0]
			if types = types[1:]; t == nil {
				continue
			}
			if declared := t.Declared(); declared != nil {
				visit(by, declared, t.NameAt)
			}
			types = append(types, t.Key, t.Elem)
		}
	}
	for _, f := range ir.FieldsOf(target) {
		types(&f.Info, f.Type)
	}
	if a, ok := target.(*ir.Annotation); ok {
		for _, p := range a.Params {
			types(&p.Info, p.Type)
		}
	}
	svc, ok := target.(*ir.Service)
	if !ok {
		return
	}
	for _, h := range svc.Handlers {
		types(&h.Info, h.Request, h.Response, ir.FlowType(h.In), ir.FlowType(h.Out))
		for i, e := range h.Errors {
			visit(&h.Info, e, h.ErrorsAt[i])
		}
	}
}

// sharedRequests finds a request type that two handlers take: a field that one
// of them comes to need would be a field of the other.
func (l *linter) sharedRequests() {
	type taker struct {
		name string
		at   idl.Span
	}
	first := make(map[any]taker)
	handlers(l.schema.Packages, func(p *ir.Package, h *ir.Handler) {
		declared := declaredType(h.Request)
		if declared == nil {
			return
		}
		other, shared := first[declared]
		if !shared {
			first[declared] = taker{h.Name, h.Request.Span}
			return
		}
		if p.Root {
			l.warn("lint/request-shared", h.Request.Span, "`%s` is also the request of `%s`", textAt(l.file(h.Request.NameAt), h.Request.NameAt), other.name).
				Also(other.at, "the other handler").
				Help("give each handler a request of its own, so that each can change without the other")
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
	handlers(l.roots(), func(_ *ir.Package, h *ir.Handler) {
		if declared := declaredType(h.Response); declared != nil && declared == declaredType(h.Request) {
			l.warn("lint/response-is-request", h.Response.Span, "the response of `%s` is its request type", h.Name).
				Also(h.Request.Span, "the request").
				Help("give the response a message of its own, so that each can change without the other")
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
	handlers(l.schema.Packages, func(_ *ir.Package, h *ir.Handler) {
		visit(h.Request)
		visit(ir.FlowType(h.In))
	})
}

// byteLists finds lists of `uint8` in the place of `bytes`. To change one that is
// in use changes the wire, so the fix is for people to choose.
func (l *linter) byteLists() {
	for _, p := range l.roots() {
		for _, d := range p.Declarations() {
			for _, f := range ir.FieldsOf(d.Target) {
				l.byteList(f.Type)
			}
		}
	}
}

func (l *linter) byteList(t *ir.Type) {
	for ; t != nil; t = t.Elem {
		if t.IsByteList() {
			list := idl.Span{File: t.Span.File, Start: t.Span.Start, End: t.Elem.Span.End}
			l.warn("lint/byte-list", list, "`[]uint8` is a list of numbers, each encoded by itself").
				Help("for bytes write `bytes`").
				Fix("write `bytes`", list, "bytes").Guess(false)
		}
	}
}

func sizable(t *ir.Type) bool { return t.Kind == ir.List || t.Kind == ir.Map || t.Kind == ir.Bytes }

func (l *linter) unboundedField(f *ir.Field) {
	l.warn("lint/unbounded", f.Span, "`%s` is part of a request and has no `@limit`", f.Name).
		Help("set the maximum: `@limit(1024)`")
}
