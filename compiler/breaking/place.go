package breaking

import (
	"cmp"
	"strings"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// places finds where in the new files a change is shown.
type places struct {
	old, rev *ir.Revision
	decls    map[string]*check.Symbol // by "package.Name"
	handlers map[uint16]*idl.Handler
	services map[string]*check.Symbol
	errors   errorPlaces

	// Made when first needed.
	members map[idl.Decl]membersIn
	types   map[idl.Span]idl.Span // of fields, by the place of the name
}

// errorPlaces are the errors of the new files, by code and by "package.Name".
type errorPlaces struct{ byCode, byName map[string]*check.Symbol }

func findPlaces(old, rev *ir.Revision) *places {
	p := &places{
		old: old, rev: rev,
		decls: map[string]*check.Symbol{}, handlers: map[uint16]*idl.Handler{}, services: map[string]*check.Symbol{},
		errors:  errorPlaces{map[string]*check.Symbol{}, map[string]*check.Symbol{}},
		members: map[idl.Decl]membersIn{},
	}
	for _, src := range check.TreesOf(rev.Schema).Sources {
		for _, sym := range src.Symbols {
			name := src.Pkg.Name + "." + sym.Info.Name
			if sym.Kind == "service" {
				p.services[name] = sym
			} else {
				p.decls[name] = sym
			}
			if e, ok := sym.Target.(*ir.Error); ok {
				p.errors.byCode[e.Code], p.errors.byName[name] = sym, sym
			}
		}
	}
	check.Handlers(check.TreesOf(rev.Schema).Sources, func(_ *check.Source, h *ir.Handler, d *idl.Handler) { p.handlers[h.ID] = d })
	return p
}

// of is where a finding of the judge is shown.
func (p *places) of(f *schema.Finding) idl.Span {
	switch {
	case f.Now != "":
		return p.inType(f)
	case f.Rule == schema.ReservedRemoved:
		return p.service(ir.FullName(p.old.Reserving(f.Handler)) + ".")
	}
	if d := p.handlers[f.Handler]; d != nil {
		return p.inHandler(d, f)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(f.Message, "`"), "`")
	return p.service(name)
}

// service is the header of the service that a handler's full name belongs to,
// or what comes nearest.
func (p *places) service(handler string) idl.Span {
	if i := strings.LastIndexByte(handler, '.'); i >= 0 {
		if sym := p.services[handler[:i]]; sym != nil {
			return sym.Info.Span
		}
	}
	return p.fallback(ir.FirstPart(handler))
}

// fallback is the package clause of the package, or of the first file.
func (p *places) fallback(pkg string) idl.Span {
	var first *check.Source
	for _, src := range check.TreesOf(p.rev.Schema).Sources {
		if src.Tree.Package == nil {
			continue
		}
		if src.Pkg.Name == pkg {
			return src.Tree.Package.Span
		}
		if first == nil && src.Root {
			first = src
		}
	}
	if first == nil {
		return idl.Span{}
	}
	return first.Tree.Package.Span
}

func (p *places) inHandler(d *idl.Handler, f *schema.Finding) idl.Span {
	switch {
	case f.Rule == schema.HandlerIDReused && d.ID != nil:
		return d.ID.Span
	case f.Rule == schema.SubrouteChanged:
		return p.subroutes(f.Handler)
	case f.Rule == schema.ErrorCodeChanged || f.Rule == schema.ErrorCodeReused:
		return p.errorOf(f, d)
	}
	switch f.Slot {
	case schema.Request, schema.Payload:
		return spanOf(d.Request, d.Name)
	case schema.Response:
		return spanOf(d.Response, d.Name)
	case schema.In:
		return flowSpan(d.In, d.Name, f.Rule)
	case schema.Out:
		return flowSpan(d.Out, d.Name, f.Rule)
	case schema.Errors:
		return p.errorRef(f, d)
	default:
		return d.Name.Span
	}
}

func spanOf(t *idl.Type, otherwise *idl.Ident) idl.Span {
	if t != nil {
		return t.Span
	}
	return otherwise.Span
}

func flowSpan(f *idl.Flow, otherwise *idl.Ident, rule schema.Rule) idl.Span {
	switch {
	case f == nil:
		return otherwise.Span
	case rule == schema.CapacityChanged && f.Capacity != nil:
		return f.Capacity.Span
	default:
		return f.Type.Span
	}
}

// subroutes is where the service of a handler says how it is addressed.
func (p *places) subroutes(id uint16) idl.Span {
	h := p.rev.Handlers[id]
	sym := p.services[h.Service.Package.Name+"."+h.Service.Name]
	if subs := sym.Decl.(*idl.Service).Subroutes; len(subs) > 0 {
		return subs[0].Span
	}
	return sym.Info.Span
}

// errorRef is where a handler lists the error with the code of the finding.
func (p *places) errorRef(f *schema.Finding, d *idl.Handler) idl.Span {
	for i, e := range p.rev.Handlers[f.Handler].Errors {
		if e.Code == f.Code && i < len(d.Errors) {
			return d.Errors[i].Span
		}
	}
	return d.Name.Span
}

// errorOf is the code of the error that a finding about its code is about: one
// that has the code of another now, or one that has another code.
func (p *places) errorOf(f *schema.Finding, d *idl.Handler) idl.Span {
	name, _, _ := strings.Cut(strings.TrimPrefix(f.Message, "`"), "`")
	sym := cmp.Or(p.errors.byName[name], p.errors.byCode[f.Code])
	if f.Rule == schema.ErrorCodeReused {
		sym = cmp.Or(p.errors.byCode[f.Code], sym)
	}
	if sym == nil {
		return d.Name.Span
	}
	return sym.Decl.(*idl.Error).Code.Span
}
