package check

import (
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// source is a .grid file on its way to an [ir.Package].
type source struct {
	*load.File

	imports []*importLink
	pkg     *ir.Package
	symbols []*symbol // all declarations, in order
	scope   map[string]*symbol
}

// importLink is one import of a source.
type importLink struct {
	*load.Import
	to *source // nil when the file could not be loaded
}

// symbol is one declared name.
type symbol struct {
	*ir.Declaration
	in   *source
	decl idl.Decl
	body func() // checks what stands inside, and fills in the target

	rejected bool // its name is taken: the body is checked, but leads nowhere
}

// sourcesOf makes a source of each file, and of its imports links between them.
func sourcesOf(files []*load.File) []*source {
	sources := make([]*source, len(files))
	byFile := make(map[*load.File]*source, len(files))
	for i, f := range files {
		sources[i] = &source{File: f}
		byFile[f] = sources[i]
	}
	for _, s := range sources {
		for _, link := range s.File.Imports {
			s.imports = append(s.imports, &importLink{link, byFile[link.To]})
		}
	}
	return sources
}

// link is the import that a qualifier names.
func (s *source) link(name string) *importLink {
	for _, link := range s.imports {
		if link.Name == name {
			return link
		}
	}
	return nil
}

func (s *symbol) isAnnotation() bool { return s.Kind == "annotation" }
