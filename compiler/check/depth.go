package check

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// measure finds how deep the types of a component are, when all that they hold is
// known. What contains itself may be as deep as anybody makes it; it is counted
// once.
func (g *typeGraph) measure(component []any) {
	found := make([]ir.Depth, len(component)) // none counts what another of them holds
	for i, node := range component {
		d := ir.Depth{Levels: 1}
		for _, f := range ir.FieldsOf(node) {
			around, held := ir.Wrapped(f.Type)
			if n := 1 + around + g.depths[held].Levels; n > d.Levels {
				d = ir.Depth{Levels: n, Via: f, Next: held}
			}
		}
		found[i] = d
	}
	for i, node := range component {
		g.depths[node] = found[i]
	}
}

// depths reports the types that are nested so deeply that what is innermost could
// never be sent. Of a chain only the type is reported that is the first too deep.
func (c *checker) depths(p *ir.Package, depths map[any]ir.Depth) {
	check := func(kind string, info *ir.Info, node any) {
		d := depths[node]
		if d.Levels <= ir.MaxDepth || depths[d.Next].Levels > ir.MaxDepth {
			return
		}
		at := info.Span
		if d.Via != nil {
			at = d.Via.Type.Span
		}
		c.tooDeep(p, at, kind+" `"+info.Name+"`", d, depths)
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

func (c *checker) tooDeep(p *ir.Package, at idl.Span, what string, d ir.Depth, depths map[any]ir.Depth) {
	var names []string
	for next := d.Next; next != nil; next = depths[next].Next {
		names = append(names, ir.NameFrom(p, next))
	}
	const shown = 5
	if len(names) > shown {
		names = append(append(names[:2:2], "…"), names[len(names)-2:]...)
	}
	path := ""
	if len(names) > 0 {
		path = fmt.Sprintf(" (%s)", strings.Join(names, " → "))
	}
	c.report("type-too-deep", at, "%s is nested %d levels deep%s, and a value may have %d", what, d.Levels, path, ir.MaxDepth).
		Help("levels are messages, unions, lists and maps: put fields of the inner ones into the outer ones, or send the inner part as a message of its own, in `raw`")
}
