package check

import (
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Source is a .grid file on its way to an [ir.Package].
type Source struct {
	*load.File

	Imports []*importLink
	Pkg     *ir.Package
	Symbols []*Symbol // all declarations, in order
	scope   map[string]*Symbol
}

// Trees are what a schema was made from.
type Trees struct {
	Sources []*Source                // in the order of its packages
	Around  func() []*load.Neighbour // the files of the module that were not loaded
}

// TreesOf returns what a schema was made from: nothing if it was read from JSON.
func TreesOf(s *ir.Schema) *Trees {
	if t, ok := s.Origin.(*Trees); ok {
		return t
	}
	return &Trees{Around: func() []*load.Neighbour { return nil }}
}

// Unread implements ir.Origin.
func (t *Trees) Unread() (paths []string) {
	for _, n := range t.Around() {
		paths = append(paths, n.Path)
	}
	return paths
}

// importLink is one import of a source.
type importLink struct {
	Decl *idl.Import
	name string  // the qualifier it defines
	to   *Source // nil when the file could not be loaded
	Used bool
}

// Symbol is one declared name.
type Symbol struct {
	In     *Source
	Decl   idl.Decl
	Kind   string // "message", "enum", …
	Target any    // *Message, *Enum, …
	Info   *ir.Info
	Uses   []use // the references to it, for lint

	rejected bool // its name is taken: the body is checked, but leads nowhere
}

// use is one reference to a symbol.
type use struct {
	At idl.Span
	In *Source
	By *Symbol // the declaration that holds the reference

	Deprecated bool // the member that holds the reference is deprecated
}

// sourcesOf makes a source of each file, and of its imports links between them.
func sourcesOf(files []*load.File) []*Source {
	sources := make([]*Source, len(files))
	byFile := make(map[*load.File]*Source, len(files))
	for i, f := range files {
		sources[i] = &Source{File: f}
		byFile[f] = sources[i]
	}
	for _, s := range sources {
		for _, link := range s.File.Imports {
			s.Imports = append(s.Imports, &importLink{Decl: link.Decl, name: link.Name, to: byFile[link.To]})
		}
	}
	return sources
}

// Handlers calls visit for every handler of the sources.
func Handlers(sources []*Source, visit func(*Source, *ir.Handler, *idl.Handler)) {
	for _, s := range sources {
		for _, sym := range s.Symbols {
			svc, ok := sym.Target.(*ir.Service)
			if !ok {
				continue
			}
			for i, d := range sym.Decl.(*idl.Service).Handlers {
				visit(s, svc.Handlers[i], d)
			}
		}
	}
}

// StandsAlone reports whether an import has its line for itself.
func (s *Source) StandsAlone(decl *idl.Import) bool {
	line := strings.TrimSpace(s.LineAt(decl.Span.Start.Offset))
	rest, _ := strings.CutPrefix(line, "import")
	return strings.TrimSpace(rest) == string(s.Tree.Source[decl.Span.Start.Offset:decl.Span.End.Offset])
}

// WholeLine is the line that a span starts on, with its line end.
func (s *Source) WholeLine(at idl.Span) idl.Span {
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

// CommentStart is the index of the comment in a line, or the line's length.
func CommentStart(line string) int {
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

// Fields are those of all messages, unions and errors of a file.
func (s *Source) Fields() []*idl.Field {
	var fields []*idl.Field
	for _, sym := range s.Symbols {
		switch d := sym.Decl.(type) {
		case *idl.Message:
			fields = append(fields, d.Fields...)
		case *idl.Union:
			fields = append(fields, d.Fields...)
		case *idl.Error:
			fields = append(fields, d.Fields...)
		}
	}
	return fields
}
