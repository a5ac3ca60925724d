package ir

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/runtime/schema"
)

// Revision is one side of a review.
type Revision struct {
	Schema   *Schema
	Table    *schema.Table
	Shapes   map[string]int          // by "package.Name"
	Handlers map[uint16]*HandlerOf   // of packages that were named
	Packages map[string]*Package     // by name
	Decls    map[string]*Declaration // types, errors and consts, by "package.Name"
	Services map[string]*Service     // by "package.Name"

	reserved map[uint16]*Service // who reserves a handler id; see Reserving
	methods  map[goMethod]bool   // see HasMethod
}

// HandlerOf is a handler with its service.
type HandlerOf struct {
	*Handler
	Service *Service
}

// FullName is how messages call the handler.
func (h *HandlerOf) FullName() string { return HandlerName(h.Service, h.Handler) }

// FullName is the name of a service with its package: "storage.Storage".
func FullName(svc *Service) string { return svc.Package.Name + "." + svc.Name }

// LowerRevision lowers the services of the named packages, and then all types
// that these packages declare, whether a handler reaches them or not.
func LowerRevision(s *Schema) *Revision {
	l := &lowering{out: &schema.Table{}, index: map[any]int{}}
	r := &Revision{
		Schema: s, Table: l.out,
		Shapes: map[string]int{}, Handlers: map[uint16]*HandlerOf{},
		Packages: map[string]*Package{}, Decls: map[string]*Declaration{},
		Services: map[string]*Service{},
	}
	for _, p := range s.Packages {
		r.Packages[p.Name] = p
		for _, d := range p.Declarations() {
			if svc, ok := d.Target.(*Service); ok {
				r.Services[d.FullName()] = svc
			} else {
				r.Decls[d.FullName()] = d
			}
		}
		if !p.Root {
			continue
		}
		for _, svc := range p.Services {
			for _, h := range svc.Handlers {
				r.Handlers[h.ID] = &HandlerOf{h, svc}
				l.out.Handlers = append(l.out.Handlers, l.handler(svc, h))
			}
			l.out.Reserved = append(l.out.Reserved, lowerRanges(svc.Reserved)...)
		}
	}
	slices.SortFunc(l.out.Handlers, func(a, b schema.Handler) int { return cmp.Compare(a.ID, b.ID) })
	for _, p := range s.Packages {
		if p.Root {
			l.declared(p)
		}
	}
	for i := range l.out.Shapes {
		if l.out.Shapes[i].Kind != schema.Extern {
			r.Shapes[l.out.Shapes[i].Name] = i
		}
	}
	return r
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

// FirstPart is the package of a subject such as "storage.DiskInfo.4".
func FirstPart(subject string) string {
	name, _, _ := strings.Cut(subject, ".")
	return name
}

// What a review asks again and again about a revision is found in maps that are
// made when first needed: a service may have thousands of handlers.

// Reserving is the service that reserves a handler id.
func (r *Revision) Reserving(id uint16) *Service {
	if r.reserved == nil {
		r.reserved = map[uint16]*Service{}
		for _, p := range r.Schema.Packages {
			for _, svc := range p.Services {
				if p.Root {
					r.noteReserved(svc)
				}
			}
		}
	}
	return r.reserved[id]
}

func (r *Revision) noteReserved(svc *Service) {
	for _, x := range svc.Reserved.Ranges {
		for n := max(x.From, 0); n <= min(x.To, math.MaxUint16); n++ {
			id := uint16(n) // fits: at most the largest
			if r.reserved[id] == nil {
				r.reserved[id] = svc
			}
		}
	}
}

// HoldsExtern reports whether target is an extern that the lowered types hold.
func (r *Revision) HoldsExtern(target any) bool {
	x, ok := target.(*Extern)
	return ok && slices.ContainsFunc(r.Table.Shapes, func(s schema.Shape) bool {
		return s.Kind == schema.Extern && s.Name == x.ImportPath+"."+x.TypeName
	})
}

// goMethod is a method of the Go interface of a service.
type goMethod struct {
	service *Service
	goName  string
}

// HasMethod reports whether a service of the revision has a handler that Go
// calls so.
func (r *Revision) HasMethod(svc *Service, goName string) bool {
	if r.methods == nil {
		r.methods = map[goMethod]bool{}
		for _, other := range r.Services {
			for _, h := range other.Handlers {
				r.methods[goMethod{other, h.GoName}] = true
			}
		}
	}
	return r.methods[goMethod{svc, goName}]
}
