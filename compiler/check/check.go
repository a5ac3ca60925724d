package check

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Load loads files, and checks them. It returns all that was found wrong, in parsing
// too; the schema is nil while something is.
func Load(opts load.Options, paths ...string) (*ir.Schema, []*idl.Diagnostic, error) {
	l, err := load.Load(opts, paths...)
	if err != nil {
		return nil, nil, err
	}
	c := newChecker(l)
	schema := c.check()
	ds := diag.SortDiagnostics(l.WithoutEchoes(c.found))
	idl.WithholdFixes(ds)
	if diag.HasErrors(ds) {
		schema = nil
	}
	return schema, ds, nil
}

// check runs all passes. The schema is complete only when no error was found.
func (c *checker) check() *ir.Schema {
	c.constant = c.findConstant
	ordered := c.order()
	c.packages(ordered)
	for _, s := range ordered {
		c.declare(s)
	}
	for _, s := range ordered {
		if s.unit.sources[0] == s {
			c.bodies(s.unit)
		}
	}
	c.handlerIDs()
	origin := &load.Loaded{Around: c.around}
	schema := &ir.Schema{Origin: origin}
	for _, s := range ordered {
		origin.Files = append(origin.Files, s.File)
		if u := s.unit; u.sources[0] == s {
			c.recursion(s.pkg)
			c.goNames(u)
			s.pkg.Imports = usedImports(u)
			schema.Packages = append(schema.Packages, s.pkg)
		}
	}
	schema.TellApart()
	return schema
}

// findConstant is the value of a constant, with the place of the name that means it.
func (c *checker) findConstant(ref *idl.Ref) *idl.Lit {
	sym := c.lookup(c.current.in, ref, "constant", func(s *symbol) bool { return s.Kind == "const" })
	if sym == nil || sym.decl.(*idl.Const).Value == nil {
		return nil
	}
	value := *sym.decl.(*idl.Const).Value
	value.Span = ref.Span
	return &value
}

// packages creates the packages and checks their names.
func (c *checker) packages(ordered []*source) {
	type place struct{ folder, name string }
	byName := make(map[place]*idl.Ident)
	for _, s := range ordered {
		if first := s.unit.sources[0]; first != s {
			s.pkg, s.scope = first.pkg, first.scope
			continue
		}
		s.scope = make(map[string]*symbol)
		s.pkg = newPackage(s.unit)
		clause := s.Tree.Package
		if clause == nil {
			continue
		}
		s.pkg.Span = clause.Span
		if fault := goname.PackageNameFault(clause.Name); fault != "" {
			c.report("package-name", clause.Span, "a package cannot be called `%s`: %s", clause.Name, fault)
		}
		key := place{s.Folder(), foldCase(clause.Name)}
		if other := byName[key]; other != nil {
			c.report("package-duplicate", clause.Span, "package `%s` is called as package `%s` is, but for its case", clause.Name, other.Name).
				Also(other.Span, "the other one").
				Help("their code would go to one folder, where folders have no case: rename one of them")
			continue
		}
		byName[key] = clause
	}
}

// newPackage is the package of a unit, without declarations.
func newPackage(u *unit) *ir.Package {
	first := u.sources[0]
	p := &ir.Package{Name: first.Package(), Path: first.Path}
	for _, s := range u.sources {
		p.Root = p.Root || s.Root
		if doc := cleanDoc(s.Tree.Doc); len(doc) > 0 {
			if len(p.Doc) > 0 {
				p.Doc = append(p.Doc, "")
			}
			p.Doc = append(p.Doc, doc...)
		}
		if len(u.sources) > 1 {
			p.Files = append(p.Files, s.Path)
		}
	}
	return p
}

// usedImports are the packages that the files of one refer to, by name.
func usedImports(u *unit) []*ir.Package {
	var used []*ir.Package
	for _, s := range u.sources {
		for _, link := range s.imports {
			if link.Used && link.to != nil && !slices.Contains(used, link.to.pkg) {
				used = append(used, link.to.pkg)
			}
		}
	}
	slices.SortFunc(used, func(a, b *ir.Package) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Path, b.Path)) })
	return used
}
