package compiler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// Level says how grave a change is.
type Level = schema.Level

// ChangeLevels are the levels that can be made to fail, by name.
var ChangeLevels = map[string]Level{"wire": schema.Wire, "rollout": schema.Rollout, "source": schema.Source}

// TooComplex is the id of the change that stands for what was not compared.
const TooComplex = string(schema.TooComplex)

// Change is one difference between two revisions that somebody should know of.
type Change struct {
	ID      string // such as "wire/field-deleted"
	Subject string // what it is about, such as "storage.DiskInfo.4"
	What    string // what happened to it, such as "uint32 became string"
	Level   Level

	// Diagnostic shows the change in the new files; what is gone is shown where
	// it was.
	Diagnostic *idl.Diagnostic
}

// Breaking compares two revisions of the same files and returns what changed
// on the wire, for the order of upgrades, for Go code that uses the generated
// code, and in the behavior of calls. Changes up to the level, the gravest
// being schema.Wire, are errors; beyond it they are warnings, and changes of
// behavior always notes.
//
// Services and types are compared of the packages that were named, and in
// those whatever they use of others.
//
// Types that contain one another can meet in more pairs than anybody can wait
// for. Where that is so, one change says that the comparison is not complete.
func Breaking(old, new *Schema, level Level) []Change {
	return breaking(old, new, level, 0)
}

// breaking is Breaking with a limit for the judge; 0 is what every review has.
func breaking(old, new *Schema, level Level, limit int) []Change {
	r := &review{old: lowerReview(old), new: lowerReview(new), level: level, blamed: map[string]bool{}}
	r.judge = schema.NewReview(r.old.table, r.new.table)
	if limit > 0 {
		r.judge.Limit(limit)
	}
	r.places = findPlaces(r.old, r.new)
	r.wire()
	r.behavior()
	r.source()
	slices.SortStableFunc(r.changes, func(a, b Change) int { return compareDiagnostics(a.Diagnostic, b.Diagnostic) })
	return r.changes
}

// review is one comparison that is running.
type review struct {
	old, new *revision
	judge    *schema.Judge
	places   *places
	level    Level
	changes  []Change
	blamed   map[string]bool // subjects with a change on the wire or in its rollout
}

// report adds a change. What has already been said of the subject about the
// wire is not said again about Go.
func (r *review) report(id, subject, what string, at idl.Span, message string) finding {
	level := schema.Rule(id).Level()
	severity := idl.SeverityWarning
	switch {
	case level == schema.Behavior:
		severity = idl.SeverityNote
	case level <= r.level:
		severity = idl.SeverityError
	}
	if level <= schema.Rollout {
		r.blamed[subject] = true
	}
	f := newFinding(severity, id, at, "%s", message)
	r.changes = append(r.changes, Change{ID: id, Subject: subject, What: what, Level: level, Diagnostic: f.d})
	return f
}

// revision is one side of a review.
type revision struct {
	schema   *Schema
	table    *schema.Table
	shapes   map[string]int            // by "package.Name"
	handlers map[uint16]*handlerOf     // of packages that were named
	packages map[string]*Package       // by name
	decls    map[string]*declarationOf // types, errors and consts, by "package.Name"
	services map[string]*Service       // by "package.Name"

	reserved map[uint16]*Service // who reserves a handler id; see reserving
	methods  map[goMethod]bool   // see hasMethod
}

// handlerOf is a handler with its service.
type handlerOf struct {
	*Handler
	service *Service
}

// name is how messages call the handler.
func (h *handlerOf) name() string { return handlerName(h.service, h.Handler) }

func fullName(svc *Service) string { return svc.Package.Name + "." + svc.Name }

// lowerReview lowers the services of the named packages, and then all types
// that these packages declare, whether a handler reaches them or not.
func lowerReview(s *Schema) *revision {
	l := &lowering{out: &schema.Table{}, index: map[any]int{}}
	r := &revision{
		schema: s, table: l.out,
		shapes: map[string]int{}, handlers: map[uint16]*handlerOf{},
		packages: map[string]*Package{}, decls: map[string]*declarationOf{},
		services: map[string]*Service{},
	}
	for _, p := range s.Packages {
		r.packages[p.Name] = p
		r.declare(p)
		for _, svc := range p.Services {
			r.services[fullName(svc)] = svc
		}
		if !p.Root {
			continue
		}
		for _, svc := range p.Services {
			for _, h := range svc.Handlers {
				r.handlers[h.ID] = &handlerOf{h, svc}
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
			r.shapes[l.out.Shapes[i].Name] = i
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

// firstPart is the package of a subject such as "storage.DiskInfo.4".
func firstPart(subject string) string {
	name, _, _ := strings.Cut(subject, ".")
	return name
}
