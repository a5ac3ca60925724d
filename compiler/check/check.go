package check

import (
	"cmp"
	"slices"

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
	schema, ds := (&Kept{}).Check(l)
	return schema, ds, nil
}

// check runs all passes, but for what is known of packages. The schema is complete only
// when no error was found.
func (c *checker) check(known map[string]*keptUnit) (*ir.Schema, []*unit) {
	c.constant = c.findConstant
	ordered := c.order()
	units := inOrder(ordered)
	recall(units, known)
	for _, u := range units {
		if u.old == nil {
			c.enter(u)
		}
	}
	c.packageNames(units)
	for _, u := range units {
		if c.replay(u) {
			continue
		}
		if u.old != nil {
			u.old = nil
			c.enter(u)
		}
		c.record(u, func() { c.bodies(u) })
	}
	c.handlerIDs()
	origin := &load.Loaded{Around: c.around}
	for _, s := range ordered {
		origin.Files = append(origin.Files, s.File)
	}
	schema := &ir.Schema{Origin: origin}
	for _, u := range units {
		if u.old == nil {
			c.wholePackage(u)
		}
		schema.Packages = append(schema.Packages, u.sources[0].pkg)
	}
	for _, u := range units {
		if u.old == nil {
			u.sources[0].pkg.Ref = u.ref
		}
	}
	return schema, units
}

// inOrder are the packages of sources that are sorted, each with its place among them.
func inOrder(ordered []*source) []*unit {
	var units []*unit
	names := make(map[string]int)
	for _, s := range ordered {
		if s.unit.sources[0] == s {
			units = append(units, s.unit)
			names[s.Package()]++
		}
	}
	for _, u := range units {
		if first := u.sources[0]; names[first.Package()] > 1 {
			u.ref = ir.RefOf(first.Path, first.Package())
		}
	}
	return units
}

// enter makes a package, and declares its names.
func (c *checker) enter(u *unit) {
	u.result = &keptUnit{enums: make(map[*ir.Enum]*idl.Enum)}
	pkg, scope := newPackage(u), make(map[string]*symbol)
	if clause := u.sources[0].Tree.Package; clause != nil {
		pkg.Span = clause.Span
	}
	for _, s := range u.sources {
		s.pkg, s.scope, s.symbols = pkg, scope, nil
	}
	c.record(u, func() {
		for _, s := range u.sources {
			c.declare(s)
		}
	})
}

// wholePackage checks what needs all bodies of a package, and of those that it imports.
func (c *checker) wholePackage(u *unit) {
	pkg := u.sources[0].pkg
	c.record(u, func() {
		c.recursion(pkg)
		c.goNames(u)
	})
	pkg.Imports = usedImports(u)
	u.finish()
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

// packageNames checks the names of packages.
func (c *checker) packageNames(units []*unit) {
	type place struct{ folder, name string }
	byName := make(map[place]*idl.Ident)
	for _, u := range units {
		s := u.sources[0]
		clause := s.Tree.Package
		if clause == nil {
			continue
		}
		if fault := goname.PackageNameFault(clause.Name); fault != "" {
			c.report("package-name", clause.Span, "a package cannot be called `%s`: %s", clause.Name, fault)
		}
		key := place{s.Folder(), foldCase(clause.Name)}
		if other := byName[key]; other != nil {
			c.report("package-duplicate", clause.Span, "package `%s` is called as package `%s` is, but for its case", clause.Name, other.Name).
				Also(other.Span, "the other one").
				Help("their code would go to one folder on systems that ignore upper and lower case: rename one of them")
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
