package compiler

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
)

// goImport is another package that files of a package may import.
type goImport struct {
	path, name string
	alias      bool // name is not known to be that of the package clause
}

// imports are the packages of the schema and of externs that the files of u may
// import. Their names are different from one another, and nothing that generated
// code declares hides one: jennifer sees neither.
func (u unit) imports() []goImport {
	var list []goImport
	names, known := identTable{}, map[string]bool{gridPath: true, codecPath: true, msgpPath: true}
	add := func(path, want string, alias bool) {
		if known[path] {
			return
		}
		known[path] = true
		name := names.pick(want)
		list = append(list, goImport{path, name, alias || name != want})
	}
	for _, p := range u.pkg.Imports { // by name
		name := packageAlias(p.Name)
		add(u.paths[p], name, name != p.Name)
	}
	for _, x := range u.externs() {
		add(x.ImportPath, externAlias(x.ImportPath), true)
	}
	return list
}

// externs are those that files of u may refer to, by import path.
func (u unit) externs() []*Extern {
	list := slices.Clone(u.pkg.Externs)
	for _, p := range u.pkg.Imports {
		list = append(list, p.Externs...)
	}
	slices.SortStableFunc(list, func(a, b *Extern) int { return cmp.Compare(a.ImportPath, b.ImportPath) })
	return list
}

// packageAlias is the name under which a package of the schema is imported: its
// own, if it can be. Exported names are left to what a package declares.
func packageAlias(name string) string {
	if isTaken(name) || isExportedIdent(name) {
		return lowerFirst(name) + "grid"
	}
	return name
}

// isTaken reports whether generated code may declare the name itself, or Go does.
// A variable of an inner loop has a number behind its name.
func isTaken(name string) bool {
	return takenNames[strings.TrimRight(name, "0123456789")] || isGoKeyword(name) || isPredeclared(name) || jen.IsReservedWord(name)
}

// takenNames are the identifiers that generated code itself uses: packages it
// imports, receivers, parameters and local variables. A package of the schema
// with such a name is imported under another one. A test holds the list against
// all that was ever generated.
var takenNames = nameSet(`
	bytes cmp codec context errors fmt grid io iter maps math msgp schema slices sort strconv strings time
	a at b c call caller conn count ctx d e elem err errs f fn g g0 h i id in item k key kind left m msg n name next
	number o ok out p payload peer q r reg req res resp result s st stream subroute sub t u v val value w x y z
`)

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(names) {
		set[name] = true
	}
	return set
}
