package ir

import (
	"cmp"
	"fmt"
	"strings"
)

// irResolver turns the names that JSON refers by into pointers, and what JSON leaves
// out into what a checked schema has: packages, and the file of every span. The first
// error is kept.
type irResolver struct {
	packages map[string]*Package
	decls    map[string]any // *Enum, *Message, *Union, *Error, *Extern by "package.Name"
	file     string
	err      error
}

func (r *irResolver) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %s", r.file, fmt.Sprintf(format, args...))
	}
}

// resolveReferences completes packages that come from JSON.
func resolveReferences(packages []*Package) error {
	r := &irResolver{packages: map[string]*Package{}, decls: map[string]any{}}
	for _, p := range packages {
		r.file = p.Path
		if r.packages[p.ID()] != nil {
			r.fail("package %q twice", p.ID())
		}
		r.packages[p.ID()] = p
		for _, d := range p.Declarations() {
			r.declare(d)
		}
	}
	for _, p := range packages {
		if r.err == nil {
			r.file = p.Path
			r.bodies(p)
		}
	}
	return r.err
}

// declare notes a declaration by name.
func (r *irResolver) declare(d *Declaration) {
	d.Info.Span.File = cmp.Or(d.Info.File, r.file)
	if r.decls[d.FullName()] != nil {
		r.fail("%s twice", d.FullName())
	}
	r.decls[d.FullName()] = d.Target
	switch t := d.Target.(type) {
	case *Message:
		t.Package = d.Package
	case *Union:
		t.Package = d.Package
	case *Error:
		t.Package, t.Body.Package, t.Body.Info = d.Package, d.Package, t.Info
	case *Annotation:
		t.Package = d.Package
	case *Service:
		t.Package = d.Package
	}
}

// bodies resolves what is in the declarations of a package.
func (r *irResolver) bodies(p *Package) {
	for i, imported := range p.Imports {
		if p.Imports[i] = r.packages[imported.Name]; p.Imports[i] == nil {
			r.fail("there is no package %q to import", imported.Name)
		}
	}
	for _, d := range p.Declarations() {
		r.file = d.Info.Span.File
		r.marks(d.Info)
		switch t := d.Target.(type) {
		case *Const:
			r.typ(t.Type)
		case *Enum:
			for _, v := range t.Values {
				v.Span.File = r.file
				r.marks(&v.Info)
			}
		case *Annotation:
			r.params(t)
		case *Service:
			r.handlers(t)
		}
		r.fields(FieldsOf(d.Target))
	}
}

// marks resolves the annotations of a thing.
func (r *irResolver) marks(info *Info) {
	for _, m := range info.Marks {
		m.Span.File = r.file
		a, ok := r.decls[m.Annotation.Name].(*Annotation)
		if !ok {
			r.fail("there is no annotation %q", m.Annotation.Name)
			return
		}
		m.Annotation = a
		for _, arg := range m.Args {
			arg.Span.File = r.file
			r.typ(arg.Type)
		}
	}
}

func (r *irResolver) params(a *Annotation) {
	for _, p := range a.Params {
		p.Span.File = r.file
		if p.Type == nil {
			r.fail("%s has no type", p.Name)
		}
		r.typ(p.Type)
	}
}

func (r *irResolver) fields(fields []*Field) {
	for _, f := range fields {
		f.Span.File = r.file
		r.marks(&f.Info)
		if f.Type == nil {
			r.fail("%s has no type", f.Name)
		}
		r.typ(f.Type)
		if f.Rules != nil {
			for _, end := range []*Const{f.Rules.Min, f.Rules.Max} {
				if end != nil {
					end.Span.File = r.file
				}
			}
		}
	}
}

// typ resolves a type, which may be none.
func (r *irResolver) typ(t *Type) {
	if t == nil {
		return
	}
	r.typ(t.Key)
	r.typ(t.Elem)
	if t.Kind < EnumKind {
		return
	}
	full, known := t.DeclName(), false
	switch t.Kind {
	case EnumKind:
		t.Enum, known = r.decls[full].(*Enum)
	case MessageKind:
		t.Message, known = r.message(full)
	case UnionKind:
		t.Union, known = r.decls[full].(*Union)
	case ExternKind:
		t.Extern, known = r.decls[full].(*Extern)
	}
	if !known {
		r.fail("there is no %s %q", t.Kind, full)
	}
	t.Package = r.packages[full[:max(strings.LastIndexByte(full, '.'), 0)]]
}

// message is a declared message, or the body of an error.
func (r *irResolver) message(full string) (*Message, bool) {
	switch d := r.decls[full].(type) {
	case *Message:
		return d, true
	case *Error:
		return d.Body, true
	}
	return nil, false
}

func (r *irResolver) handlers(s *Service) {
	for _, h := range s.Handlers {
		h.Span.File = r.file
		r.marks(&h.Info)
		r.typ(h.Request)
		r.typ(h.Response)
		r.flow(h.In)
		r.flow(h.Out)
		if h.Stream && h.Response != nil && (h.In == nil || h.Out != nil) {
			r.fail("stream %q has a response, and not in alone", h.Name)
		}
		for i, e := range h.Errors {
			found, ok := r.decls[e.Name].(*Error)
			if !ok {
				r.fail("there is no error %q", e.Name)
				return
			}
			h.Errors[i] = found
		}
	}
}

func (r *irResolver) flow(f *Flow) {
	switch {
	case f == nil:
	case f.Type == nil:
		r.fail("a flow without a type")
	default:
		r.typ(f.Type)
	}
}
