package gogen

import (
	"maps"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// packageIdents are the unexported identifiers that the services of one package
// declare at package level. All are different from each other and from the
// names of imports, which Go keeps in a scope that these would collide with.
type packageIdents struct {
	schema   string
	services map[*ir.Service]serviceIdents
}

// serviceIdents are those of one service.
type serviceIdents struct {
	file     string                 // file name without its ending
	handlers map[*ir.Handler]string // the variable of each handler
	adapter  string                 // the type that fits a server to its handlers
	params   []string               // subroute parameters, by position; "" for fixed texts
}

func (u unit) idents() packageIdents {
	table, files := u.importNames(), goname.IdentTable{"types": true, "codec": true, "schema": true, "validate": true}
	ids := packageIdents{schema: table.Pick("gridSchema"), services: map[*ir.Service]serviceIdents{}}
	for _, svc := range u.Pkg.Services {
		prefix := goname.LowerFirst(svc.GoName)
		s := serviceIdents{
			file:     files.Pick(goname.SnakeName(svc.GoName)),
			handlers: map[*ir.Handler]string{},
			adapter:  table.Pick(prefix + "Adapter"),
		}
		for _, h := range svc.Handlers {
			s.handlers[h] = table.Pick(prefix + h.GoName)
		}
		ids.services[svc] = s
	}
	for svc, s := range ids.services {
		s.params = subrouteNames(svc, table)
		ids.services[svc] = s
	}
	return ids
}

// importNames are the names that files of the package import others under.
func (u unit) importNames() goname.IdentTable {
	t := goname.IdentTable{}
	for name := range goname.TakenNames {
		t[name] = true
	}
	for _, i := range u.imports() {
		t[i.name] = true
	}
	return t
}

// subrouteNames are the parameters for a service's subroutes. They hide nothing
// of the package: neither an import nor another declaration.
func subrouteNames(svc *ir.Service, table goname.IdentTable) []string {
	local := maps.Clone(table)
	names := make([]string, len(svc.Subroutes))
	for i, sub := range svc.Subroutes {
		if sub.Param != "" {
			names[i] = local.Pick(sub.GoName)
		}
	}
	return names
}
