package lint

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// standsAlone reports whether an import has its line for itself.
func standsAlone(s *load.File, decl *idl.Import) bool {
	line := strings.TrimSpace(s.LineAt(decl.Span.Start.Offset))
	rest, _ := strings.CutPrefix(line, "import")
	return strings.TrimSpace(rest) == string(s.Tree.Source[decl.Span.Start.Offset:decl.Span.End.Offset])
}

// wholeLine is the line that a span starts on, with its line end.
func wholeLine(s *load.File, at idl.Span) idl.Span {
	line := s.LineAt(at.Start.Offset)
	start := at.Start
	start.Offset -= start.Col - 1
	start.Col = 1
	end := idl.Pos{Offset: start.Offset + len(line) + 1, Line: start.Line + 1, Col: 1}
	if end.Offset > len(s.Tree.Source) {
		end = idl.Pos{Offset: start.Offset + len(line), Line: start.Line, Col: len(line) + 1}
	}
	return idl.Span{File: s.Path, Start: start, End: end}
}

// commentStart is the index of the comment in a line, or the line's length.
func commentStart(line string) int {
	inString := false
	for i := 0; i < len(line); i++ {
		switch {
		case inString && line[i] == '\\':
			i++
		case line[i] == '"':
			inString = !inString
		case !inString && strings.HasPrefix(line[i:], "//"):
			return i
		}
	}
	return len(line)
}

// textAt is what stands at a place, without blanks.
func textAt(s *load.File, at idl.Span) string {
	return strings.Join(strings.Fields(string(s.Tree.Source[at.Start.Offset:at.End.Offset])), "")
}
