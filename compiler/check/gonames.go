package check

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// goOwner is what a Go name stands for: a declaration itself, or something that
// is generated for one.
type goOwner struct {
	what string // "message `Disk`", "the client of service `Disk`"
	at   idl.Span
}

// goScope is one Go name space: a package, the members of a type.
type goScope struct {
	c     *checker
	names map[string]goOwner
}

func (c *checker) newGoScope() goScope {
	return goScope{c: c, names: make(map[string]goOwner)}
}

// add enters a Go name; it reports a collision and is false then.
func (g goScope) add(goName, what string, at idl.Span) bool {
	if goName == "" {
		return false
	}
	first, taken := g.names[goName]
	if !taken {
		g.names[goName] = goOwner{what, at}
		return true
	}
	f := g.c.report("go-name-collision", at, "the Go name `%s` of %s is also that of %s", goName, what, first.what).
		Help("rename one of them, or add `@go(name: \"X\")`")
	if first.at != at {
		f.Also(first.at, "the other one")
	}
	return false
}

// reserve enters names that generated methods have.
func (g goScope) reserve(what string, goNames ...string) {
	for _, name := range goNames {
		g.names[name] = goOwner{what: what}
	}
}

// codecMethods are the methods of every generated struct.
var codecMethods = []string{
	"Reset", "MarshalMsg", "UnmarshalMsg", "Msgsize", "EncodeMsg", "DecodeMsg", "EncodeGrid", "DecodeGrid",
}

// ownMethods are those of the structs of one kind, beside codecMethods.
var ownMethods = map[string][]string{"error": {"Error", "Code"}, "union": {"Which"}}

// isMethod reports whether the structs of a kind have a generated method of a name.
func isMethod(kind, goName string) bool {
	return slices.Contains(codecMethods, goName) || slices.Contains(ownMethods[kind], goName)
}

// goNames checks that all Go names of a package are different: those of the
// declarations first, so that a collision is blamed on what is generated.
func (c *checker) goNames(u *unit) {
	g := c.newGoScope()
	var all, sound []*symbol
	for _, s := range u.sources {
		all = append(all, s.symbols...)
	}
	pkg := u.sources[0].pkg
	for _, sym := range all {
		if !sym.rejected && sym.Kind != "service" && g.add(sym.Info.GoName, sym.Kind+" `"+sym.Info.Name+"`", sym.Info.Span) {
			sound = append(sound, sym)
		}
	}
	for _, e := range pkg.Enums {
		c.enumNames(g, e)
	}
	for _, sym := range sound {
		switch sym.Target.(type) {
		case *ir.Message, *ir.Union, *ir.Error:
			g.add("New"+sym.Info.GoName, "the constructor of "+sym.Kind+" `"+sym.Info.Name+"`", sym.Info.Span)
		}
	}
	for _, m := range pkg.Messages {
		c.fieldNames("message", m.Name, m.Fields, extraMethods(m.Secret, m.Ruled)...)
	}
	for _, e := range pkg.Errors {
		c.fieldNames("error", e.Name, e.Body.Fields, extraMethods(e.Body.Secret, e.Body.Ruled)...)
	}
	for _, u := range pkg.Unions {
		c.unionNames(g, u)
	}
	for _, a := range pkg.Annotations {
		params := c.newGoScope()
		for _, p := range a.Params {
			params.add(p.GoName, "parameter `"+a.Name+"."+p.Name+"`", p.Span)
		}
	}
	for _, svc := range pkg.Services {
		c.serviceNames(g, svc)
	}
}

// fieldNames checks the fields of a struct against each other and against the
// methods of the struct.
func (c *checker) fieldNames(kind, owner string, fields []*ir.Field, methods ...string) {
	g := c.newGoScope()
	g.reserve("a generated method", codecMethods...)
	g.reserve("a generated method", ownMethods[kind]...)
	g.reserve("a generated method", methods...)
	what := "field"
	if kind == "union" {
		what = "variant"
	}
	for _, f := range fields {
		g.add(f.GoName, what+" `"+owner+"."+f.Name+"`", f.Span)
	}
}

// extraMethods are those that a type has when it holds a secret, or has rules. Other types
// do without one that a field has the name of.
func extraMethods(secret, ruled bool) (names []string) {
	if secret {
		names = append(names, "Format", "LogValue")
	}
	if ruled {
		names = append(names, "Validate", "ValidateGrid")
	}
	return names
}

func (c *checker) enumNames(g goScope, e *ir.Enum) {
	for _, v := range e.Values {
		g.add(e.GoName+v.GoName, "value `"+e.Name+"."+v.Name+"`", v.Span)
	}
}

func (c *checker) unionNames(g goScope, u *ir.Union) {
	union := "union `" + u.Name + "`"
	g.add(u.GoName+"Kind", "the kinds of "+union, u.Span)
	g.add(u.GoName+"Unknown", "the unknown variant of "+union, u.Span)
	g.add(u.GoName+"Unset", "the empty value of "+union, u.Span)
	for _, v := range u.Variants {
		g.add(u.KindName(v), "variant `"+u.Name+"."+v.Name+"`", v.Span)
	}
	c.fieldNames("union", u.Name, u.Variants, extraMethods(u.Secret, u.Ruled)...)
}

// serviceNames enters what is generated for a service; the service's own name
// is not among it. Each handler becomes a method X and, in the fake, a field
// XFunc; with @reuse the client may have a method XInto.
func (c *checker) serviceNames(g goScope, svc *ir.Service) {
	service := "service `" + svc.Name + "`"
	n := svc.GoName
	for _, name := range []struct{ goName, what string }{
		{n + "Client", "the client of "}, {"New" + n + "Client", "the client constructor of "},
		{n + "Server", "the server interface of "}, {"Unimplemented" + n + "Server", "the empty server of "},
		{"Register" + n, "the registration of "}, {n + "Funcs", "the fake server of "},
		{n + "Group", "the group of "}, {"New" + n + "Group", "the group constructor of "},
	} {
		g.add(name.goName, name.what+service, svc.Span)
	}
	methods := c.newGoScope()
	var sound []*ir.Handler
	for _, h := range svc.Handlers {
		if methods.add(h.GoName, "handler `"+h.Name+"`", h.Span) {
			sound = append(sound, h)
		}
	}
	for _, h := range sound {
		methods.add(h.GoName+"Func", "the fake of handler `"+h.Name+"`", h.Span)
		if h.HasInto() {
			methods.add(h.IntoName(), "the `@reuse` method of handler `"+h.Name+"`", h.Span)
		}
	}
}
