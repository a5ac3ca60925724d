package gogen

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
)

// ruledType is a type that has rules.
type ruledType struct {
	name, goName string
	fields       []*ir.Field
	union        bool
}

// ruled are the types of the package that have rules.
func (u unit) ruled() (all []ruledType) {
	for _, m := range u.Pkg.Messages {
		if m.Ruled {
			all = append(all, ruledType{m.Name, m.GoName, m.Fields, false})
		}
	}
	for _, x := range u.Pkg.Unions {
		if x.Ruled {
			all = append(all, ruledType{x.Name, x.GoName, x.Variants, true})
		}
	}
	for _, e := range u.Pkg.Errors {
		if e.Body.Ruled {
			all = append(all, ruledType{e.Name, e.GoName, e.Body.Fields, false})
		}
	}
	return all
}

// checks are the packages of the functions that check fields of u, in order.
func (u unit) checks() (paths []string) {
	add := func(f *ir.GoFunc) {
		if f != nil && f.ImportPath != u.Paths[u.Pkg] {
			paths = append(paths, f.ImportPath)
		}
	}
	for _, t := range u.ruled() {
		for _, field := range t.fields {
			if field.Rules != nil {
				add(field.Rules.Check)
			}
			for _, m := range field.Marks {
				add(m.Annotation.Check)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
