package check

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// source is a .grid file on its way to an [ir.Package].
type source struct {
	*load.File

	imports []*importLink
	unit    *unit
	pkg     *ir.Package        // that of the unit
	symbols []*symbol          // all declarations of the file, in order
	scope   map[string]*symbol // that of the unit
}

// unit is a package: the files of one folder that name it.
type unit struct {
	sources  []*source // by path
	ref      string    // what it is told apart by, where its name does not do
	circular bool      // it imports itself, by others
	old      *keptUnit // what is known of it, as long as that may hold
	result   *keptUnit // what is found of it
}

// unitsOf groups sources into packages. A file that does not say is one of its own.
func unitsOf(sources []*source) []*unit {
	type place struct{ folder, name string }
	var units []*unit
	known := make(map[place]*unit)
	for _, s := range slices.SortedFunc(slices.Values(sources), func(a, b *source) int { return cmp.Compare(a.Path, b.Path) }) {
		at := place{s.Folder(), s.Package()}
		if s.unit = known[at]; s.unit == nil || s.Tree.Package == nil {
			s.unit = &unit{}
			units = append(units, s.unit)
		}
		if s.Tree.Package != nil {
			known[at] = s.unit
		}
		s.unit.sources = append(s.unit.sources, s)
	}
	return units
}

// isBroken reports whether a name may be declared by a part of the package that did not
// parse.
func (s *source) isBroken(name string) bool {
	return slices.ContainsFunc(s.unit.sources, func(other *source) bool { return other.Broken[name] })
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
