package compiler

import (
	"math"
	"slices"

	"github.com/gridrpc/gridc/runtime/schema"
)

// What a review asks again and again about a revision is found in maps that are
// made when first needed: a service may have thousands of handlers.
//
// reserving is the service that reserves a handler id.
func (r *revision) reserving(id uint16) *Service {
	if r.reserved == nil {
		r.reserved = map[uint16]*Service{}
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

func (r *revision) noteReserved(svc *Service) {
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
	x, ok := target.(*Extern)
	return ok && slices.ContainsFunc(r.table.Shapes, func(s schema.Shape) bool {
		return s.Kind == schema.Extern && s.Name == x.ImportPath+"."+x.TypeName
	})
}

// goMethod is a method of the Go interface of a service.
type goMethod struct {
	service *Service
	goName  string
}

// hasMethod reports whether a service of the revision has a handler that Go
// calls so.
func (r *revision) hasMethod(svc *Service, goName string) bool {
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
