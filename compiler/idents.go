package compiler

import (
	"maps"
	"strconv"
	"strings"
)

// packageIdents are the unexported identifiers that the services of one package
// declare at package level. All are different from each other and from the
// names of imports, which Go keeps in a scope that these would collide with.
type packageIdents struct {
	schema   string
	services map[*Service]serviceIdents
}

// serviceIdents are those of one service.
type serviceIdents struct {
	file     string              // file name without its ending
	handlers map[*Handler]string // the variable of each handler
	adapter  string              // the type that fits a server to its handlers
	params   []string            // subroute parameters, by position; "" for fixed texts
}

// identTable hands out identifiers, each once.
type identTable map[string]bool

// pick returns want, or want with the first number behind it that is free.
func (t identTable) pick(want string) string {
	name := want
	for n := 2; t[name]; n++ {
		name = want + strconv.Itoa(n)
	}
	t[name] = true
	return name
}

func (u unit) idents() packageIdents {
	table, files := u.importNames(), identTable{"types": true, "codec": true, "schema": true}
	ids := packageIdents{schema: table.pick("gridSchema"), services: map[*Service]serviceIdents{}}
	for _, svc := range u.pkg.Services {
		prefix := unexportedName(svc.GoName)
		s := serviceIdents{
			file:     files.pick(snakeName(svc.GoName)),
			handlers: map[*Handler]string{},
			adapter:  table.pick(prefix + "Adapter"),
		}
		for _, h := range svc.Handlers {
			s.handlers[h] = table.pick(prefix + h.GoName)
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
func (u unit) importNames() identTable {
	t := identTable{}
	for name := range takenNames {
		t[name] = true
	}
	for _, i := range u.imports() {
		t[i.name] = true
	}
	return t
}

// subrouteNames are the parameters for a service's subroutes. They hide nothing
// of the package: neither an import nor another declaration.
func subrouteNames(svc *Service, table identTable) []string {
	local := maps.Clone(table)
	names := make([]string, len(svc.Subroutes))
	for i, sub := range svc.Subroutes {
		if sub.Param != "" {
			names[i] = local.pick(sub.GoName)
		}
	}
	return names
}

// unexportedName lowers the first word of an exported name: HTTPProxy becomes
// httpProxy, Storage storage.
func unexportedName(name string) string {
	upper := len(name) - len(strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if upper > 1 && upper < len(name) && isLowerASCII(name[upper]) {
		upper-- // the last capital begins the next word
	}
	return strings.ToLower(name[:upper]) + name[upper:]
}

// snakeName is the lower-case name of a file: HTTPProxy becomes http_proxy.
func snakeName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		startsWord := i > 0 && isUpperASCII(c) &&
			(!isUpperASCII(name[i-1]) || i+1 < len(name) && isLowerASCII(name[i+1]))
		if startsWord && name[i-1] != '_' {
			b.WriteByte('_')
		}
		b.WriteByte(c)
	}
	return strings.ToLower(b.String())
}

func isUpperASCII(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLowerASCII(c byte) bool { return c >= 'a' && c <= 'z' }
