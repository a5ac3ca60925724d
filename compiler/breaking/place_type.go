package breaking

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// inType is the place of a finding inside a declared type.
func (p *places) inType(f *schema.Finding) idl.Span {
	sym := p.decls[f.Now]
	if sym == nil {
		return p.fallback(ir.FirstPart(f.Now))
	}
	if e, ok := sym.Decl.(*idl.Enum); ok {
		return p.enumPlace(e, f)
	}
	if field := p.membersOf(sym.Decl).fields[f.Member]; field != nil {
		return fieldPlace(field, f.Rule)
	}
	if f.Member == "" {
		if at, ok := limitSpan(sym.Decl.DeclMeta().Annos); ok {
			return at
		}
	}
	return sym.Info.Span
}

func (p *places) enumPlace(e *idl.Enum, f *schema.Finding) idl.Span {
	if v := p.membersOf(e).values[f.Member]; v != nil {
		return v.Number.Span
	}
	if f.Rule == schema.EnumBaseNarrowed || f.Rule == schema.IntWidened {
		return e.Base.Span
	}
	return e.Name.Span
}

// memberText is the number or key as the judge spells it.
func memberText(lit *idl.Lit) string {
	if lit.Kind == idl.LitString {
		return "`" + lit.Str + "`"
	}
	return strconv.FormatInt(lit.Int, 10)
}

func treeFields(d idl.Decl) []*idl.Field {
	switch d := d.(type) {
	case *idl.Message:
		return d.Fields
	case *idl.Union:
		return d.Fields
	case *idl.Error:
		return d.Fields
	default:
		return nil
	}
}

// numberRules are about the number of a member, the others about its type.
var numberRules = []schema.Rule{schema.FieldNumberChanged, schema.FieldNumberReused, schema.VariantNumberChanged}

func fieldPlace(field *idl.Field, rule schema.Rule) idl.Span {
	switch {
	case slices.Contains(numberRules, rule):
		return field.Key.Span
	case rule == schema.VariantAdded:
		return field.Name.Span
	case rule == schema.LimitTightened || rule == schema.LimitLoosened:
		if at, ok := limitSpan(field.Annos); ok {
			return at
		}
	}
	return field.Type.Span
}

func limitSpan(annos []*idl.Anno) (idl.Span, bool) { return annoSpan(annos, "limit") }

func annoSpan(annos []*idl.Anno, name string) (idl.Span, bool) {
	for _, a := range annos {
		if a.Name.Name == name {
			return a.Span, true
		}
	}
	return idl.Span{}, false
}

// setting is where a handler or its service says something of the name.
func (p *places) setting(h *ir.HandlerOf, name string) idl.Span {
	d := p.handlers[h.ID]
	if d == nil {
		return h.Span
	}
	annos := d.Annos
	if sym := p.services[ir.FullName(h.Service)]; sym != nil {
		annos = slices.Concat(annos, sym.Decl.DeclMeta().Annos)
	}
	if at, ok := annoSpan(annos, name); ok {
		return at
	}
	return h.Span
}

// fieldType is where the type of a field stands.
func (p *places) fieldType(f *ir.Field) idl.Span {
	if p.types == nil {
		p.types = map[idl.Span]idl.Span{}
		for _, sym := range p.decls {
			for _, d := range treeFields(sym.Decl) {
				if d.Type != nil {
					p.types[d.Name.Span] = d.Type.Span
				}
			}
		}
	}
	return cmp.Or(p.types[f.Span], f.Span)
}

// membersIn finds the members of a declaration by what the judge calls them: a
// change of each of ten thousand members is shown in a moment.
type membersIn struct {
	fields map[string]*idl.Field
	values map[string]*idl.EnumValue
}

func (p *places) membersOf(d idl.Decl) membersIn {
	in, ok := p.members[d]
	if ok {
		return in
	}
	in = membersIn{map[string]*idl.Field{}, map[string]*idl.EnumValue{}}
	for _, f := range slices.Backward(treeFields(d)) { // of two the first counts
		if f.Key != nil {
			in.fields[memberText(f.Key)] = f
		}
	}
	if e, ok := d.(*idl.Enum); ok {
		for _, v := range slices.Backward(e.Values) {
			if v.Number != nil {
				in.values[memberText(v.Number)] = v
			}
		}
	}
	p.members[d] = in
	return in
}
