package breaking

import (
	"maps"
	"slices"

	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/runtime/schema"
)

// findRenamed finds the packages that are called otherwise now, by the old id: those that
// share a file, when the old id is gone and the new one did not exist. The id changes, too,
// where the name stays and another package begins or ceases to have it.
func (r *review) findRenamed() {
	byFile := map[string]*ir.Package{}
	for _, p := range r.new.schema.Packages {
		for _, file := range p.AllFiles() {
			byFile[file] = p
		}
	}
	r.renamed = map[string]*ir.Package{}
	for _, old := range r.old.schema.Packages {
		if !old.Root || r.new.packages[old.ID()] != nil {
			continue
		}
		for _, file := range old.AllFiles() {
			if now := byFile[file]; now != nil && r.old.packages[now.ID()] == nil {
				r.renamed[old.ID()] = now
				break
			}
		}
	}
}

// samePackage reports whether a package of the new side is one of the old side, under the
// same name.
func (r *review) samePackage(old, new *ir.Package) bool {
	return old.ID() == new.ID() || old.Name == new.Name && r.renamed[old.ID()] == new
}

// findMoved pairs the declarations that are gone with new ones, by their full names. The
// judge has compared what stands in the handlers.
func (r *review) findMoved() {
	r.moved = map[string]string{}
	for _, p := range r.judge.Compared() {
		r.pair(r.old.table.Shapes[p[0]].Name, r.new.table.Shapes[p[1]].Name)
	}
	r.pairBy(tagOf)
	r.pairBy(func(d *ir.Declaration) string { return d.Kind + " " + d.Info.Name })
}

// pair notes that a declaration has another name, when the old one is gone and the new one
// did not exist.
func (r *review) pair(was, is string) {
	if was != is && r.new.decls[was] == nil && r.old.decls[is] == nil && r.new.decls[is] != nil && r.moved[was] == "" {
		r.moved[was] = is
	}
}

// pairBy pairs the declarations that alone on their side have the same, if it is not empty.
func (r *review) pairBy(key func(*ir.Declaration) string) {
	gone, added := onlyOnes(r.old, r.new, key), onlyOnes(r.new, r.old, key)
	taken := map[string]bool{}
	for _, is := range r.moved {
		taken[is] = true
	}
	for _, k := range slices.Sorted(maps.Keys(gone)) {
		was, is := gone[k], added[k]
		if was != "" && is != "" && !taken[is] && r.mayHaveMoved(was, is) {
			r.pair(was, is)
		}
	}
}

// onlyOnes are the declarations that the other revision does not have, by their key; ""
// where several have it.
func onlyOnes(in, other *revision, key func(*ir.Declaration) string) map[string]string {
	only := map[string]string{}
	for name, d := range in.decls {
		k := key(d)
		if k == "" || other.decls[name] != nil {
			continue
		}
		if _, several := only[k]; several {
			name = ""
		}
		only[k] = name
	}
	return only
}

// mayHaveMoved reports whether nothing on the wire speaks against it that two types are one:
// where one cannot be read as the other, they may only have the same name.
func (r *review) mayHaveMoved(was, is string) bool {
	old, known := r.old.shapes[was]
	new, known2 := r.new.shapes[is]
	if !known || !known2 {
		return true // no types
	}
	verdict := schema.NewReview(r.old.table, r.new.table).Declared(old, new)
	return !slices.ContainsFunc(verdict, func(f schema.Finding) bool { return f.Rule.Level() == schema.Wire })
}
