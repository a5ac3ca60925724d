package index

import (
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// refer collects the references of a file.
func (f *File) refer(x *Index) {
	for _, s := range f.Symbols {
		f.referFrom(x, s)
		for _, m := range s.Members {
			f.referFrom(x, m)
		}
	}
}

func (f *File) referFrom(x *Index, s *Symbol) {
	for _, a := range s.Meta.Annos {
		f.anno(x, a)
	}
	switch n := s.Node.(type) {
	case *idl.Const:
		f.typ(x, n.Type)
	case *idl.Annotation:
		for _, p := range n.Params {
			f.typ(x, p.Type)
		}
	case *idl.Service:
		for _, ref := range n.Errors {
			f.ref(x, ref)
		}
	case *idl.Field:
		f.typ(x, n.Type)
	case *idl.Handler:
		f.typ(x, n.Request)
		f.typ(x, n.Response)
		for _, flow := range []*idl.Flow{n.In, n.Out} {
			if flow != nil {
				f.typ(x, flow.Type)
			}
		}
		for _, ref := range n.Errors {
			f.ref(x, ref)
		}
	}
}

// anno collects an annotation that a file declares, and the constants in its arguments.
func (f *File) anno(x *Index, a *idl.Anno) {
	if a.Name != nil {
		f.ref(x, &idl.Ref{Package: a.Package, Name: a.Name})
	}
	for _, arg := range a.Args {
		if arg.Value != nil {
			f.ref(x, arg.Value.Ref)
		}
	}
}

func (f *File) typ(x *Index, t *idl.Type) {
	for ; t != nil; t = t.Elem {
		f.Types = append(f.Types, t)
		f.typ(x, t.Key)
		f.ref(x, t.Ref)
	}
}

func (f *File) ref(x *Index, ref *idl.Ref) {
	if ref == nil {
		return
	}
	if ref.Package != nil && f.names[ref.Package.Name] != nil {
		f.occurs(ref.Package.Span, f.names[ref.Package.Name], false)
	}
	if s := x.Resolve(f, ref); s != nil {
		f.occurs(ref.Name.Span, s, false)
	}
}

// At is the place at an offset where something is named; the end of a name belongs to
// it. It is nil where nothing is.
func (f *File) At(offset int) *Occurrence {
	for i := range f.Occurrences {
		o := &f.Occurrences[i]
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
