package check

import (
	"fmt"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// reserve enters the reserved lines of a declaration, which count wherever they
// stand: before the members, between them or after.
func (m *members) reserve(lines []*idl.Reserved) {
	for _, line := range lines {
		m.c.annos(line.Annos, onOther)
		for _, item := range line.Items {
			if item.From == nil {
				continue
			}
			if item.From.Kind == idl.LitString {
				m.reserveName(item.From)
			} else {
				m.reserveRange(item)
			}
		}
	}
}

func (m *members) reserveName(lit *idl.Lit) {
	if lit.Str == "" {
		m.c.report("reserved-invalid", lit.Span, "a reserved name is never empty")
		return
	}
	if at, again := m.oldNames[lit.Str]; again {
		m.c.report("reserved-overlap", lit.Span, "the name `%s` is already reserved", lit.Str).
			Also(at, "first reserved here")
		return
	}
	m.oldNames[lit.Str] = lit.Span
	m.result.Names = append(m.result.Names, lit.Str)
}

func (m *members) reserveRange(item *idl.ReservedItem) {
	from, to := item.From, item.To
	if to == nil {
		to = from
	}
	for _, lit := range []*idl.Lit{from, to} {
		if lit.Kind != idl.LitInt || lit.Big || !m.holds(lit) {
			m.c.report("reserved-invalid", lit.Span, "%s cannot be reserved: the %ss of %s are numbered %s", lit.Text, m.what, m.owner, m.rangeText())
			return
		}
	}
	if from.Int > to.Int {
		m.c.report("reserved-invalid", item.Span, "the range %s..%s is empty", from.Text, to.Text).
			Fix("swap the ends", item.Span, to.Text+".."+from.Text)
		return
	}
	r := reservedRange{ir.Range{From: from.Int, To: to.Int}, item.Span}
	for _, other := range m.ranges {
		if r.From <= other.To && other.From <= r.To {
			m.c.report("reserved-overlap", item.Span, "%s is already reserved", r.Range).
				Also(other.at, "first reserved here")
			return
		}
	}
	m.ranges = append(m.ranges, r)
	m.result.Ranges = append(m.result.Ranges, r.Range)
}

// rangeText says which numbers there are; max is negative for all of uint64.
func rangeText(from, to int64) string {
	if to < 0 {
		return "0 to 18446744073709551615"
	}
	return fmt.Sprintf("%d to %d", from, to)
}
