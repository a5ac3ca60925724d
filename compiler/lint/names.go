package lint

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// nameCase finds names that are not written as the language writes them:
// declarations and handlers like `DiskInfo`, members like `diskInfo`, packages
// in lower case.
func (l *linter) nameCase() {
	for _, p := range l.roots() {
		if p.Name != strings.ToLower(p.Name) || strings.Contains(p.Name, "_") {
			l.warn("lint/name-case", p.Span, "package `%s` should be lower case, without `_`", p.Name)
		}
		for _, d := range p.Declarations() {
			if d.Kind != "annotation" { // which is called as those that are built in
				l.upperName(d.Kind, d.Info)
			}
			l.memberNames(d)
		}
	}
}

// memberNames looks at the fields, variants, values or handlers of a declaration.
func (l *linter) memberNames(d *ir.Declaration) {
	switch t := d.Target.(type) {
	case *ir.Enum:
		for _, v := range t.Values {
			l.lowerName(&v.Info, t.Reserved)
		}
	case *ir.Message:
		l.fieldNames(t.Fields, t.Reserved)
	case *ir.Union:
		l.fieldNames(t.Variants, t.Reserved)
	case *ir.Error:
		l.fieldNames(t.Body.Fields, t.Body.Reserved)
	case *ir.Service:
		for _, h := range t.Handlers {
			l.upperName("handler", &h.Info)
		}
	}
}

func (l *linter) fieldNames(fields []*ir.Field, reserved ir.Reserved) {
	for _, f := range fields {
		l.lowerName(&f.Info, reserved)
	}
}

// upperName offers no edit: other files may refer to the name. How initialisms are written
// is left to taste, here and in lowerName: the Go name is the same.
func (l *linter) upperName(kind string, name *ir.Info) {
	if goname.JoinedName(name.Name) == name.Name {
		return
	}
	if better := goname.ExportedName(name.Name); better != "" {
		l.warn("lint/name-case", name.Span, "%s `%s` should be called `%s`", kind, name.Name, better)
	}
}

// lowerName offers an edit: nothing refers to a member, its Go name stays.
func (l *linter) lowerName(name *ir.Info, reserved ir.Reserved) {
	if isCamelCase(name.Name) { // as nearly all are
		return
	}
	better := goname.LowerFirst(goname.ExportedName(name.Name))
	if better == name.Name || better == "" {
		return
	}
	f := l.warn("lint/name-case", name.Span, "`%s` should be called `%s`", name.Name, better)
	if goname.ExportedName(better) == goname.ExportedName(name.Name) && !slices.Contains(reserved.Names, better) {
		f.Fix("rename it; its Go name stays", name.Span, better)
	}
}

// isCamelCase reports whether a member's name is surely as it should be, without making
// the better one: it has no underscore, and no capital in its first two letters.
func isCamelCase(name string) bool {
	lower := func(i int) bool { return i >= len(name) || name[i] < 'A' || name[i] > 'Z' }
	return lower(0) && lower(1) && !strings.Contains(name, "_")
}
