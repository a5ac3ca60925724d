package evolution

import (
	"fmt"
	"path"
)

// movable is all that can be moved: the places of enums, messages and the service.
func (m *model) movable() []*place {
	all := []*place{&m.service}
	for _, e := range m.enums {
		all = append(all, &e.place)
	}
	for _, x := range m.messages {
		all = append(all, &x.place)
	}
	return all
}

// types are the places of types.
func (m *model) types() []*place { return m.movable()[1:] }

// inPackage are those of the places that are in a package.
func inPackage(places []*place, pkg int) (in []*place) {
	for _, p := range places {
		if p.pkg == pkg {
			in = append(in, p)
		}
	}
	return in
}

// move moves a type to another package. With the last one its own is gone.
func (m *model) move(p *place, to int) string {
	from := p.pkg
	p.pkg = to
	if from != home.pkg && len(inPackage(m.movable(), from)) == 0 {
		return "source/package-deleted"
	}
	return "source/type-moved"
}

// newPackage adds a package in a folder of its own.
func (m *model) newPackage() int {
	name := m.fresh("n")
	m.packages = append(m.packages, pkg{name, path.Join("deep", name)})
	return len(m.packages) - 1
}

// eachFile calls change with the name of every file of a package that something stands in,
// but for that of the annotation, which stays.
func (g *maker) eachFile(pkg int, change func(file string) string) {
	now := map[string]string{}
	for _, p := range inPackage(g.m.movable(), pkg) {
		if *p == home {
			continue
		}
		if now[p.file] == "" {
			now[p.file] = change(p.file)
		}
		p.file = now[p.file]
	}
}

// moveEdits move what stays as it is. Where a move has packages import each other in a
// circle it does not compile, and another is tried.
var moveEdits = []edit{
	{"move a declaration to another file", func(g *maker) string {
		pick(g.Rand, g.m.movable()).file = g.m.fresh("f")
		return ""
	}},
	{"rename files", func(g *maker) string {
		g.eachFile(g.IntN(2), func(file string) string { return g.m.fresh(pick(g.Rand, []string{"b", "y"})) + file })
		return ""
	}},
	{"a file for each declaration", func(g *maker) string {
		for _, p := range g.m.movable() {
			p.file = g.m.fresh("f")
		}
		return ""
	}},
	{"one file for each package", func(g *maker) string {
		for _, p := range g.m.movable() {
			p.file = home.file
		}
		return ""
	}},
	{"move a type to another package", func(g *maker) string {
		p := pick(g.Rand, g.m.types())
		return g.m.move(p, max(1-p.pkg, 0))
	}},
	{"move a type to a new package", func(g *maker) string {
		return g.m.move(pick(g.Rand, g.m.types()), g.m.newPackage())
	}},
	{"split a package", func(g *maker) string {
		types := inPackage(g.m.types(), 0)
		if len(types) < 2 {
			return impossible
		}
		to := g.m.newPackage()
		for _, p := range types[:1+g.IntN(len(types)-1)] {
			p.pkg = to
		}
		return "source/type-moved"
	}},
	{"move the service to another package", func(g *maker) string {
		g.m.service.pkg = g.m.newPackage()
		return "source/service-moved"
	}},
	{"rename a package", func(g *maker) string {
		p := g.IntN(2)
		if p == 1 && len(inPackage(g.m.movable(), 1)) == 0 {
			return impossible // nothing is in it
		}
		g.m.packages[p].name = g.m.fresh("n")
		return "source/package-renamed"
	}},
	{"move a package to another folder", func(g *maker) string {
		p := g.IntN(2)
		if p == 1 && len(inPackage(g.m.movable(), 1)) == 0 {
			return impossible
		}
		g.m.packages[p].folder = fmt.Sprintf("moved%d", p)
		return "source/package-moved"
	}},
	{"give the service to a product, or to none", func(g *maker) string {
		g.m.product = map[string]string{"": "x"}[g.m.product]
		return ""
	}},
	{"rename a package and its files", func(g *maker) string {
		p := len(g.m.packages) - 1
		if len(inPackage(g.m.movable(), p)) == 0 {
			return impossible
		}
		g.m.packages[p].name = g.m.fresh("n")
		for _, at := range inPackage(g.m.movable(), p)[1:] {
			at.file = "0" + at.file // a file that comes before those that were there
		}
		return "source/package-renamed"
	}},
}
