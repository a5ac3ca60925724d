package breaking

import (
	"math"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/runtime/schema"
)

// revision is one side of a review.
type revision struct {
	schema   *ir.Schema
	table    *schema.Table
	shapes   map[string]int             // by "package.Name"
	handlers map[uint16]*handlerOf      // of packages that were named
	packages map[string]*ir.Package     // by name
	decls    map[string]*ir.Declaration // types, errors and consts, by "package.Name"
	services map[string]*ir.Service     // by "package.Name"

	reserved map[uint16]*ir.Service // who reserves a handler id; see reserving
	methods  map[goMethod]bool      // see hasMethod
}

// handlerOf is a handler with its service.
type handlerOf struct {
	*ir.Handler
	Service *ir.Service
}

// FullName is how messages call the handler.
func (h *handlerOf) FullName() string { return ir.HandlerName(h.Service, h.Handler) }

// fullName is the name of a service with its package: "storage.Storage".
func fullName(svc *ir.Service) string { return svc.Package.ID() + "." + svc.Name }

// newRevision makes the indexes of a schema.
func newRevision(s *ir.Schema) *revision {
	r := &revision{
		schema: s, table: ir.LowerAll(s),
		shapes: map[string]int{}, handlers: map[uint16]*handlerOf{},
		packages: map[string]*ir.Package{}, decls: map[string]*ir.Declaration{},
		services: map[string]*ir.Service{},
	}
	for _, p := range s.Packages {
		r.packages[p.ID()] = p
		r.declare(p)
	}
	for i, shape := range r.table.Shapes {
		if shape.Kind != schema.Extern {
			r.shapes[shape.Name] = i
		}
	}
	return r
}

func (r *revision) declare(p *ir.Package) {
	for _, d := range p.Declarations() {
		svc, ok := d.Target.(*ir.Service)
		if !ok {
			r.decls[d.FullName()] = d
			continue
		}
		r.services[d.FullName()] = svc
		for _, h := range svc.Handlers {
			if p.Root {
				r.handlers[h.ID] = &handlerOf{h, svc}
			}
		}
	}
}

// packageIn is the package of a subject such as "storage.DiskInfo.4": the longest name of
// a known package that the subject begins with, or else its first part.
func packageIn[V any](packages map[string]V, subject string) string {
	for end := len(subject); end > 0; end = strings.LastIndexByte(subject[:end], '.') {
		if _, known := packages[subject[:end]]; known {
			return subject[:end]
		}
	}
	name, _, _ := strings.Cut(subject, ".")
	return name
}

// What a review asks again and again about a revision is found in maps that are
// made when first needed: a service may have thousands of handlers.

// reserving is the service that reserves a handler id.
func (r *revision) reserving(id uint16) *ir.Service {
	if r.reserved == nil {
		r.reserved = map[uint16]*ir.Service{}
		for _, p := range r.schema.Packages {
			for _, svc := range p.Services {
				if p.Root {
					r.noteReserved(svc)
				}
			}
		}
	}
	return r.reserved[id]
}

func (r *revision) noteReserved(svc *ir.Service) {
	for _, x := range svc.Reserved.Ranges {
		for n := max(x.From, 0); n <= min(x.To, math.MaxUint16); n++ {
			id := uint16(n) // fits: at most the largest
			if r.reserved[id] == nil {
				r.reserved[id] = svc
			}
		}
	}
}

// holdsExtern reports whether target is an extern that the lowered types hold.
func (r *revision) holdsExtern(target any) bool {
	x, ok := target.(*ir.Extern)
	return ok && slices.ContainsFunc(r.table.Shapes, func(s schema.Shape) bool {
		return s.Kind == schema.Extern && s.Name == x.ImportPath+"."+x.TypeName
	})
}

// goMethod is a method of the Go interface of a service.
type goMethod struct {
	service *ir.Service
	goName  string
}

// hasMethod reports whether a service of the revision has a handler that Go
// calls so.
func (r *revision) hasMethod(svc *ir.Service, goName string) bool {
	if r.methods == nil {
		r.methods = map[goMethod]bool{}
		for _, other := range r.services {
			for _, h := range other.Handlers {
				r.methods[goMethod{other, h.GoName}] = true
			}
		}
	}
	return r.methods[goMethod{svc, goName}]
}
