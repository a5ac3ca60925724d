package index

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Index is the names of files that were loaded together. What it says does not change, but
// it finds references when somebody first asks for them: it is for one goroutine at a time.
type Index struct {
	Files  []*File
	byPath map[string]*File
	groups map[string]*group        // by the path of the first file
	uses   map[*Symbol][]Occurrence // nil until somebody asks
}

// File is the names of one file.
type File struct {
	*load.File
	Symbols []*Symbol // its declarations, in order
	group   *group
	names   map[string]*Symbol // what qualifiers mean: packages, or aliases of imports
	links   []link
	refs    *references
}

// link is what an import of a file leads to.
type link struct {
	decl *idl.Import
	name string
	to   *group // nil for a file that could not be loaded
}

// New makes an index. From that of the same files before some of them changed, which may be
// nil, it takes what is as it was.
func New(files []*load.File, old *Index) *Index {
	if old == nil {
		old = &Index{}
	}
	x := &Index{byPath: make(map[string]*File, len(files))}
	groups, byPath := groupsOf(files, old.groups)
	x.groups = byPath
	for _, f := range files {
		file := &File{File: f, group: groups[f]}
		for _, imp := range f.Imports {
			file.links = append(file.links, link{imp.Decl, imp.Name, groups[imp.To]})
		}
		if before := old.byPath[f.Path]; before != nil && before.group == file.group && slices.Equal(before.links, file.links) {
			file.Symbols, file.names, file.refs = before.Symbols, before.names, before.refs
		} else {
			file.Symbols, file.refs = file.group.declaredBy(f), &references{}
			file.link()
		}
		x.Files = append(x.Files, file)
		x.byPath[f.Path] = file
	}
	return x
}

// link finds what the imports of a file name.
func (f *File) link() {
	f.names = map[string]*Symbol{}
	for _, l := range f.links {
		if l.to == nil {
			continue
		}
		if l.decl.Alias == nil {
			f.names[l.name] = l.to.pkg
			continue
		}
		f.names[l.name] = &Symbol{Kind: Alias, Name: l.name, At: l.decl.Alias.Span, Span: l.decl.Span, File: f.File, Node: l.decl, Meta: &idl.Meta{}, Members: []*Symbol{l.to.pkg}}
	}
}

// PackageSymbol stands for the package, whichever of its files is asked.
func (f *File) PackageSymbol() *Symbol { return f.group.pkg }

// PackageSymbols are the declarations of the package, by file and then in order.
func (f *File) PackageSymbols() []*Symbol { return f.group.all }

// File is the names of the file at a path, or nil.
func (x *Index) File(path string) *File { return x.byPath[path] }

// Of is the names of a loaded file.
func (x *Index) Of(f *load.File) *File { return x.byPath[f.Path] }

// Uses are all places that name a symbol, by file and then in order.
func (x *Index) Uses(s *Symbol) []Occurrence {
	if x.uses == nil {
		x.uses = map[*Symbol][]Occurrence{}
		for _, f := range x.Files {
			for _, o := range x.Occurrences(f) {
				x.uses[o.Symbol] = append(x.uses[o.Symbol], o)
			}
		}
	}
	return x.uses[s]
}

// References counts the places that name a symbol without declaring it.
func (x *Index) References(s *Symbol) int {
	n := 0
	for _, o := range x.Uses(s) {
		if !o.Decl {
			n++
		}
	}
	return n
}

// Resolve is what a reference of the file means, or nil.
func (x *Index) Resolve(f *File, ref *idl.Ref) *Symbol {
	if ref == nil || f == nil {
		return nil
	}
	if ref.Package == nil {
		return f.group.scope[ref.Name.Name]
	}
	if to := x.Target(f.names[ref.Package.Name]); to != nil {
		return to.group.scope[ref.Name.Name]
	}
	return nil
}

// Target is the file of a package or of an alias of its.
func (x *Index) Target(s *Symbol) *File {
	switch {
	case s == nil:
		return nil
	case s.Kind == Alias:
		return x.Target(s.Members[0])
	case s.Kind == Package:
		return x.byPath[s.File.Path]
	}
	return nil
}

// Importers are the paths of the files that import a file, directly or not, and its own.
func (x *Index) Importers(path string) map[string]bool {
	importers := map[string][]string{}
	for _, f := range x.Files {
		for _, imp := range f.Imports {
			if imp.To != nil {
				importers[imp.To.Path] = append(importers[imp.To.Path], f.Path)
			}
		}
	}
	found := map[string]bool{path: true}
	for queue := []string{path}; len(queue) > 0; queue = queue[1:] {
		for _, by := range importers[queue[0]] {
			if !found[by] {
				found[by] = true
				queue = append(queue, by)
			}
		}
	}
	return found
}

// Qualifiers are the names that the file has for what it imports.
func (f *File) Qualifiers() map[string]*Symbol { return f.names }

// Declared is the symbol that the package declares with a name, or nil.
func (f *File) Declared(name string) *Symbol { return f.group.scope[name] }
