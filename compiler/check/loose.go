package check

import (
	"github.com/gridrpc/gridc/compiler/ir"
)

// loose is a map that is not sorted, in a message or union.
type loose struct {
	owner any // *ir.Message, *ir.Union
	field *ir.Field
}

// findLoose notes a map of a component, or of what it holds, that is not sorted.
func (g *typeGraph) findLoose(component []any) {
	var found *loose
	for _, node := range component {
		for _, f := range ir.FieldsOf(node) {
			for t := f.Type; t != nil && found == nil; t = t.Elem {
				if t.Kind == ir.Map && !t.Sorted {
					found = &loose{node, f}
				}
			}
		}
		for _, held := range contents(node) {
			if found == nil {
				found = g.loose[held]
			}
		}
	}
	if found == nil {
		return
	}
	for _, node := range component {
		g.loose[node] = found
	}
}

// looseMaps reports messages, unions and errors that are sorted and hold a map that is not: the
// same value would not always have the same bytes.
func (c *checker) looseMaps(p *ir.Package, found map[any]*loose) {
	check := func(kind string, info *ir.Info, node any) {
		at, sorted := info.Annos["sorted"]
		if l := found[node]; sorted && l != nil {
			c.report("sorted-loose", at, "%s `%s` is sorted, and the map `%s` that it holds is not", kind, info.Name, nameFrom(p, l.owner)+"."+l.field.Name).
				Also(l.field.Span, "this one").
				Help("add `@sorted` there as well, or to single maps instead of all of `%s`", info.Name)
		}
	}
	for _, m := range p.Messages {
		check("message", &m.Info, m)
	}
	for _, u := range p.Unions {
		check("union", &u.Info, u)
	}
	for _, e := range p.Errors {
		check("error", &e.Info, e.Body)
	}
}
