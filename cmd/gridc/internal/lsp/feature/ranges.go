package feature

import (
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/idl"
)

// Folding is what can be shown as one line: blocks, comments of several lines, imports.
func Folding(v *View) []proto.FoldingRange {
	ranges := []proto.FoldingRange{}
	add := func(from, to int, kind string) {
		if to > from {
			ranges = append(ranges, proto.FoldingRange{StartLine: from, EndLine: to, Kind: kind})
		}
	}
	lineOf := func(offset int) int { return v.Text.Position(offset).Line }
	var open []int
	comment, last := -1, -1
	for _, t := range idl.Tokens(v.Text.Bytes()) {
		line := lineOf(t.Pos.Offset)
		switch {
		case t.Is("{"):
			open = append(open, line)
		case t.Is("}") && len(open) > 0:
			add(open[len(open)-1], line-1, "")
			open = open[:len(open)-1]
		}
		alone := t.Kind == idl.TokenComment && strings.TrimSpace(v.Text.Line(line)[:min(t.Pos.Offset-v.Text.LineStart(line), len(v.Text.Line(line)))]) == ""
		switch {
		case alone && comment >= 0 && line == last+1:
			last = line
		default:
			add(comment, last, "comment")
			comment, last = -1, -1
			if alone {
				comment, last = line, line
			}
		}
	}
	add(comment, last, "comment")
	if imports := v.File.Tree.Imports; len(imports) > 0 {
		add(lineOf(imports[0].Span.Start.Offset), lineOf(imports[len(imports)-1].Span.End.Offset), "imports")
	}
	return ranges
}

// Selection is what a selection at an offset grows to: the word, the member, the
// declaration, the file.
func Selection(v *View, offset int) *proto.SelectionRange {
	spans := []idl.Span{v.span(0, len(v.Text.Bytes()))}
	add := func(at idl.Span) {
		outer := spans[len(spans)-1]
		if at.Start.Offset >= outer.Start.Offset && at.End.Offset <= outer.End.Offset && at.End.Offset-at.Start.Offset < outer.End.Offset-outer.Start.Offset {
			spans = append(spans, at)
		}
	}
	for _, s := range v.File.Around(offset) {
		add(s.Span)
	}
	for _, t := range v.Index.Types(v.File) {
		if t.Span.Start.Offset <= offset && offset <= t.Span.End.Offset {
			add(t.Span)
		}
	}
	for _, t := range idl.Tokens(v.Text.Bytes()) {
		if t.Pos.Offset <= offset && offset <= t.End().Offset && t.Kind != idl.TokenPunct {
			add(v.span(t.Pos.Offset, t.End().Offset))
		}
	}
	var selection *proto.SelectionRange
	for _, at := range spans {
		selection = &proto.SelectionRange{Range: v.Range(at), Parent: selection}
	}
	return selection
}
