package tsgen

import (
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// unit is one package that is being emitted.
type unit struct {
	pkg     *ir.Package
	imports []importLine
	aliases map[*ir.Package]string // what imported packages are called
	names   table                  // of the module, but for types
	fields  map[*ir.Error]string   // the types of what errors carry, of all packages that were asked for
	zeros   map[*ir.Message]string // what fields hold that were not set
}

func newUnit(p *ir.Package, paths map[*ir.Package]string) *unit {
	u := &unit{pkg: p, aliases: map[*ir.Package]string{}, names: table{}, fields: map[*ir.Error]string{}, zeros: map[*ir.Message]string{}}
	for _, d := range p.Declarations() {
		for _, prefix := range []string{"new", "encode", "decode", "write", "read", "zero"} {
			u.names[prefix+typeName(d.Info)] = true
		}
	}
	for _, e := range p.Errors {
		for _, prefix := range []string{"new", "encode", "decode", "write", "read", "zero"} {
			u.names[prefix+u.fieldsName(e)] = true
		}
	}
	for _, imported := range p.Imports {
		u.aliases[imported] = u.names.pick(goname.PackageName(imported.Name))
		u.imports = append(u.imports, importLine{u.aliases[imported], paths[imported], true})
	}
	return u
}

// of refers to a name of a package's module, which may be this one.
func (u *unit) of(p *ir.Package, name string) string {
	if p == nil || p == u.pkg {
		return name
	}
	return u.aliases[p] + "." + name
}

// fieldsName is the type of what an error carries.
func (u *unit) fieldsName(e *ir.Error) string {
	if name := u.fields[e]; name != "" {
		return name
	}
	taken := map[string]bool{}
	for _, d := range e.Package.Declarations() {
		taken[typeName(d.Info)] = true
	}
	name := typeName(&e.Info) + "Fields"
	for taken[name] {
		name += "_"
	}
	u.fields[e] = name
	return name
}
