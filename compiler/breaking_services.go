package compiler

import (
	"fmt"
	"slices"

	"github.com/gridrpc/gridc/runtime/schema"
)

// services reports services and handlers that Go code can no longer find.
func (s *sourceReview) services(gone map[*Package]bool) {
	for _, p := range s.old.schema.Packages {
		if !p.Root || gone[p] {
			continue
		}
		for _, svc := range p.Services {
			now := s.counterpart(svc)
			s.service(svc, now)
			for _, h := range svc.Handlers {
				s.handler(&handlerOf{h, svc}, now)
			}
		}
	}
}

// counterpart is the service of the same name, or else the one with the
// handler ids of svc; it is nil when there is none.
func (s *sourceReview) counterpart(svc *Service) *Service {
	if now := s.new.services[fullName(svc)]; now != nil {
		return now
	}
	for _, h := range svc.Handlers {
		if now := s.new.handlers[h.ID]; now != nil && s.old.services[fullName(now.service)] == nil {
			return now.service
		}
	}
	return nil
}

func (s *sourceReview) service(old, new *Service) {
	name := fullName(old)
	switch {
	case new == nil && s.blamesHandlerOf(old): // with which the service went
	case new == nil:
		s.report("source/service-deleted", name, "was deleted", s.places.fallback(old.Package.Name), "service `"+name+"` was deleted")
	case new.Package.Name != old.Package.Name:
		what := "moved to `" + fullName(new) + "`"
		s.report("source/service-moved", name, what, new.Span, "service `"+name+"` "+what)
	case new.GoName != old.GoName:
		s.renamedTo("source/service-renamed", name, "service `"+name+"`", &old.Info, &new.Info)
	}
}

// blamesHandlerOf reports whether a handler of the service was reported to be gone
// from the wire.
func (s *sourceReview) blamesHandlerOf(svc *Service) bool {
	return slices.ContainsFunc(svc.Handlers, func(h *Handler) bool { return s.blamed[(&handlerOf{h, svc}).name()] })
}

// handler reports what became of a handler; svc is what its service became.
// With the service went all of its handlers.
func (s *sourceReview) handler(h *handlerOf, svc *Service) {
	now := s.new.handlers[h.ID]
	switch {
	case s.blamed[h.name()] || svc == nil:
	case now == nil:
		if !s.new.hasMethod(svc, h.GoName) { // else it moved to another id, openly
			s.report("source/handler-deleted", h.name(), "was deleted", svc.Span, "handler `"+h.name()+"` was deleted").
				help("%s", orderTexts[schema.ClientsFirst])
		}
	case now.service != svc:
		what := "moved to `" + now.name() + "`"
		s.report("source/handler-moved", h.name(), what, now.Span, "handler `"+h.name()+"` "+what)
	default:
		if now.GoName != h.GoName {
			s.renamedTo("source/handler-renamed", h.name(), "handler `"+h.name()+"`", &h.Info, &now.Info)
		}
		if h.hasInto() && !now.Reuse {
			s.report("source/handler-into-deleted", h.name(), "lost `"+h.intoName()+"`", now.Span, "handler `"+h.name()+"` lost `"+h.intoName()+"`: it is no longer `@reuse`").
				help("callers that bring their own response call `%s`", now.GoName)
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
	for _, slot := range []struct {
		slot     schema.Slot
		old, new *Type
	}{
		{request, old.Request, new.Request},
		{schema.Response, old.Response, new.Response},
		{schema.In, flowType(old.In), flowType(new.In)},
		{schema.Out, flowType(old.Out), flowType(new.Out)},
	} {
		subject := old.name() + "/" + string(slot.slot)
		if s.blamed[subject] || s.goType(slot.old, s.moved) == s.goType(slot.new, nil) {
			continue
		}
		what := "`" + s.goType(slot.old, nil) + "` became `" + s.goType(slot.new, nil) + "`"
		at := s.places.of(&schema.Finding{Handler: new.ID, Slot: slot.slot})
		s.report("source/handler-type-changed", subject, what, at, fmt.Sprintf("%s of `%s.%s`: %s", slot.slot, new.service.Name, new.Name, what)).
			help("the wire is the same, the Go type is not")
	}
}
