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
	d := p.rev.decls[f.Now]
	if d == nil {
		return p.fallback(packageIn(p.rev.packages, f.Now))
	}
	in := p.membersOf(d.Target)
	if field := in.fields[f.Member]; field != nil {
		return fieldPlace(field, f.Rule)
	}
	if v := in.values[f.Member]; v != nil {
		return v.NumberAt
	}
	if e, ok := d.Target.(*ir.Enum); ok && (f.Rule == schema.EnumBaseNarrowed || f.Rule == schema.IntWidened) {
		return e.BaseAt
	}
	if f.Member == "" {
		return cmp.Or(d.Info.Annos["limit"], d.Info.Span)
	}
	return d.Info.Span
}

// numberRules are about the number of a member, the others about its type.
var numberRules = []schema.Rule{schema.FieldNumberChanged, schema.FieldNumberReused, schema.VariantNumberChanged}

func fieldPlace(f *ir.Field, rule schema.Rule) idl.Span {
	switch {
	case slices.Contains(numberRules, rule):
		return f.NumberAt
	case rule == schema.VariantAdded:
		return f.Span
	case rule == schema.LimitTightened || rule == schema.LimitLoosened:
		return cmp.Or(f.Annos["limit"], f.Type.Span)
	}
	return f.Type.Span
}

// memberPlaces finds the members of a declaration by what the judge calls them: a
// change of each of ten thousand members is shown in a moment.
type memberPlaces struct {
	fields map[string]*ir.Field
	values map[string]*ir.EnumValue
}

func (p *places) membersOf(target any) memberPlaces {
	in, ok := p.members[target]
	if ok {
		return in
	}
	in = memberPlaces{map[string]*ir.Field{}, map[string]*ir.EnumValue{}}
	for _, f := range ir.FieldsOf(target) {
		in.fields[memberOf(f)] = f
	}
	if e, ok := target.(*ir.Enum); ok {
		for _, v := range e.Values {
			in.values[strconv.FormatInt(v.Number, 10)] = v
		}
	}
	p.members[target] = in
	return in
}
