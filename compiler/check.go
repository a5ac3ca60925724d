package compiler

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/idl"
)

// checker turns sources into packages. Its passes run in order: packages and
// imports, declared names, bodies, then what needs all bodies of all files.
type checker struct {
	sources []*source
	found   []*idl.Diagnostic

	current  *symbol             // the declaration whose body is being checked
	outdated bool                // the member being checked is deprecated
	ids      []handlerID         // of all services, in order of reading
	retired  []retiredIDs        // reserved in all services
	hints    int                 // suggestions made
	codes    map[string]idl.Span // error codes
	trees    map[*Field]*idl.Field

	around func() []*neighbour // the files of the module that were not loaded
}

// loadSchema loads and checks files, see checkFiles.
func loadSchema(opts Options, paths ...string) (*Schema, []*idl.Diagnostic, error) {
	files, err := loadFiles(opts, paths...)
	if err != nil {
		return nil, nil, err
	}
	schema, ds := checkFiles(files)
	return schema, ds, nil
}

// checkFiles checks files that were loaded, and returns all that was found wrong with
// them, in parsing too. The schema is nil while something is.
func checkFiles(l *loaded) (*Schema, []*idl.Diagnostic) {
	c := newChecker(l)
	schema := c.check()
	ds := SortDiagnostics(l.withoutEchoes(c.found))
	idl.WithholdFixes(ds)
	if HasErrors(ds) {
		return nil, ds
	}
	return schema, ds
}

func newChecker(l *loaded) *checker {
	return &checker{
		sources: sourcesOf(l.files),
		found:   l.found,
		around:  l.around,
		codes:   make(map[string]idl.Span),
		trees:   make(map[*Field]*idl.Field),
	}
}

// maxHints is how many suggestions one run looks for: each compares a name with
// all others, and nobody reads that many.
const maxHints = 200

// mayHint says whether to look for another suggestion.
func (c *checker) mayHint() bool {
	c.hints++
	return c.hints <= maxHints
}

// report adds an error.
func (c *checker) report(id string, at idl.Span, format string, args ...any) finding {
	f := newFinding(idl.SeverityError, id, at, format, args...)
	c.found = append(c.found, f.d)
	return f
}

// check runs all passes. The schema is complete only when no error was found.
func (c *checker) check() *Schema {
	ordered := c.order()
	c.packages(ordered)
	for _, s := range ordered {
		c.declare(s)
	}
	for _, s := range ordered {
		c.bodies(s)
	}
	c.handlerIDs()
	schema := &Schema{origin: &trees{ordered, c.around}}
	for _, s := range ordered {
		c.goNames(s)
		c.recursion(s.pkg)
		s.pkg.Imports = usedImports(s)
		schema.Packages = append(schema.Packages, s.pkg)
	}
	return schema
}

// order sorts the sources so that imports come first, otherwise by path, and
// reports import cycles.
func (c *checker) order() []*source {
	byPath := slices.SortedFunc(slices.Values(c.sources), func(a, b *source) int {
		return cmp.Compare(a.path, b.path)
	})
	o := &ordering{c: c, state: make(map[*source]visit)}
	for _, s := range byPath {
		if o.state[s] == unvisited {
			o.visit(s)
		}
	}
	return o.done
}

type visit uint8

const (
	unvisited visit = iota
	onPath
	finished
)

// ordering is a depth-first walk over imports.
type ordering struct {
	c     *checker
	state map[*source]visit
	path  []*source
	via   []*importLink // via[i] leads from path[i] to path[i+1]
	done  []*source
}

func (o *ordering) visit(s *source) {
	o.state[s] = onPath
	o.path = append(o.path, s)
	for _, link := range sortedImports(s) {
		o.via = append(o.via, link)
		switch o.state[link.to] {
		case unvisited:
			o.visit(link.to)
		case onPath:
			o.cycle(link)
		}
		o.via = o.via[:len(o.via)-1]
	}
	o.path = o.path[:len(o.path)-1]
	o.state[s] = finished
	o.done = append(o.done, s)
}

// sortedImports are the imports that could be loaded, by the path of their file.
func sortedImports(s *source) []*importLink {
	links := slices.DeleteFunc(slices.Clone(s.imports), func(l *importLink) bool { return l.to == nil })
	slices.SortFunc(links, func(a, b *importLink) int { return cmp.Compare(a.to.path, b.to.path) })
	return links
}

// cycle reports that the last import leads back to a file on the path.
func (o *ordering) cycle(closing *importLink) {
	start := slices.Index(o.path, closing.to)
	text := ""
	for _, s := range o.path[start:] {
		text += s.path + " → "
	}
	f := o.c.report("import-cycle", closing.decl.PathAt, "import cycle: %s%s", text, closing.to.path)
	for _, link := range o.via[start : len(o.via)-1] {
		f.also(link.decl.PathAt, "imports `"+link.to.path+"`")
	}
	f.help("move what both need into a file that imports neither")
}

// packages creates the packages and checks their names.
func (c *checker) packages(ordered []*source) {
	byName := make(map[string]*idl.Ident)
	for _, s := range ordered {
		s.pkg = &Package{Name: s.name(), Path: s.path, Root: s.root, Doc: cleanDoc(s.file.Doc)}
		clause := s.file.Package
		if clause == nil {
			continue
		}
		if fault := PackageNameFault(clause.Name); fault != "" {
			c.report("package-name", clause.Span, "a package cannot be called `%s`: %s", clause.Name, fault)
		}
		key := foldCase(clause.Name)
		if other := byName[key]; other != nil {
			c.report("package-duplicate", clause.Span, "package `%s` is already declared by another file", clause.Name).
				also(other.Span, "first declared here").
				help("one file is one package; packages compiled together need different names")
			continue
		}
		byName[key] = clause
	}
}

// usedImports are the packages that a source refers to, by name.
func usedImports(s *source) []*Package {
	var used []*Package
	for _, link := range s.imports {
		if link.used && link.to != nil {
			used = append(used, link.to.pkg)
		}
	}
	slices.SortFunc(used, func(a, b *Package) int { return cmp.Compare(a.Name, b.Name) })
	return used
}
