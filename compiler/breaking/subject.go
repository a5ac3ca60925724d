package breaking

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// HasSubject reports whether a change can be about what a subject names in the
// schema: a package, a declaration of it, or a member of that, such as
// "storage.DiskInfo.4" or "storage.Storage.Get/request".
func HasSubject(s *ir.Schema, subject string) bool {
	subject, _, _ = strings.Cut(subject, "/")
	for _, p := range s.Packages {
		if subject == p.ID() {
			return true
		}
		name, found := strings.CutPrefix(subject, p.ID()+".")
		name, member, isMember := strings.Cut(name, ".")
		if found && slices.ContainsFunc(p.Declarations(), func(d *ir.Declaration) bool {
			return d.Info.Name == name && (!isMember || hasMember(d, member))
		}) {
			return true
		}
	}
	return false
}

// hasMember reports whether a declaration has a field, value or handler, or
// reserves a handler id.
func hasMember(d *ir.Declaration, member string) bool {
	switch t := d.Target.(type) {
	case *ir.Enum:
		return slices.ContainsFunc(t.Values, func(v *ir.EnumValue) bool { return strconv.FormatInt(v.Number, 10) == member })
	case *ir.Service:
		id, err := strconv.ParseInt(member, 10, 64)
		return slices.ContainsFunc(t.Handlers, func(h *ir.Handler) bool { return h.Name == member }) ||
			err == nil && slices.ContainsFunc(t.Reserved.Ranges, func(r ir.Range) bool { return r.From <= id && id <= r.To })
	}
	return slices.ContainsFunc(ir.FieldsOf(d.Target), func(f *ir.Field) bool { return memberOf(f) == member })
}

// memberOf is the number or key of a field as the judge spells it.
func memberOf(f *ir.Field) string {
	if f.Key != "" {
		return "`" + f.Key + "`"
	}
	return fmt.Sprint(f.Number)
}

// tagOf is what an error or extern is known by besides its name.
func tagOf(d *ir.Declaration) string {
	switch t := d.Target.(type) {
	case *ir.Error:
		return "error " + t.Code
	case *ir.Extern:
		return "extern " + t.ImportPath + "." + t.TypeName
	default:
		return ""
	}
}
