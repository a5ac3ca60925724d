package check

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

func (c *checker) enumBody(s *source, d *idl.Enum, e *ir.Enum) {
	e.Info = c.info(d.Name, &d.Meta, c.annos(d.Annos, onEnum))
	e.Base, e.BaseAt = c.enumBase(d)
	low, high := integerRange(e.Base)
	set := newMembers(c, "value", "enum `"+d.Name.Name+"`", low, high)
	set.reserve(d.Reserved)
	hasZero, sound := false, !s.HasErrorIn(d.Span)
	for _, v := range d.Values {
		value := &ir.EnumValue{Info: c.info(v.Name, &v.Meta, c.annos(v.Annos, onValue))}
		isNew := set.name(v.Name)
		if v.Number == nil {
			sound = false
			continue
		}
		n, ok := set.number(v.Name.Name, v.Number)
		value.Number, value.NumberAt = n, v.Number.Span
		hasZero = hasZero || v.Number.Kind == idl.LitInt && v.Number.Int == 0
		if isNew && ok {
			e.Values = append(e.Values, value)
		}
	}
	e.Reserved = set.result
	if !hasZero && sound {
		c.noZero(s, d)
	}
}

func (c *checker) noZero(s *source, d *idl.Enum) {
	f := c.report("enum-zero-missing", d.Name.Span, "enum `%s` has no value `= 0`", d.Name.Name).
		Help("the zero value of every enum is 0, which should mean unknown: add `unknown = 0`")
	if name := zeroName(d); name != "" {
		f.Fix("add `"+name+" = 0`", diag.Before(s.withDoc(&d.Values[0].Meta)), name+" = 0\n    ")
	}
}

// withDoc is the span of what a line declares, from the comment above it on.
func (s *source) withDoc(m *idl.Meta) idl.Span {
	at := m.Span
	for range m.Doc {
		line := strings.LastIndexByte(string(s.Tree.Source[:max(at.Start.Offset-at.Start.Col, 0)]), '\n') + 1
		text := s.LineAt(line)
		indent := len(text) - len(strings.TrimLeft(text, " \t"))
		at.Start = idl.Pos{Offset: line + indent, Line: at.Start.Line - 1, Col: indent + 1}
	}
	return at
}

// zeroName is a name that the missing zero value can have; it is empty when
// there is no place to put it.
func zeroName(d *idl.Enum) string {
	taken := make(map[string]bool)
	for _, v := range d.Values {
		taken[v.Name.Name] = true
	}
	for _, line := range d.Reserved {
		for _, item := range line.Items {
			if item.From.Kind == idl.LitString {
				taken[item.From.Str] = true
			} else if item.From.Int <= 0 && (item.From.Int == 0 || item.To != nil && item.To.Int >= 0) {
				return "" // 0 was something once
			}
		}
	}
	for _, name := range []string{"unknown", "unset", "none"} {
		if len(d.Values) > 0 && !taken[name] {
			return name
		}
	}
	return ""
}

// enumBase is the integer type of an enum, and its place; Int64 stands in for a
// wrong one, so that the values are checked against something.
func (c *checker) enumBase(d *idl.Enum) (ir.Kind, idl.Span) {
	if d.Base == nil {
		return ir.Int64, idl.Span{}
	}
	kind := ir.Builtin(d.Base.Name)
	if kind.IsInteger() {
		return kind, d.Base.Span
	}
	f := c.report("enum-base", d.Base.Span, "the base of an enum is an integer type, `%s` is not one", d.Base.Name)
	near := foreignTypes[d.Base.Name]
	known := ir.Builtin(near).IsInteger()
	if !known {
		near = idl.Nearest(d.Base.Name, integerNames)
	}
	if near == "" {
		near = "uint8"
	}
	f.Help("write `%s`", near).Fix("write `"+near+"`", d.Base.Span, near).Guess(known)
	return ir.Int64, d.Base.Span
}

var integerNames = []string{"uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"}

// integerRange is what an integer kind holds; high is negative for uint64, whose
// upper half is written as bit patterns.
func integerRange(k ir.Kind) (low, high int64) {
	low, most := k.Bounds()
	return low, int64(most) // fits: or is negative, as said
}
