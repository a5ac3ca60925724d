package ir

import (
	"fmt"
	"slices"
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
	if slices.Contains(packages, nil) {
		return errNull
	}
	for _, p := range packages {
		r.file = p.Path
		if r.packages[p.Name] != nil {
			r.fail("package %q twice", p.Name)
		}
		r.packages[p.Name] = p
		r.declare(p)
	}
	for _, p := range packages {
		if r.err == nil {
			r.file = p.Path
			r.bodies(p)
		}
	}
	return r.err
}

// all calls f for the entries of a list.
func all[T any](r *irResolver, list []*T, f func(*T)) {
	for _, v := range list {
		if v == nil {
			r.fail("%v", errNull)
			return
		}
		f(v)
	}
}

// declare notes the declarations of a package by name.
func (r *irResolver) declare(p *Package) {
	add := func(i *Info, decl any) {
		i.Span.File = p.Path
		full := p.Name + "." + i.Name
		if r.decls[full] != nil {
			r.fail("%s twice", full)
		}
		r.decls[full] = decl
	}
	all(r, p.Enums, func(e *Enum) { add(&e.Info, e) })
	all(r, p.Messages, func(m *Message) { add(&m.Info, m); m.Package = p })
	all(r, p.Unions, func(u *Union) { add(&u.Info, u); u.Package = p })
	all(r, p.Errors, func(e *Error) {
		add(&e.Info, e)
		e.Package, e.Body.Package, e.Body.Info = p, p, e.Info
	})
	all(r, p.Externs, func(x *Extern) { add(&x.Info, x) })
}

// bodies resolves what is in the declarations of a package.
func (r *irResolver) bodies(p *Package) {
	for i, imported := range p.Imports {
		if p.Imports[i] = r.packages[imported.Name]; p.Imports[i] == nil {
			r.fail("there is no package %q to import", imported.Name)
		}
	}
	all(r, p.Consts, func(c *Const) { c.Span.File = r.file; r.typ(c.Type) })
	for _, e := range p.Enums {
		for _, v := range e.Values {
			v.Span.File = r.file
		}
	}
	for _, m := range p.Messages {
		r.fields(m.Fields)
	}
	for _, u := range p.Unions {
		r.fields(u.Variants)
	}
	for _, e := range p.Errors {
		r.fields(e.Body.Fields)
	}
	all(r, p.Services, func(s *Service) { r.service(p, s) })
}

func (r *irResolver) fields(fields []*Field) {
	all(r, fields, func(f *Field) {
		f.Span.File = r.file
		if f.Type == nil {
			r.fail("%s has no type", f.Name)
			return
		}
		r.typ(f.Type)
	})
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
		t.Message, known = r.decls[full].(*Message)
	case UnionKind:
		t.Union, known = r.decls[full].(*Union)
	case ExternKind:
		t.Extern, known = r.decls[full].(*Extern)
	}
	if !known {
		r.fail("there is no %s %q", t.Kind, full)
	}
	pkg, _, _ := strings.Cut(full, ".")
	t.Package = r.packages[pkg]
}

func (r *irResolver) service(p *Package, s *Service) {
	s.Span.File, s.Package = r.file, p
	all(r, s.Handlers, func(h *Handler) {
		h.Span.File = r.file
		r.typ(h.Request)
		r.typ(h.Response)
		r.flow(h.In)
		r.flow(h.Out)
		for i, e := range h.Errors {
			found, ok := r.decls[e.Name].(*Error)
			if !ok {
				r.fail("there is no error %q", e.Name)
				return
			}
			h.Errors[i] = found
		}
	})
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
