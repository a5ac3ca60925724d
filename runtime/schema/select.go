package schema

import (
	"fmt"
	"slices"
	"sort"
)

// Handler returns the handler with the id, or nil.
func (t *Table) Handler(id uint16) *Handler {
	i := sort.Search(len(t.Handlers), func(i int) bool { return t.Handlers[i].ID >= id })
	if i < len(t.Handlers) && t.Handlers[i].ID == id {
		return &t.Handlers[i]
	}
	return nil
}

// Select returns a table of the handlers of t whose id keep accepts, with only the
// shapes that they need. It shares no memory with t that either may change.
func (t *Table) Select(keep func(id uint16) bool) *Table {
	m := merger{out: &Table{Reserved: slices.Clone(t.Reserved)}}
	m.add(t, keep)
	return m.out
}

// Merge returns one table with the handlers of all tables. If several tables have a
// handler, it is taken once if they agree on it, and otherwise it is an error.
func Merge(tables ...*Table) (*Table, error) {
	m := merger{out: &Table{}}
	for i, t := range tables {
		if slices.Contains(tables[:i], t) {
			continue
		}
		if err := m.agrees(t); err != nil {
			return nil, err
		}
		m.add(t, func(id uint16) bool { return m.out.Handler(id) == nil })
		m.out.Reserved = append(m.out.Reserved, t.Reserved...)
		slices.SortFunc(m.out.Handlers, func(a, b Handler) int { return int(a.ID) - int(b.ID) })
	}
	return m.out, nil
}

// agrees reports a handler of t that out has already, in another form.
func (m *merger) agrees(t *Table) error {
	for i := range t.Handlers {
		h := &t.Handlers[i]
		first := m.out.Handler(h.ID)
		if first != nil && m.out.HandlerDigest(first) != t.HandlerDigest(h) {
			return fmt.Errorf("handler id %d is both %s and %s", h.ID, quote(first.Name), quote(h.Name))
		}
	}
	return nil
}

// merger copies handlers into out, with the shapes that they refer to.
type merger struct {
	out   *Table
	from  *Table
	index map[int]int // shapes of from → shapes of out
	queue []int       // shapes of from that are numbered and not yet copied
}

func (m *merger) add(from *Table, keep func(id uint16) bool) {
	m.from, m.index = from, map[int]int{}
	var added []Handler
	for _, h := range from.Handlers {
		if !keep(h.ID) {
			continue
		}
		h.Subroutes = slices.Clone(h.Subroutes)
		h.Request, h.Response = m.typ(h.Request), m.typ(h.Response)
		h.In, h.Out = m.typ(h.In), m.typ(h.Out)
		h.Errors = slices.Clone(h.Errors)
		for i := range h.Errors {
			h.Errors[i].Shape = m.shape(h.Errors[i].Shape)
		}
		added = append(added, h)
	}
	m.out.Handlers = append(m.out.Handlers, added...)
	m.copyShapes()
}

// copyShapes fills in the shapes that were given a number, and those that they
// need in turn.
func (m *merger) copyShapes() {
	for len(m.queue) > 0 {
		i := m.queue[0]
		m.queue = m.queue[1:]
		s := m.from.Shapes[i]
		s.Values = slices.Clone(s.Values)
		s.Reserved, s.Keys = slices.Clone(s.Reserved), slices.Clone(s.Keys)
		s.Fields = slices.Clone(s.Fields)
		for j := range s.Fields {
			s.Fields[j].Type = *m.typ(&s.Fields[j].Type)
		}
		m.out.Shapes[m.index[i]] = s
	}
}

func (m *merger) typ(ty *Type) *Type {
	if ty == nil {
		return nil
	}
	c := *ty
	c.Key, c.Elem = m.typ(ty.Key), m.typ(ty.Elem)
	if c.Kind.named() {
		c.Shape = m.shape(ty.Shape)
	}
	return &c
}

func (m *merger) shape(i int) int {
	n, ok := m.index[i]
	if !ok {
		n = len(m.out.Shapes)
		m.index[i] = n
		m.out.Shapes = append(m.out.Shapes, Shape{})
		m.queue = append(m.queue, i)
	}
	return n
}
