package breaking

import (
	"fmt"
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/runtime/schema"
)

// services reports services and handlers that Go code can no longer find.
func (s *sourceReview) services(gone map[*ir.Package]bool) {
	for _, p := range s.old.schema.Packages {
		if !p.Root || gone[p] {
			continue
		}
		for _, svc := range p.Services {
			now := s.counterpart(svc)
			s.service(svc, now)
			for _, h := range svc.Handlers {
				s.handler(&handlerOf{Handler: h, Service: svc}, now)
			}
		}
	}
}

// counterpart is the service of the same name, or else the one with the
// handler ids of svc; it is nil when there is none.
func (s *sourceReview) counterpart(svc *ir.Service) *ir.Service {
	if now := s.new.services[s.nameNow(fullName(svc))]; now != nil {
		return now
	}
	for _, h := range svc.Handlers {
		if now := s.now(&handlerOf{h, svc}); now != nil && s.old.services[fullName(now.Service)] == nil {
			return now.Service
		}
	}
	return nil
}

func (s *sourceReview) service(old, new *ir.Service) {
	name := fullName(old)
	switch {
	case new == nil && s.blamesHandlerOf(old): // with which the service went
	case new == nil:
		s.became("source/service-deleted", "service", name, "was deleted", s.places.fallback(old.Package.ID()))
	case !s.samePackage(old.Package, new.Package):
		s.became("source/service-moved", "service", name, "moved to `"+fullName(new)+"`", new.Span)
	case new.GoName != old.GoName:
		s.renamedTo("source/service-renamed", name, "service `"+name+"`", &old.Info, &new.Info)
	}
}

// blamesHandlerOf reports whether a handler of the service was reported to be gone
// from the wire.
func (s *sourceReview) blamesHandlerOf(svc *ir.Service) bool {
	return slices.ContainsFunc(svc.Handlers, func(h *ir.Handler) bool { return s.blamed[(&handlerOf{Handler: h, Service: svc}).FullName()] })
}

// handler reports what became of a handler; svc is what its service became.
// With the service went all of its handlers.
func (s *sourceReview) handler(h *handlerOf, svc *ir.Service) {
	now := s.now(h)
	switch {
	case s.blamed[h.FullName()] || svc == nil:
	case now == nil:
		if !s.new.hasMethod(svc, h.GoName) { // else it moved to another id, openly
			s.became("source/handler-deleted", "handler", h.FullName(), "was deleted", svc.Span).
				Help("%s", orderTexts[schema.ClientsFirst])
		}
	case now.Service != svc:
		s.became("source/handler-moved", "handler", h.FullName(), "moved to `"+now.FullName()+"`", now.Span)
	default:
		if now.GoName != h.GoName {
			s.renamedTo("source/handler-renamed", h.FullName(), "handler `"+h.FullName()+"`", &h.Info, &now.Info)
		}
		if h.HasInto() && !now.Reuse {
			s.report("source/handler-into-deleted", h.FullName(), "lost `"+h.IntoName()+"`", now.Span, "handler `"+h.FullName()+"` lost `"+h.IntoName()+"`: it is no longer `@reuse`").
				Help("callers that bring their own response call `%s`", now.GoName)
		}
		s.signature(h, now)
	}
}

// signature compares the types that the methods of a handler have.
func (s *sourceReview) signature(old, new *handlerOf) {
	if old.Stream != new.Stream {
		return // which the judge reports
	}
	request := schema.Request
	if old.Stream {
		request = schema.Payload
	}
	response, out := [2]*ir.Type{old.Response, new.Response}, [2]*ir.Type{ir.FlowType(old.Out), ir.FlowType(new.Out)}
	if old.Answers() || new.Answers() { // of an out that became a response, or the other way round, the judge tells
		response, out = [2]*ir.Type{old.Sends(), new.Sends()}, [2]*ir.Type{}
	}
	for _, slot := range []struct {
		slot     schema.Slot
		old, new *ir.Type
	}{
		{request, old.Request, new.Request},
		{schema.Response, response[0], response[1]},
		{schema.In, ir.FlowType(old.In), ir.FlowType(new.In)},
		{schema.Out, out[0], out[1]},
	} {
		subject := old.FullName() + "/" + string(slot.slot)
		if s.blamed[subject] || s.goType(slot.old, s.moved) == s.goType(slot.new, nil) {
			continue
		}
		what := "`" + s.goType(slot.old, nil) + "` became `" + s.goType(slot.new, nil) + "`"
		at := s.places.of(s.productOf[old.Service], &schema.Finding{Handler: new.ID, Slot: slot.slot})
		s.report("source/handler-type-changed", subject, what, at, fmt.Sprintf("%s of `%s.%s`: %s", slot.slot, new.Service.Name, new.Name, what)).
			Help("the wire is the same, the Go type is not")
	}
}
