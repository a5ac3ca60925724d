package check

import (
	"cmp"
	"slices"
)

// order sorts the packages so that imports come first, otherwise by path, and reports
// import cycles. It returns their sources in that order, those of a package by path.
func (c *checker) order() []*source {
	o := &ordering{c: c, state: make(map[*unit]visit)}
	for _, u := range unitsOf(c.sources) {
		if o.state[u] == unvisited {
			o.visit(u)
		}
	}
	return o.done
}

type visit uint8

const (
	unvisited visit = iota
	onPath
	finished
)

// ordering is a depth-first walk over imports.
type ordering struct {
	c     *checker
	state map[*unit]visit
	path  []*unit
	via   []*importLink // via[i] leads from path[i] to path[i+1]
	done  []*source
}

func (o *ordering) visit(u *unit) {
	o.state[u] = onPath
	o.path = append(o.path, u)
	for _, s := range u.sources {
		for _, link := range sortedImports(s) {
			o.follow(s, link)
		}
	}
	o.path = o.path[:len(o.path)-1]
	o.state[u] = finished
	o.done = append(o.done, u.sources...)
}

// follow goes where an import of a source leads.
func (o *ordering) follow(s *source, link *importLink) {
	to := link.to.unit
	if to == s.unit && link.to != s {
		o.c.report("import-own", link.Decl.PathAt, "`%s` belongs to this package", link.Decl.Path).
			Help("the names of all files of a package are known in each: use them alone, without `%s.`", link.Name)
		return
	}
	o.via = append(o.via, link)
	switch o.state[to] {
	case unvisited:
		o.visit(to)
	case onPath:
		o.cycle(link)
	}
	o.via = o.via[:len(o.via)-1]
}

// sortedImports are the imports that could be loaded, by the path of their file.
func sortedImports(s *source) []*importLink {
	links := slices.DeleteFunc(slices.Clone(s.imports), func(l *importLink) bool { return l.to == nil })
	slices.SortFunc(links, func(a, b *importLink) int { return cmp.Compare(a.to.Path, b.to.Path) })
	return links
}

// cycle reports that the last import leads back to a package on the path.
func (o *ordering) cycle(closing *importLink) {
	start := slices.Index(o.path, closing.to.unit)
	text := ""
	for _, link := range o.via[start:] {
		text += link.Decl.PathAt.File + " → "
	}
	f := o.c.report("import-cycle", closing.Decl.PathAt, "import cycle: %s%s", text, closing.to.Path)
	for _, link := range o.via[start : len(o.via)-1] {
		f.Also(link.Decl.PathAt, "imports `"+link.to.Path+"`")
	}
	f.Help("move what both need into a file that imports neither")
}
