package breaking

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// revision is one side of a review.
type revision struct {
	schema   *ir.Schema
	packages map[string]*ir.Package     // by name
	decls    map[string]*ir.Declaration // types, errors and consts, by "package.Name"
	services map[string]*ir.Service     // by "package.Name"

	methods map[goMethod]bool // see hasMethod
}

// handlerOf is a handler with its service.
type handlerOf struct {
	*ir.Handler
	Service *ir.Service
}

// FullName is how messages call the handler.
func (h *handlerOf) FullName() string { return fullName(h.Service) + "." + h.Name }

// fullName is the name of a service with its package: "storage.Storage".
func fullName(svc *ir.Service) string { return svc.Package.ID() + "." + svc.Name }

// newRevision makes the indexes of a schema.
func newRevision(s *ir.Schema) *revision {
	r := &revision{
		schema:   s,
		packages: map[string]*ir.Package{}, decls: map[string]*ir.Declaration{},
		services: map[string]*ir.Service{},
	}
	for _, p := range s.Packages {
		r.packages[p.ID()] = p
		r.declare(p)
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
