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
		c.bodies(s)
	}
	c.handlerIDs()
	origin := &load.Loaded{Around: c.around}
	schema := &ir.Schema{Origin: origin}
	for _, s := range ordered {
		origin.Files = append(origin.Files, s.File)
		c.recursion(s.pkg)
		c.goNames(s)
		s.pkg.Imports = usedImports(s)
		schema.Packages = append(schema.Packages, s.pkg)
	}
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
	byName := make(map[string]*idl.Ident)
	for _, s := range ordered {
		s.pkg = &ir.Package{Name: s.Name(), Path: s.Path, Root: s.Root, Doc: cleanDoc(s.Tree.Doc)}
		clause := s.Tree.Package
		if clause == nil {
			continue
		}
		s.pkg.Span = clause.Span
		if fault := goname.PackageNameFault(clause.Name); fault != "" {
			c.report("package-name", clause.Span, "a package cannot be called `%s`: %s", clause.Name, fault)
		}
		key := foldCase(clause.Name)
		if other := byName[key]; other != nil {
			c.report("package-duplicate", clause.Span, "package `%s` is already declared by another file", clause.Name).
				Also(other.Span, "first declared here").
				Help("one file is one package; packages compiled together need different names")
			continue
		}
		byName[key] = clause
	}
}

// usedImports are the packages that a source refers to, by name.
func usedImports(s *source) []*ir.Package {
	var used []*ir.Package
	for _, link := range s.imports {
		if link.Used && link.to != nil {
			used = append(used, link.to.pkg)
		}
	}
	slices.SortFunc(used, func(a, b *ir.Package) int { return cmp.Compare(a.Name, b.Name) })
	return used
}
