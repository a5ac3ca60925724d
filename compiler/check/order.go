package check

import (
	"cmp"
	"slices"
)

// order sorts the sources so that imports come first, otherwise by path, and
// reports import cycles.
func (c *checker) order() []*source {
	byPath := slices.SortedFunc(slices.Values(c.sources), func(a, b *source) int {
		return cmp.Compare(a.Path, b.Path)
	})
	o := &ordering{c: c, state: make(map[*source]visit)}
	for _, s := range byPath {
		if o.state[s] == unvisited {
			o.visit(s)
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
	state map[*source]visit
	path  []*source
	via   []*importLink // via[i] leads from path[i] to path[i+1]
	done  []*source
}

func (o *ordering) visit(s *source) {
	o.state[s] = onPath
	o.path = append(o.path, s)
	for _, link := range sortedImports(s) {
		o.via = append(o.via, link)
		switch o.state[link.to] {
		case unvisited:
			o.visit(link.to)
		case onPath:
			o.cycle(link)
		}
		o.via = o.via[:len(o.via)-1]
	}
	o.path = o.path[:len(o.path)-1]
	o.state[s] = finished
	o.done = append(o.done, s)
}

// sortedImports are the imports that could be loaded, by the path of their file.
func sortedImports(s *source) []*importLink {
	links := slices.DeleteFunc(slices.Clone(s.imports), func(l *importLink) bool { return l.to == nil })
	slices.SortFunc(links, func(a, b *importLink) int { return cmp.Compare(a.to.Path, b.to.Path) })
	return links
}

// cycle reports that the last import leads back to a file on the path.
func (o *ordering) cycle(closing *importLink) {
	start := slices.Index(o.path, closing.to)
	text := ""
	for _, s := range o.path[start:] {
		text += s.Path + " → "
	}
	f := o.c.report("import-cycle", closing.Decl.PathAt, "import cycle: %s%s", text, closing.to.Path)
	for _, link := range o.via[start : len(o.via)-1] {
		f.Also(link.Decl.PathAt, "imports `"+link.to.Path+"`")
	}
	f.Help("move what both need into a file that imports neither")
}
