package ir

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/runtime/schema"
)

// Lower describes the services of a package as they are on the wire. The table
// holds every shape that they need, those of imported packages included, in the
// order in which they are first met; so it refers to no other table.
func Lower(p *Package) *schema.Table {
	l := &lowering{out: &schema.Table{}, index: map[any]int{}}
	l.services(p, func(*Service) bool { return true })
	l.sort()
	return l.out
}

// LowerAll describes those services of the packages that were named which are wanted: all
// of one product. Then come all types that these packages declare, whether a handler
// reaches them or not.
func LowerAll(s *Schema, wanted func(*Service) bool) *schema.Table {
	l := &lowering{out: &schema.Table{}, index: map[any]int{}, apart: true}
	for _, p := range s.Packages {
		if p.Root {
			l.services(p, wanted)
		}
	}
	l.sort()
	for _, p := range s.Packages {
		if p.Root {
			l.declared(p)
		}
	}
	return l.out
}

// declared lowers the types that a package declares.
func (l *lowering) declared(p *Package) {
	for _, e := range p.Enums {
		l.enum(e, p)
	}
	for _, m := range p.Messages {
		l.message(m, p)
	}
	for _, u := range p.Unions {
		l.union(u, p)
	}
	for _, e := range p.Errors {
		l.message(e.Body, p)
	}
}

// Products are the products of the services of the packages that were named, each once, in
// order; there is always one.
func (s *Schema) Products() []string {
	products := []string{}
	for _, p := range s.Packages {
		for _, svc := range p.Services {
			if p.Root {
				products = append(products, svc.Product)
			}
		}
	}
	if len(products) == 0 {
		return []string{""}
	}
	slices.Sort(products)
	return slices.Compact(products)
}

// lowering builds a table. A declaration gets its index before its members are
// lowered, which ends types that contain themselves.
type lowering struct {
	out   *schema.Table
	index map[any]int // *Enum, *Message, *Union, *Extern, None → index of its shape
	apart bool        // packages with the same name are told apart
}

// name is the name of a package in the table.
func (l *lowering) name(p *Package) string {
	if l.apart {
		return p.ID()
	}
	return p.Name
}

func (l *lowering) services(p *Package, wanted func(*Service) bool) {
	for _, svc := range p.Services {
		if !wanted(svc) {
			continue
		}
		for _, h := range svc.Handlers {
			l.out.Handlers = append(l.out.Handlers, l.handler(svc, h))
		}
		l.out.Reserved = append(l.out.Reserved, lowerRanges(svc.Reserved)...)
	}
}

func (l *lowering) sort() {
	slices.SortFunc(l.out.Handlers, func(a, b schema.Handler) int { return cmp.Compare(a.ID, b.ID) })
}

func (l *lowering) handler(svc *Service, h *Handler) schema.Handler {
	out := schema.Handler{
		ID:       h.ID,
		Name:     l.name(svc.Package) + "." + svc.Name + "." + h.Name,
		Stream:   h.Stream,
		Request:  l.optionalType(h.Request),
		Response: l.optionalType(h.Response),
	}
	for _, s := range svc.Subroutes {
		out.Subroutes = append(out.Subroutes, s.Fixed)
	}
	if h.In != nil {
		out.In, out.InCapacity = l.optionalType(h.In.Type), h.In.Capacity
	}
	if h.Out != nil {
		out.Out, out.OutCapacity = l.optionalType(h.Out.Type), h.Out.Capacity
	}
	for _, e := range h.Errors {
		out.Errors = append(out.Errors, schema.Error{Code: e.Code, Shape: l.message(e.Body, e.Package)})
	}
	return out
}

// HandlerName is the name of a handler in messages to people, at both ends.
func HandlerName(svc *Service, h *Handler) string {
	return svc.Package.Name + "." + svc.Name + "." + h.Name
}

func (l *lowering) optionalType(t *Type) *schema.Type {
	if t == nil {
		return nil
	}
	out := l.typ(t)
	return &out
}

func (l *lowering) typ(t *Type) schema.Type {
	out := schema.Type{
		Kind:     t.Kind,
		Optional: t.Optional,
		Key:      l.optionalType(t.Key),
		Elem:     l.optionalType(t.Elem),
	}
	switch t.Kind {
	case None:
		out.Kind, out.Shape = MessageKind, l.nothing()
	case EnumKind:
		out.Shape = l.enum(t.Enum, t.Package)
	case MessageKind:
		out.Shape = l.message(t.Message, t.Package)
	case UnionKind:
		out.Shape = l.union(t.Union, t.Package)
	case ExternKind:
		out.Shape = l.extern(t.Extern)
	}
	return out
}

// once returns the index of a declaration's shape, which build makes when it is
// met for the first time.
func (l *lowering) once(decl any, build func() schema.Shape) int {
	i, ok := l.index[decl]
	if ok {
		return i
	}
	i = len(l.out.Shapes)
	l.index[decl] = i
	l.out.Shapes = append(l.out.Shapes, schema.Shape{})
	l.out.Shapes[i] = build()
	return i
}

func (l *lowering) enum(e *Enum, p *Package) int {
	return l.once(e, func() schema.Shape {
		s := schema.Shape{Kind: schema.Enum, Name: l.name(p) + "." + e.Name, Base: e.Base}
		for _, v := range e.Values {
			s.Values = append(s.Values, schema.Value{Name: v.Name, Number: v.Number})
		}
		return withReserved(s, e.Reserved)
	})
}

func (l *lowering) message(m *Message, p *Package) int {
	return l.once(m, func() schema.Shape {
		s := schema.Shape{Kind: schema.Message, Name: l.name(p) + "." + m.Name, Limit: m.SizeLimit, Tuple: m.Tuple}
		s.Fields = l.fields(m.Fields, m.StringKeys)
		return withReserved(s, m.Reserved)
	})
}

func (l *lowering) union(u *Union, p *Package) int {
	return l.once(u, func() schema.Shape {
		s := schema.Shape{Kind: schema.Union, Name: l.name(p) + "." + u.Name}
		s.Fields = l.fields(u.Variants, false)
		return withReserved(s, u.Reserved)
	})
}

// nothing is the shape of variants without a value. No declaration can be called so: it
// would have a package before its name.
func (l *lowering) nothing() int {
	return l.once(None, func() schema.Shape { return schema.Shape{Kind: schema.Message, Name: "nothing"} })
}

func (l *lowering) extern(x *Extern) int {
	return l.once(x, func() schema.Shape {
		return schema.Shape{Kind: schema.Extern, Name: x.ImportPath + "." + x.TypeName}
	})
}

func (l *lowering) fields(fields []*Field, stringKeys bool) []schema.Field {
	var out []schema.Field
	for _, f := range fields {
		s := schema.Field{Name: f.Name, Type: l.typ(f.Type), Limit: f.Limit, Each: f.EachLimit, KeyLimit: f.KeyLimit, Secret: f.Secret}
		if stringKeys {
			s.Key = f.Key
		} else {
			s.Number = f.Number
		}
		out = append(out, s)
	}
	return out
}

func withReserved(s schema.Shape, r Reserved) schema.Shape {
	s.Reserved = lowerRanges(r)
	s.Keys = slices.Clone(r.Names)
	return s
}

func lowerRanges(r Reserved) []schema.Range {
	var out []schema.Range
	for _, x := range r.Ranges {
		out = append(out, schema.Range(x))
	}
	return out
}
