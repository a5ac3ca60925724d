package index

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Index is the names of files that were loaded together. It does not change.
type Index struct {
	Files  []*File
	byFile map[*load.File]*File
	byPath map[string]*File
	uses   map[*Symbol][]Occurrence
}

// File is the names of one file.
type File struct {
	*load.File
	Symbols []*Symbol          // its declarations, in order
	pkg     *Symbol            // of all files of the package
	all     *[]*Symbol         // the declarations of all of them
	scope   map[string]*Symbol // by name, of all of them
	names   map[string]*Symbol // what qualifiers mean: packages, or aliases of imports
	// Occurrences are the places where something is named, in order.
	Occurrences []Occurrence
	Types       []*idl.Type // as written, the inner ones behind the outer ones
}

// Occurrence is a place where a symbol is named.
type Occurrence struct {
	At     idl.Span
	Symbol *Symbol
	Decl   bool // it is declared here
}

// New makes an index.
func New(files []*load.File) *Index {
	x := &Index{byFile: map[*load.File]*File{}, byPath: map[string]*File{}, uses: map[*Symbol][]Occurrence{}}
	for _, f := range files {
		x.declare(f)
	}
	for _, f := range x.Files {
		x.link(f)
	}
	for _, f := range x.Files {
		f.refer(x)
		slices.SortStableFunc(f.Occurrences, func(a, b Occurrence) int { return cmp.Compare(a.At.Start.Offset, b.At.Start.Offset) })
		for _, o := range f.Occurrences {
			x.uses[o.Symbol] = append(x.uses[o.Symbol], o)
		}
	}
	return x
}

func (x *Index) declare(f *load.File) {
	file := x.inPackage(f)
	if clause := f.Tree.Package; clause != nil {
		file.occurs(clause.Span, file.pkg, true)
	}
	for _, decl := range f.Tree.Decls {
		s := declared(f, decl)
		file.Symbols = append(file.Symbols, s)
		*file.all = append(*file.all, s)
		if file.scope[s.Name] == nil {
			file.scope[s.Name] = s
		}
		file.occurs(s.At, s, true)
		for _, m := range s.Members {
			file.occurs(m.At, m, true)
		}
	}
	x.Files = append(x.Files, file)
	x.byFile[f], x.byPath[f.Path] = file, file
}

// inPackage makes the names of a file, which shares a package with those before it.
func (x *Index) inPackage(f *load.File) *File {
	for _, other := range x.Files {
		if other.SharesPackage(f) {
			if len(other.pkg.Meta.Doc) == 0 {
				other.pkg.Meta.Doc = f.Tree.Doc
			}
			return &File{File: f, pkg: other.pkg, all: other.all, scope: other.scope, names: map[string]*Symbol{}}
		}
	}
	pkg := &Symbol{Kind: Package, Name: f.Package(), File: f, Node: f, Meta: &idl.Meta{Doc: f.Tree.Doc}}
	if clause := f.Tree.Package; clause != nil {
		pkg.At, pkg.Span = clause.Span, clause.Span
	}
	return &File{File: f, pkg: pkg, all: &[]*Symbol{}, scope: map[string]*Symbol{}, names: map[string]*Symbol{}}
}

// PackageSymbol stands for the package, whichever of its files is asked.
func (f *File) PackageSymbol() *Symbol { return f.pkg }

// PackageSymbols are the declarations of the package, by file and then in order.
func (f *File) PackageSymbols() []*Symbol { return *f.all }

// link finds what the imports of a file name.
func (x *Index) link(f *File) {
	for _, imp := range f.Imports {
		to := x.byFile[imp.To]
		if to == nil {
			continue
		}
		if imp.Decl.Alias == nil {
			f.names[imp.Name] = to.pkg
			continue
		}
		alias := &Symbol{Kind: Alias, Name: imp.Name, At: imp.Decl.Alias.Span, Span: imp.Decl.Span, File: f.File, Node: imp.Decl, Meta: &idl.Meta{}, Members: []*Symbol{to.pkg}}
		f.names[imp.Name] = alias
		f.occurs(alias.At, alias, true)
	}
}

func (f *File) occurs(at idl.Span, s *Symbol, decl bool) {
	f.Occurrences = append(f.Occurrences, Occurrence{At: at, Symbol: s, Decl: decl})
}

// File is the names of the file at a path, or nil.
func (x *Index) File(path string) *File { return x.byPath[path] }

// Of is the names of a loaded file.
func (x *Index) Of(f *load.File) *File { return x.byFile[f] }

// Uses are all places that name a symbol, by file and then in order.
func (x *Index) Uses(s *Symbol) []Occurrence { return x.uses[s] }

// References counts the places that name a symbol without declaring it.
func (x *Index) References(s *Symbol) int {
	n := 0
	for _, o := range x.uses[s] {
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
		return f.scope[ref.Name.Name]
	}
	if to := x.Target(f.names[ref.Package.Name]); to != nil {
		return to.scope[ref.Name.Name]
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
		return x.byFile[s.File]
	}
	return nil
}

// Qualifiers are the names that the file has for what it imports.
func (f *File) Qualifiers() map[string]*Symbol { return f.names }

// Declared is the symbol that the file declares with a name, or nil.
func (f *File) Declared(name string) *Symbol { return f.scope[name] }
