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
	for _, in := range r.products {
		for _, p := range in.judge.Compared() {
			r.pair(in.old.table.Shapes[p[0]].Name, in.new.table.Shapes[p[1]].Name)
		}
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
	in := r.products[0] // all tables have the types
	old, known := in.old.shapes[was]
	new, known2 := in.new.shapes[is]
	if !known || !known2 {
		return true // no types
	}
	verdict := schema.NewReview(in.old.table, in.new.table).Declared(old, new)
	return !slices.ContainsFunc(verdict, func(f schema.Finding) bool { return f.Rule.Level() == schema.Wire })
}

// findProducts divides both sides into products. A service that is still there belongs to
// the product that it has now: that another name is given to what a node serves is no
// change of the wire.
func (r *review) findProducts(limit int) {
	now := func(svc *ir.Service) string {
		if is := r.new.services[r.nameNow(fullName(svc))]; is != nil {
			return is.Product
		}
		return svc.Product
	}
	old, new := byProduct(r.old.schema, now), byProduct(r.new.schema, func(svc *ir.Service) string { return svc.Product })
	names := slices.Sorted(maps.Keys(old))
	names = slices.AppendSeq(names, maps.Keys(new))
	slices.Sort(names)
	if len(names) == 0 {
		names = []string{""} // types are compared in any case
	}
	r.productOf = map[*ir.Service]*product{}
	for _, name := range slices.Compact(names) {
		p := &product{old: newHalf(r.old.schema, old[name]), new: newHalf(r.new.schema, new[name])}
		p.judge = schema.NewReview(p.old.table, p.new.table)
		if limit > 0 {
			p.judge.Limit(limit)
		}
		r.products = append(r.products, p)
		for _, svc := range old[name] {
			r.productOf[svc] = p
		}
	}
}

// now is what became of a handler, by its id; nil when no handler has that any more.
func (r *review) now(old *handlerOf) *handlerOf {
	return r.productOf[old.Service].new.handlers[old.ID]
}

// holdsExtern reports whether a declaration is an extern that types which were compared
// hold.
func (r *review) holdsExtern(target any) bool {
	x, ok := target.(*ir.Extern)
	return ok && slices.ContainsFunc(r.products, func(p *product) bool {
		return slices.ContainsFunc([]*half{p.old, p.new}, func(h *half) bool {
			return slices.ContainsFunc(h.table.Shapes, func(s schema.Shape) bool {
				return s.Kind == schema.Extern && s.Name == x.ImportPath+"."+x.TypeName
			})
		})
	})
}
