package check

import (
	"slices"

	"github.com/gridrpc/gridc/idl"
)

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

// ownCopy is a diagnostic that may be changed: whoever looks at all of them together
// takes fixes away.
func ownCopy(d *idl.Diagnostic) *idl.Diagnostic {
	own := *d
	own.Fixes = slices.Clone(d.Fixes)
	return &own
}
