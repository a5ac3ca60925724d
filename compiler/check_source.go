package compiler

import (
	"github.com/gridrpc/gridc/idl"
)

// source is a .grid file on its way to a [Package].
type source struct {
	*gridFile

	imports []*importLink
	pkg     *Package
	symbols []*symbol // all declarations, in order
	scope   map[string]*symbol
}

// trees are what a schema was made from.
type trees struct {
	sources []*source           // in the order of its packages
	around  func() []*neighbour // the files of the module that were not loaded
}

// treesOf returns what a schema was made from: nothing if it was read from JSON.
func treesOf(s *Schema) *trees {
	if t, ok := s.origin.(*trees); ok {
		return t
	}
	return &trees{around: func() []*neighbour { return nil }}
}

// unread implements origin.
func (t *trees) unread() (paths []string) {
	for _, n := range t.around() {
		paths = append(paths, n.path)
	}
	return paths
}

// importLink is one import of a source.
type importLink struct {
	decl *idl.Import
	name string  // the qualifier it defines
	to   *source // nil when the file could not be loaded
	used bool
}

// symbol is one declared name.
type symbol struct {
	in     *source
	decl   idl.Decl
	kind   string // "message", "enum", …
	target any    // *Message, *Enum, …
	info   *Info
	uses   []use // the references to it, for lint

	rejected bool // its name is taken: the body is checked, but leads nowhere
}

// use is one reference to a symbol.
type use struct {
	at idl.Span
	in *source
	by *symbol // the declaration that holds the reference

	deprecated bool // the member that holds the reference is deprecated
}

// sourcesOf makes a source of each file, and of its imports links between them.
func sourcesOf(files []*gridFile) []*source {
	sources := make([]*source, len(files))
	byFile := make(map[*gridFile]*source, len(files))
	for i, f := range files {
		sources[i] = &source{gridFile: f}
		byFile[f] = sources[i]
	}
	for _, s := range sources {
		for _, link := range s.gridFile.imports {
			s.imports = append(s.imports, &importLink{decl: link.decl, name: link.name, to: byFile[link.to]})
		}
	}
	return sources
}
