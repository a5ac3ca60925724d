package lint

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/idl"
)

// nameCase finds names that are not written as the language writes them:
// declarations and handlers like `DiskInfo`, members like `diskInfo`, packages
// in lower case.
func (l *linter) nameCase() {
	for _, s := range l.roots() {
		if clause := s.Tree.Package; clause.Name != strings.ToLower(clause.Name) || strings.Contains(clause.Name, "_") {
			l.warn("lint/name-case", clause.Span, "package `%s` should be lower case, without `_`", clause.Name)
		}
		for _, sym := range s.Symbols {
			l.upperName(sym.Kind, sym.Decl.DeclName())
			for _, name := range memberNames(sym.Decl) {
				l.lowerName(name, reservedNames(sym.Decl))
			}
			if svc, ok := sym.Decl.(*idl.Service); ok {
				for _, h := range svc.Handlers {
					l.upperName("handler", h.Name)
				}
			}
		}
	}
}

// memberNames are the fields, variants or values of a declaration.
func memberNames(d idl.Decl) []*idl.Ident {
	var fields []*idl.Field
	var names []*idl.Ident
	switch d := d.(type) {
	case *idl.Enum:
		for _, v := range d.Values {
			names = append(names, v.Name)
		}
	case *idl.Message:
		fields = d.Fields
	case *idl.Union:
		fields = d.Fields
	case *idl.Error:
		fields = d.Fields
	}
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// reservedNames are the names that members of a declaration must not have.
func reservedNames(d idl.Decl) []string {
	var lines []*idl.Reserved
	switch d := d.(type) {
	case *idl.Enum:
		lines = d.Reserved
	case *idl.Message:
		lines = d.Reserved
	case *idl.Union:
		lines = d.Reserved
	case *idl.Error:
		lines = d.Reserved
	}
	var names []string
	for _, line := range lines {
		for _, item := range line.Items {
			if item.From.Kind == idl.LitString {
				names = append(names, item.From.Str)
			}
		}
	}
	return names
}

// upperName offers no edit: other files may refer to the name.
func (l *linter) upperName(kind string, name *idl.Ident) {
	if better := goname.ExportedName(name.Name); better != name.Name && better != "" {
		l.warn("lint/name-case", name.Span, "%s `%s` should be called `%s`", kind, name.Name, better)
	}
}

// lowerName offers an edit: nothing refers to a member, its Go name stays.
func (l *linter) lowerName(name *idl.Ident, reserved []string) {
	better := goname.LowerFirst(goname.ExportedName(name.Name))
	if better == name.Name || better == "" {
		return
	}
	f := l.warn("lint/name-case", name.Span, "`%s` should be called `%s`", name.Name, better)
	if goname.ExportedName(better) == goname.ExportedName(name.Name) && !slices.Contains(reserved, better) {
		f.Fix("rename it; its Go name stays", name.Span, better)
	}
}
