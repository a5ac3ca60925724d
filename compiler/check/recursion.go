package check

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
)

// recursion finds the types of a package that contain themselves, and those that
// are nested too deeply. Imports have no cycles, so neither have types of
// different packages.
func (c *checker) recursion(p *ir.Package) {
	g := &typeGraph{low: make(map[any]int), index: make(map[any]int), open: make(map[any]bool), depths: make(map[any]nesting), loose: make(map[any]*loose)}
	for _, m := range p.Messages {
		g.enter(m)
	}
	for _, u := range p.Unions {
		g.enter(u)
	}
	for _, e := range p.Errors {
		g.enter(e.Body)
	}
	c.depths(p, g.depths)
	c.looseMaps(p, g.loose)
	w := &valueWalk{c: c, state: make(map[*ir.Message]visit)}
	for _, m := range p.Messages {
		w.visitOnce(m)
	}
	for _, e := range p.Errors {
		w.visitOnce(e.Body)
	}
}

// typeGraph finds the strongly connected types (Tarjan): a message or union
// contains what its fields hold, at any depth of lists and maps.
type typeGraph struct {
	index, low map[any]int
	open       map[any]bool // on the stack
	stack      []any
	depths     map[any]nesting // of those that are done
	loose      map[any]*loose
}

func (g *typeGraph) enter(node any) {
	if g.index[node] == 0 {
		g.visit(node)
	}
}

func (g *typeGraph) visit(node any) {
	g.index[node] = len(g.index) + 1
	g.low[node] = g.index[node]
	g.stack, g.open[node] = append(g.stack, node), true
	self := false
	for _, next := range contents(node) {
		self = self || next == node
		if g.index[next] == 0 {
			g.visit(next)
			g.low[node] = min(g.low[node], g.low[next])
		} else if g.open[next] {
			g.low[node] = min(g.low[node], g.index[next])
		}
	}
	if g.low[node] != g.index[node] {
		return
	}
	component := g.pop(node)
	g.measure(component)
	g.findLoose(component)
	keepSecrets(component)
	keepRules(component)
	if self || len(component) > 1 {
		for _, n := range component {
			setRecursive(n)
		}
	}
}

func (g *typeGraph) pop(root any) []any {
	for i := len(g.stack) - 1; ; i-- {
		g.open[g.stack[i]] = false
		if g.stack[i] == root {
			component := g.stack[i:]
			g.stack = g.stack[:i]
			return component
		}
	}
}

// keepSecrets marks the types of a component when one of them holds a secret.
func keepSecrets(component []any) {
	secret := slices.ContainsFunc(component, func(node any) bool {
		return slices.ContainsFunc(ir.FieldsOf(node), func(f *ir.Field) bool { return f.Secret }) ||
			slices.ContainsFunc(contents(node), holdsSecret)
	})
	if !secret {
		return
	}
	for _, node := range component {
		switch n := node.(type) {
		case *ir.Message:
			mark(&n.Secret)
		case *ir.Union:
			mark(&n.Secret)
		}
	}
}

// keepRules marks the types of a component when one of them has a rule, or holds a type that
// has: all rules, and those besides limits.
func keepRules(component []any) {
	for _, sort := range []struct {
		field func(*ir.Field) bool
		flag  func(node any) *bool
	}{{(*ir.Field).HasRule, ruled}, {(*ir.Field).HasStrictRule, strict}} {
		found := slices.ContainsFunc(component, func(node any) bool {
			return slices.ContainsFunc(ir.FieldsOf(node), sort.field) ||
				slices.ContainsFunc(contents(node), func(held any) bool { return *sort.flag(held) })
		})
		for _, node := range component {
			if found {
				mark(sort.flag(node))
			}
		}
	}
}

func ruled(node any) *bool {
	if m, ok := node.(*ir.Message); ok {
		return &m.Ruled
	}
	return &node.(*ir.Union).Ruled
}

func strict(node any) *bool {
	if m, ok := node.(*ir.Message); ok {
		return &m.Strict
	}
	return &node.(*ir.Union).Strict
}

func holdsSecret(node any) bool {
	switch n := node.(type) {
	case *ir.Message:
		return n.Secret
	case *ir.Union:
		return n.Secret
	}
	return false
}

func setRecursive(node any) {
	switch n := node.(type) {
	case *ir.Message:
		mark(&n.Recursive)
	case *ir.Union:
		mark(&n.Recursive)
	}
}

// mark sets what is not set: types of an imported package come by again, and may belong to
// a schema that somebody reads.
func mark(set *bool) {
	if !*set {
		*set = true
	}
}

// contents are the messages and unions that a type holds.
func contents(node any) []any {
	var held []any
	for _, f := range ir.FieldsOf(node) {
		for t := f.Type; t != nil; t = t.Elem {
			switch t.Kind {
			case ir.MessageKind:
				held = append(held, t.Message)
			case ir.UnionKind:
				held = append(held, t.Union)
			}
		}
	}
	return held
}

// valueWalk finds messages that hold themselves by value, which no Go struct
// can. Optional fields, lists, maps and variants are held by reference.
type valueWalk struct {
	c     *checker
	state map[*ir.Message]visit
	path  []*ir.Message
}

func (w *valueWalk) visitOnce(m *ir.Message) {
	if w.state[m] == unvisited {
		w.visit(m)
	}
}

func (w *valueWalk) visit(m *ir.Message) {
	w.state[m] = onPath
	w.path = append(w.path, m)
	for _, f := range m.Fields {
		if f.Type == nil || f.Type.Kind != ir.MessageKind || f.Type.Optional {
			continue
		}
		switch w.state[f.Type.Message] {
		case unvisited:
			w.visit(f.Type.Message)
		case onPath:
			w.infinite(f)
		}
	}
	w.path = w.path[:len(w.path)-1]
	w.state[m] = finished
}

// infinite reports that the field closes a circle.
func (w *valueWalk) infinite(f *ir.Field) {
	first := f.Type.Message
	circle := w.path[slices.Index(w.path, first):]
	if slices.ContainsFunc(circle, func(m *ir.Message) bool { return m.Package != first.Package }) {
		return // the files import each other, which was said
	}
	var names []string
	for _, m := range circle {
		names = append(names, m.Name)
	}
	const shown = 8
	if len(names) > shown {
		names = append(names[:shown-1], "…")
	}
	at := f.Type.Span
	kind := "message"
	if first.Error != nil {
		kind = "error"
	}
	w.c.report("type-infinite", at, "%s `%s` contains itself: %s → %s", kind, first.Name, strings.Join(names, " → "), first.Name).
		Help("make the field optional: `%s?`", first.Name).
		Fix("make the field optional", diag.Behind(at), "?").Guess(len(circle) == 1) // else any field of the circle may be meant
}
