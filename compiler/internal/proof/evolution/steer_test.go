package evolution

import "github.com/gridrpc/gridc/runtime/schema"

// steer has values lead to one of the shapes, however deep it lies: what a review says of
// that shape would otherwise be seen only where random values happen to reach it.
func (g *values) steer(shapes map[string]bool) {
	g.steps = map[*schema.Shape]int{}
	for i := range g.table.Shapes {
		if s := &g.table.Shapes[i]; shapes[s.Name] {
			g.steps[s] = 0
		}
	}
	for steps, found := 1, true; found; steps++ {
		found = false
		for i := range g.table.Shapes {
			s := &g.table.Shapes[i]
			if _, known := g.steps[s]; !known && g.leading(s, steps-1) != nil {
				g.steps[s], found = steps, true
			}
		}
	}
}

// lead is the field of a shape that is nearer to where the values are steered; nil when
// they are not, or have arrived.
func (g *values) lead(s *schema.Shape) *schema.Field {
	if steps := g.steps[s]; steps > 0 {
		return g.leading(s, steps-1)
	}
	return nil
}

// leading is a field of a shape that holds a shape of so many steps.
func (g *values) leading(s *schema.Shape, steps int) *schema.Field {
	for i := range s.Fields {
		if held := g.heldBy(&s.Fields[i].Type); held != nil {
			if n, known := g.steps[held]; known && n == steps {
				return &s.Fields[i]
			}
		}
	}
	return nil
}

// heldBy is the message or union that a type is, or holds in lists and maps.
func (g *values) heldBy(ty *schema.Type) *schema.Shape {
	for ty.Elem != nil {
		ty = ty.Elem
	}
	if isStruct(ty) {
		return &g.table.Shapes[ty.Shape]
	}
	return nil
}

// arrive is called where a value of the shape begins: where it is what the values were
// steered to, they have all depth again, once.
func (g *values) arrive(s *schema.Shape, depth int) (now int, leave func()) {
	steps := g.steps
	if n, known := steps[s]; !known || n > 0 {
		return depth, func() {}
	}
	g.steps = nil
	return 0, func() { g.steps = steps }
}
