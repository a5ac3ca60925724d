package feature

import (
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/idl"
)

// rewrites offers what can be done with the member at an offset so that its number is
// never used for something else.
func (a *actions) rewrites(offset int) {
	around := a.File.Around(offset)
	if len(around) < 2 {
		return
	}
	m := around[1]
	number := reservable(m)
	if number == "" {
		return
	}
	if edits := a.reserveAndDelete(m, number); edits != nil {
		a.offer(Refactor, "Reserve "+number+" and delete `"+m.Name+"`", edits...)
	}
	h, ok := m.Node.(*idl.Handler)
	if !ok || h.ID == nil {
		return
	}
	if next := a.nextID(m.Parent, -1); next != "" {
		a.offer(Refactor, "Give `"+m.Name+"` the new id "+next+", and reserve "+number,
			idl.Edit{Span: h.ID.Span, New: next}, a.reserve(m, number, nil))
	}
}

// reservable is the number or key of a member as a reserved line has it.
func reservable(m *index.Symbol) string {
	switch d := m.Node.(type) {
	case *idl.Field:
		if d.Key != nil {
			return d.Key.Text
		}
	case *idl.EnumValue:
		if d.Number != nil && d.Number.Text != "0" { // which an enum needs
			return d.Number.Text
		}
	case *idl.Handler:
		if d.ID != nil {
			return d.ID.Text
		}
	}
	return ""
}

// reserveAndDelete deletes a member with its documentation, and reserves its number.
func (a *actions) reserveAndDelete(m *index.Symbol, number string) []idl.Edit {
	whole, alone := a.wholeLines(m)
	if !alone {
		return nil // another member stands on one of its lines
	}
	if reservedLine(m.Parent) != nil {
		return []idl.Edit{a.reserve(m, number, &whole), {Span: whole}}
	}
	return []idl.Edit{{Span: whole, New: "    reserved " + number + "\n"}}
}

// reserve is the edit that reserves a number: behind what is reserved already, or else on
// a line at the start of the block. without is a stretch that another edit takes away.
func (a *actions) reserve(m *index.Symbol, number string, without *idl.Span) idl.Edit {
	if line := reservedLine(m.Parent); line != nil {
		end := line.Items[len(line.Items)-1].Span.End
		return idl.Edit{Span: idl.Span{File: a.Path, Start: end, End: end}, New: ", " + number}
	}
	first := m.Parent.Members[0]
	at := idl.Pos{Offset: a.lineStart(a.docStart(first))}
	if without != nil && without.End.Offset > at.Offset {
		at = without.End
	}
	return idl.Edit{Span: idl.Span{File: a.Path, Start: at, End: at}, New: "    reserved " + number + "\n"}
}

// reservedLine is the last reserved line of a declaration, or nil.
func reservedLine(s *index.Symbol) *idl.Reserved {
	var lines []*idl.Reserved
	switch d := s.Node.(type) {
	case *idl.Message:
		lines = d.Reserved
	case *idl.Union:
		lines = d.Reserved
	case *idl.Error:
		lines = d.Reserved
	case *idl.Enum:
		lines = d.Reserved
	case *idl.Service:
		lines = d.Reserved
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if len(lines[i].Items) > 0 {
			return lines[i]
		}
	}
	return nil
}

// docStart is where the documentation of a member begins, or the member.
func (v *View) docStart(m *index.Symbol) int {
	line := v.Text.Position(union(m.Span, m.At).Start.Offset).Line
	if m.Meta != nil {
		line -= len(m.Meta.Doc)
	}
	return v.Text.LineStart(max(line, 0))
}

// wholeLines is a member with its documentation and the ends of its lines, and whether
// nothing else stands on them.
func (v *View) wholeLines(m *index.Symbol) (idl.Span, bool) {
	at := union(m.Span, m.At)
	from, last := v.docStart(m), v.Text.Position(at.End.Offset).Line
	to := v.Text.LineStart(last) + len(v.Text.Line(last))
	before := v.source(v.span(v.lineStart(at.Start.Offset), at.Start.Offset))
	behind := strings.TrimSpace(v.source(v.span(at.End.Offset, to)))
	if last+1 < v.Text.Lines() {
		to = v.Text.LineStart(last + 1)
	}
	return v.span(from, to), strings.TrimSpace(before) == "" && (behind == "" || strings.HasPrefix(behind, "//"))
}
