package ir

import (
	"slices"
	"strconv"
)

// HasMember reports whether the package declares the name, and that has the
// member, when one is given.
func (p *Package) HasMember(name string, member []string) bool {
	return slices.ContainsFunc(p.Declarations(), func(d *Declaration) bool {
		return d.Info.Name == name && (len(member) == 0 || d.hasMember(member[0]))
	})
}

// hasMember reports whether the declaration has a field, value or handler, or
// reserves a handler id.
func (d *Declaration) hasMember(member string) bool {
	switch t := d.Target.(type) {
	case *Enum:
		return slices.ContainsFunc(t.Values, func(v *EnumValue) bool { return strconv.FormatInt(v.Number, 10) == member })
	case *Service:
		id, err := strconv.ParseInt(member, 10, 64)
		return slices.ContainsFunc(t.Handlers, func(h *Handler) bool { return h.Name == member }) ||
			err == nil && slices.ContainsFunc(t.Reserved.Ranges, func(r Range) bool { return r.From <= id && id <= r.To })
	}
	return slices.ContainsFunc(FieldsOf(d.Target), func(f *Field) bool { return f.Member() == member })
}
