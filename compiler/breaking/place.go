package breaking

import (
	"cmp"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// places finds where in the new files a change is shown.
type places struct {
	rev     *revision
	codes   map[string]*ir.Error
	members map[any]memberPlaces // by declaration, made when first needed
}

func findPlaces(rev *revision) *places {
	p := &places{rev, map[string]*ir.Error{}, map[any]memberPlaces{}}
	for _, pkg := range rev.schema.Packages {
		for _, e := range pkg.Errors {
			p.codes[e.Code] = e
		}
	}
	return p
}

// of is where a finding of the judge is shown.
func (p *places) of(in *product, f *schema.Finding) idl.Span {
	switch {
	case f.Now != "":
		return p.inType(f)
	case f.Rule == schema.ReservedRemoved:
		return p.service(fullName(in.old.reserving(f.Handler)) + ".")
	}
	if h := in.new.all[f.Handler]; h != nil {
		return p.inHandler(h, f)
	}
	return p.service(nameIn(f))
}

// nameIn is the name that the message of a finding begins with.
func nameIn(f *schema.Finding) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(f.Message, "`"), "`")
	return name
}

// service is the header of the service that a handler's full name belongs to,
// or what comes nearest.
func (p *places) service(handler string) idl.Span {
	if i := strings.LastIndexByte(handler, '.'); i >= 0 {
		if svc := p.rev.services[handler[:i]]; svc != nil {
			return svc.Span
		}
	}
	return p.fallback(packageIn(p.rev.packages, handler))
}

// fallback is the package clause of the package, or of the first file.
func (p *places) fallback(pkg string) idl.Span {
	if found := p.rev.packages[pkg]; found != nil {
		return found.Span
	}
	for _, first := range p.rev.schema.Packages {
		if first.Root {
			return first.Span
		}
	}
	return idl.Span{}
}

func (p *places) inHandler(h *handlerOf, f *schema.Finding) idl.Span {
	switch f.Rule {
	case schema.HandlerIDReused:
		return h.IDAt
	case schema.SubrouteChanged:
		if subs := h.Service.Subroutes; len(subs) > 0 {
			return subs[0].Span
		}
		return h.Service.Span
	case schema.ErrorCodeChanged, schema.ErrorCodeReused:
		return cmp.Or(p.errorCode(f), h.Span)
	}
	switch f.Slot {
	case schema.Request, schema.Payload:
		return typePlace(h.Request, h)
	case schema.Response:
		return typePlace(h.Sends(), h)
	case schema.In:
		return flowPlace(h.In, h, f.Rule)
	case schema.Out:
		return flowPlace(h.Out, h, f.Rule)
	case schema.Errors:
		for i, e := range h.Errors {
			if e.Code == f.Code {
				return h.ErrorsAt[i]
			}
		}
	}
	return h.Span
}

// typePlace is where a type of a handler stands, or the handler for want of one.
func typePlace(t *ir.Type, h *handlerOf) idl.Span {
	if t == nil {
		return h.Span
	}
	return t.Span
}

func flowPlace(f *ir.Flow, h *handlerOf, rule schema.Rule) idl.Span {
	if f != nil && f.Explicit && rule == schema.CapacityChanged {
		return f.CapacityAt
	}
	return typePlace(ir.FlowType(f), h)
}

// errorCode is the code of the error that a finding about its code is about: one
// that has the code of another now, or one that has another code.
func (p *places) errorCode(f *schema.Finding) idl.Span {
	var named, coded idl.Span
	if d := p.rev.decls[nameIn(f)]; d != nil {
		if e, ok := d.Target.(*ir.Error); ok {
			named = e.CodeAt
		}
	}
	if e := p.codes[f.Code]; e != nil {
		coded = e.CodeAt
	}
	if f.Rule == schema.ErrorCodeReused {
		return cmp.Or(coded, named)
	}
	return cmp.Or(named, coded)
}

// setting is where a handler or its service says something of the name.
func (p *places) setting(h *handlerOf, name string) idl.Span {
	return cmp.Or(h.Annos[name], h.Service.Annos[name], h.Span)
}
