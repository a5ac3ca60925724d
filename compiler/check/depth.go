package check

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// maxDepth is how many levels of messages, unions, lists and maps the codec writes
// and reads in one value. A test compares the two.
const maxDepth = 64

// nesting is how many levels a type may take, and through which field.
type nesting struct {
	levels int
	via    *ir.Field
	next   any // the type that the field holds
}

// measure finds how deep the types of a component are, when all that they hold is
// known. What contains itself may be as deep as anybody makes it; it is counted
// once.
func (g *typeGraph) measure(component []any) {
	found := make([]nesting, len(component)) // none counts what another of them holds
	for i, node := range component {
		d := nesting{levels: 1}
		for _, f := range ir.FieldsOf(node) {
			around, held := wrapped(f.Type)
			if n := 1 + around + g.depths[held].levels; n > d.levels {
				d = nesting{levels: n, via: f, next: held}
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
func (c *checker) depths(p *ir.Package, depths map[any]nesting) {
	check := func(kind string, info *ir.Info, node any) {
		d := depths[node]
		if d.levels <= maxDepth || depths[d.next].levels > maxDepth {
			return
		}
		at := info.Span
		if d.via != nil {
			at = d.via.Type.Span
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

func (c *checker) tooDeep(p *ir.Package, at idl.Span, what string, d nesting, depths map[any]nesting) {
	var names []string
	for next := d.next; next != nil; next = depths[next].next {
		names = append(names, nameFrom(p, next))
	}
	const shown = 5
	if len(names) > shown {
		names = append(append(names[:2:2], "…"), names[len(names)-2:]...)
	}
	path := ""
	if len(names) > 0 {
		path = fmt.Sprintf(" (%s)", strings.Join(names, " → "))
	}
	c.report("type-too-deep", at, "%s is nested %d levels deep%s, and a value may have %d", what, d.levels, path, maxDepth).
		Help("levels are messages, unions, lists and maps: move fields from inner to outer ones, or send the inner part as an encoded message in `raw`")
}

// wrapped returns how many lists and maps are around what a type holds, and the
// message or union that it is, if it is one.
func wrapped(t *ir.Type) (around int, held any) {
	for ; t != nil; t = t.Elem {
		switch t.Kind {
		case ir.List, ir.Map:
			around++
		case ir.MessageKind:
			return around, t.Message
		case ir.UnionKind:
			return around, t.Union
		}
	}
	return around, nil
}

// nameFrom is what a message or union is called in the file of a package.
func nameFrom(p *ir.Package, node any) string {
	home, name := p, ""
	switch n := node.(type) {
	case *ir.Message:
		home, name = n.Package, n.Name
	case *ir.Union:
		home, name = n.Package, n.Name
	}
	if home != p {
		return home.Name + "." + name
	}
	return name
}
