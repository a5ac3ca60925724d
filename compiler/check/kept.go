package check

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Kept is what a check found of each package, for the next check of nearly the same files.
// It never shows: a check with it finds what one without would. A package is checked again
// when a file of it has another tree, or a package that it imports was checked again. The
// zero Kept has nothing. It is for one goroutine at a time; the schemas that it has made
// share packages, and stay as they are.
type Kept struct {
	units map[string]*keptUnit // by the path of the first file
}

// Check checks loaded files, as [Load] does. Who loads the same file again must give it
// the same tree, see [load.Options], for it to be known again.
func (k *Kept) Check(l *load.Loaded) (*ir.Schema, []*idl.Diagnostic) {
	return k.checkWith(newChecker(l))
}

// CheckParts checks the packages that have certain files, by their paths, and takes all
// others as they were, whatever became of those that they import. It returns what is wrong
// with these files. Their packages are known to the next check.
func (k *Kept) CheckParts(l *load.Loaded, paths []string) []*idl.Diagnostic {
	c := newChecker(l)
	c.only = paths
	_, ds := k.checkWith(c)
	return slices.DeleteFunc(ds, func(d *idl.Diagnostic) bool { return !slices.Contains(paths, d.Span.File) })
}

func (k *Kept) checkWith(c *checker) (*ir.Schema, []*idl.Diagnostic) {
	schema, units := c.check(k.units)
	k.units = make(map[string]*keptUnit, len(units))
	for _, u := range units {
		if !u.circular {
			if u.old == nil {
				u.result.settle()
			}
			k.units[u.sources[0].Path] = u.result
		}
	}
	ds := diag.SortDiagnostics(c.loaded.WithoutEchoes(slices.Clone(c.found)))
	for i, d := range ds {
		ds[i] = ownCopy(d) // the next check finds the same again
	}
	idl.WithholdFixes(ds)
	if diag.HasErrors(ds) {
		schema = nil
	}
	return schema, ds
}

// keptUnit is what was found of a package, and what that depends on.
type keptUnit struct {
	files []keptFile // by path
	pkg   *ir.Package
	scope map[string]*symbol
	found []*idl.Diagnostic

	ids     []handlerID
	retired []retiredIDs
	claims  []codeClaim
	enums   map[*ir.Enum]*idl.Enum
}

// keptFile is one file of a package as it was checked.
type keptFile struct {
	path, key string
	root      bool
	tree      *idl.File
	imports   []keptImport
	symbols   []*symbol
}

type keptImport struct {
	decl *idl.Import
	name string
	to   *keptUnit // nil for a file that could not be loaded
	used bool
}

// codeClaim is an error that asked for its code, and what had it.
type codeClaim struct {
	code    string
	at      idl.Span
	first   errorAt
	isTaken bool
}

// recall looks up what is known of packages. What others look into before its turn, as
// in a circle, is always checked again.
func recall(units []*unit, known map[string]*keptUnit) {
	turn := make(map[*unit]int, len(units))
	for i, u := range units {
		turn[u] = i
	}
	for i, u := range units {
		for _, s := range u.sources {
			for _, link := range s.imports {
				if link.to != nil && turn[link.to.unit] >= i {
					u.circular, link.to.unit.circular = true, true
				}
			}
		}
	}
	for _, u := range units {
		if old := known[u.sources[0].Path]; old != nil && !u.circular && old.isOf(u) {
			u.old = old
			u.give(old)
		}
	}
}

// isOf reports whether a package has the files that it had, whatever became of those
// that they import.
func (k *keptUnit) isOf(u *unit) bool {
	return slices.EqualFunc(k.files, u.sources, func(f keptFile, s *source) bool {
		return f.path == s.Path && f.key == s.Key && f.root == s.Root && f.tree == s.Tree &&
			slices.EqualFunc(f.imports, s.imports, func(i keptImport, link *importLink) bool {
				return i.decl == link.Decl && i.name == link.Name && (i.to == nil) == (link.to == nil)
			})
	})
}

// give makes the names of a package known.
func (u *unit) give(k *keptUnit) {
	for i, s := range u.sources {
		s.pkg, s.scope, s.symbols = k.pkg, k.scope, k.files[i].symbols
	}
}

// replay does again what the check of a package did, and reports whether that is known:
// it is not where an import has changed, or who has which error code.
func (c *checker) replay(u *unit) bool {
	k := u.old
	if k == nil || k.pkg.Ref != u.ref || !c.mayBeOld(u) && !k.importsAreAsBefore(u) || !c.claimAgain(k) {
		return false
	}
	u.result = k
	for i, s := range u.sources {
		for j, link := range s.imports {
			link.Used = k.files[i].imports[j].used
		}
	}
	for _, d := range k.found {
		c.found = append(c.found, ownCopy(d))
	}
	c.ids, c.retired = append(c.ids, k.ids...), append(c.retired, k.retired...)
	for enum, decl := range k.enums {
		c.enums[enum] = decl
	}
	return true
}

// mayBeOld reports whether nobody asked for a package.
func (c *checker) mayBeOld(u *unit) bool {
	return c.only != nil && !slices.ContainsFunc(u.sources, func(s *source) bool { return slices.Contains(c.only, s.Path) })
}

func (k *keptUnit) importsAreAsBefore(u *unit) bool {
	for i, s := range u.sources {
		for j, link := range s.imports {
			if link.to != nil && link.to.unit.result != k.files[i].imports[j].to {
				return false
			}
		}
	}
	return true
}

// claimAgain claims the error codes of a package, as far as each finds what it found.
func (c *checker) claimAgain(k *keptUnit) bool {
	for _, claim := range k.claims {
		first, isTaken := c.codeTaken(claim.code, k.pkg)
		if first != claim.first || isTaken != claim.isTaken {
			return false // claims that were made are overwritten by the same
		}
		if !isTaken {
			c.codes[claim.code] = errorAt{claim.at, k.pkg}
		}
	}
	return true
}

// record notes what a step finds of a package.
func (c *checker) record(u *unit, step func()) {
	found, ids, retired, claims := len(c.found), len(c.ids), len(c.retired), len(c.claims)
	c.hints = 0
	step()
	k := u.result
	for _, d := range c.found[found:] {
		k.found = append(k.found, ownCopy(d))
	}
	k.ids, k.retired, k.claims = append(k.ids, c.ids[ids:]...), append(k.retired, c.retired[retired:]...), append(k.claims, c.claims[claims:]...)
}

// finish notes what a package was checked with, when all of it was.
func (u *unit) finish() {
	k := u.result
	k.pkg, k.scope = u.sources[0].pkg, u.sources[0].scope
	for _, s := range u.sources {
		f := keptFile{path: s.Path, key: s.Key, root: s.Root, tree: s.Tree, symbols: s.symbols}
		for _, link := range s.imports {
			i := keptImport{decl: link.Decl, name: link.Name, used: link.Used}
			if link.to != nil {
				i.to = link.to.unit.result
			}
			f.imports = append(f.imports, i)
		}
		k.files = append(k.files, f)
	}
}

// settle lets go of the checker, and of all files that it had.
func (k *keptUnit) settle() {
	for _, f := range k.files {
		for _, sym := range f.symbols {
			sym.body = nil
		}
	}
}

// ownCopy is a diagnostic that may be changed: whoever looks at all of them together
// takes fixes away.
func ownCopy(d *idl.Diagnostic) *idl.Diagnostic {
	own := *d
	own.Fixes = slices.Clone(d.Fixes)
	return &own
}
