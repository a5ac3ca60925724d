package gogen

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// goImport is another package that files of a package may import.
type goImport struct {
	path, name string
	alias      bool // name is not known to be that of the package clause
}

// imports are the packages of the schema and of externs that the files of u may
// import. Their names are different from one another, and nothing that generated
// code declares hides one. jennifer checks neither.
func (u unit) imports() []goImport {
	var list []goImport
	names, known := goname.IdentTable{}, map[string]bool{gridPath: true, codecPath: true, msgpPath: true}
	add := func(path, want string, alias bool) {
		if known[path] {
			return
		}
		known[path] = true
		name := names.Pick(want)
		list = append(list, goImport{path, name, alias || name != want})
	}
	for _, p := range u.Pkg.Imports { // by name
		own := goname.PackageName(p.Name)
		name := packageAlias(own)
		add(u.Paths[p], name, name != own)
	}
	for _, x := range u.externs() {
		add(x.ImportPath, externAlias(x.ImportPath), true)
	}
	for _, path := range u.checks() {
		add(path, externAlias(path), true)
	}
	return list
}

// externs are those that files of u may refer to, by import path.
func (u unit) externs() []*ir.Extern {
	list := slices.Clone(u.Pkg.Externs)
	for _, p := range u.Pkg.Imports {
		list = append(list, p.Externs...)
	}
	slices.SortStableFunc(list, func(a, b *ir.Extern) int { return cmp.Compare(a.ImportPath, b.ImportPath) })
	return list
}

// packageAlias is the name under which a package of the schema is imported: its
// own, if it can be. Exported names are left to what a package declares.
func packageAlias(name string) string {
	if goname.IsTaken(name) || goname.IsExportedIdent(name) {
		return goname.LowerFirst(name) + "grid"
	}
	return name
}
