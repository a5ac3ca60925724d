package check

import (
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// tuple checks that the numbers of a message are places in an array: 1 and on, without
// a hole but what is reserved.
func (c *checker) tuple(s *source, d *idl.Message, m *ir.Message) {
	if m.StringKeys {
		c.report("tuple-keys", m.Fields[0].NumberAt, "a tuple has no keys: the fields of `%s` have numbers", m.Name).
			Help("number the fields 1, 2, 3 in the order of the array")
		return
	}
	if s.HasErrorIn(d.Span) || c.anyUnnumbered(m) {
		return // which may be the one that is missing
	}
	m.Tuple = true
	for i, f := range m.Places() {
		n := int64(i) + 1
		if f == nil && !reserves(m.Reserved, n) {
			m.Tuple = false
			c.tupleGap(m, n)
			return
		}
	}
}

// anyUnnumbered reports whether a field has no number, which was said.
func (c *checker) anyUnnumbered(m *ir.Message) bool {
	for _, f := range m.Fields {
		if f.Number == 0 {
			return true
		}
	}
	return false
}

func reserves(r ir.Reserved, n int64) bool {
	for _, x := range r.Ranges {
		if x.From <= n && n <= x.To {
			return true
		}
	}
	return false
}

// tupleGap reports the first number that is missing, at the field after it.
func (c *checker) tupleGap(m *ir.Message, n int64) {
	for _, f := range m.Places()[n:] {
		if f != nil {
			c.report("tuple-gap", f.NumberAt, "`%s` is a tuple, and no field is its number %d", m.Name, n).
				Help("a number is the place in the array: leave none out, or write `reserved %d`", n)
			return
		}
	}
}
