package check

import (
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

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
