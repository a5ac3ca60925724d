package index

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// Occurrence is a place where a symbol is named.
type Occurrence struct {
	At     idl.Span
	Symbol *Symbol
	Decl   bool // it is declared here
}

// references are what is named in a file, found when somebody first asks.
type references struct {
	isFound     bool
	occurrences []Occurrence // in order
	types       []*idl.Type  // as written, the inner ones after the outer ones
}

// Occurrences are the places where something is named in a file, in order.
func (x *Index) Occurrences(f *File) []Occurrence { return x.references(f).occurrences }

// Types are the types as they are written in a file, the inner ones after the outer ones.
func (x *Index) Types(f *File) []*idl.Type { return x.references(f).types }

func (x *Index) references(f *File) *references {
	r := f.refs
	if r.isFound {
		return r
	}
	w := &walk{x: x, f: f}
	w.declarations()
	w.refer()
	slices.SortStableFunc(w.occurrences, func(a, b Occurrence) int { return cmp.Compare(a.At.Start.Offset, b.At.Start.Offset) })
	*r = references{true, w.occurrences, w.types}
	return r
}

// walk goes over a file and collects what is named.
type walk struct {
	references
	x *Index
	f *File
}

func (w *walk) occurs(at idl.Span, s *Symbol, decl bool) {
	w.occurrences = append(w.occurrences, Occurrence{At: at, Symbol: s, Decl: decl})
}

// declarations collects what the file declares, and what it calls imports.
func (w *walk) declarations() {
	if clause := w.f.Tree.Package; clause != nil {
		w.occurs(clause.Span, w.f.group.pkg, true)
	}
	for _, s := range w.f.Symbols {
		w.occurs(s.At, s, true)
		for _, m := range s.Members {
			w.occurs(m.At, m, true)
		}
	}
	for _, l := range w.f.links {
		if s := w.f.names[l.name]; s != nil && s.Kind == Alias && s.Node == l.decl {
			w.occurs(s.At, s, true)
		}
	}
}

// refer collects the references of a file.
func (w *walk) refer() {
	for _, s := range w.f.Symbols {
		w.referFrom(s)
		for _, m := range s.Members {
			w.referFrom(m)
		}
	}
}

func (w *walk) referFrom(s *Symbol) {
	for _, a := range s.Meta.Annos {
		w.anno(a)
	}
	switch n := s.Node.(type) {
	case *idl.Const:
		w.typ(n.Type)
	case *idl.Annotation:
		for _, p := range n.Params {
			w.typ(p.Type)
		}
	case *idl.Service:
		for _, ref := range n.Errors {
			w.ref(ref)
		}
	case *idl.Field:
		w.typ(n.Type)
	case *idl.Handler:
		w.typ(n.Request)
		w.typ(n.Response)
		for _, flow := range []*idl.Flow{n.In, n.Out} {
			if flow != nil {
				w.typ(flow.Type)
			}
		}
		for _, ref := range n.Errors {
			w.ref(ref)
		}
	}
}

// anno collects an annotation that a file declares, and the constants in its arguments.
func (w *walk) anno(a *idl.Anno) {
	if a.Name != nil {
		w.ref(&idl.Ref{Package: a.Package, Name: a.Name})
	}
	for _, arg := range a.Args {
		if arg.Value != nil {
			w.ref(arg.Value.Ref)
		}
	}
}

func (w *walk) typ(t *idl.Type) {
	for ; t != nil; t = t.Elem {
		w.types = append(w.types, t)
		w.typ(t.Key)
		w.ref(t.Ref)
	}
}

func (w *walk) ref(ref *idl.Ref) {
	if ref == nil {
		return
	}
	if ref.Package != nil && w.f.names[ref.Package.Name] != nil {
		w.occurs(ref.Package.Span, w.f.names[ref.Package.Name], false)
	}
	if s := w.x.Resolve(w.f, ref); s != nil {
		w.occurs(ref.Name.Span, s, false)
	}
}

// At is the place at an offset of a file where something is named; the end of a name belongs to
// it. It is nil where nothing is.
func (x *Index) At(f *File, offset int) *Occurrence {
	all := x.Occurrences(f)
	for i := range all {
		o := &all[i]
		if o.At.Start.Offset <= offset && offset <= o.At.End.Offset {
			return o
		}
	}
	return nil
}

// Around are the symbols that an offset lies in, the outer ones first.
func (f *File) Around(offset int) []*Symbol {
	var around []*Symbol
	for _, s := range f.Symbols {
		if holds(s.Span, offset) {
			around = append(around, s)
			i := slices.IndexFunc(s.Members, func(m *Symbol) bool { return holds(m.Span, offset) })
			if i >= 0 {
				around = append(around, s.Members[i])
			}
		}
	}
	return around
}

func holds(at idl.Span, offset int) bool {
	return at.Start.Offset <= offset && offset <= at.End.Offset
}

// ImportAt is the import whose path an offset lies in, or nil.
func (f *File) ImportAt(offset int) *idl.Import {
	for _, decl := range f.Tree.Imports {
		if holds(decl.PathAt, offset) {
			return decl
		}
	}
	return nil
}
