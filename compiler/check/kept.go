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
