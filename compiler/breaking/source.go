package breaking

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// source reports what code that uses the generated packages sees, and nobody
// else: what was renamed, moved or deleted.
func (r *review) source() {
	s := &sourceReview{r}
	gone := s.packages()
	for _, name := range slices.Sorted(maps.Keys(r.old.decls)) {
		if d := r.old.decls[name]; d.Package.Root && !gone[d.Package] {
			s.declaration(d)
		}
	}
	s.services(gone)
}

// sourceReview is the part of a review that looks with the eyes of Go.
type sourceReview struct{ *review }

// packages reports packages that are gone, renamed or moved, and returns those
// whose declarations need no word of their own.
func (s *sourceReview) packages() map[*ir.Package]bool {
	gone := map[*ir.Package]bool{}
	for _, old := range s.old.schema.Packages {
		if !old.Root {
			continue
		}
		now, at := s.new.packages[old.ID()], s.places.fallback(old.ID())
		is := s.renamed[old.ID()]
		if is != nil && is.Name == old.Name {
			now, is = is, nil // only that others are called so, too, is new, or past
		}
		switch {
		case is != nil:
			s.became("source/package-renamed", "package", old.ID(), "became `"+is.Name+"`", s.places.fallback(is.ID())).
				Help("its Go import path changes")
			gone[old] = true
		case now == nil:
			s.became("source/package-deleted", "package", old.ID(), "was deleted", at)
			gone[old] = true
		case !s.old.schema.Saved && !sameFolder(path.Dir(old.Path), path.Dir(now.Path)):
			s.became("source/package-moved", "package", old.ID(), "moved from `"+path.Dir(old.Path)+"` to `"+path.Dir(now.Path)+"`", at).
				Help("its Go import path changes, unless it is generated with `--out`")
		}
	}
	return gone
}

// sameFolder reports whether two paths, one of which may not be there any more,
// mean the same folder.
func sameFolder(a, b string) bool {
	if a == b {
		return true
	}
	first, err := load.FollowLinks(a)
	second, err2 := load.FollowLinks(b)
	return err == nil && err2 == nil && first == second
}

// declaration reports what became of a declaration, and of its members.
func (s *sourceReview) declaration(d *ir.Declaration) {
	now := s.new.decls[cmp.Or(s.moved[d.FullName()], d.FullName())]
	switch {
	case now == nil:
		s.deleted(d)
		return
	case !s.samePackage(d.Package, now.Package):
		s.became("source/type-moved", d.Kind, d.FullName(), "moved to `"+now.FullName()+"`", now.Info.Span)
	case now.Info.GoName != d.Info.GoName && d.Kind != "const":
		s.renamedTo("source/type-renamed", d.FullName(), d.Kind+" `"+d.FullName()+"`", d.Info, now.Info)
	}
	s.members(d, now)
}

// deleted reports a declaration that is gone.
func (s *sourceReview) deleted(d *ir.Declaration) {
	id := "source/type-deleted"
	if d.Kind == "const" {
		id = "source/const-deleted"
	}
	s.became(id, d.Kind, d.FullName(), "was deleted", s.places.fallback(d.Package.ID()))
}

// became reports what happened to a thing of a kind, by its name.
func (s *sourceReview) became(id, kind, name, what string, at idl.Span) diag.Finding {
	return s.report(id, name, what, at, kind+" `"+name+"` "+what)
}

// renamedTo reports another Go name; what it is called in the file may have
// stayed the same.
func (s *sourceReview) renamedTo(id, subject, what string, old, new *ir.Info) {
	s.report(id, subject, "became `"+new.GoName+"`", new.Span,
		fmt.Sprintf("%s is now `%s` in Go, and was `%s`", what, new.GoName, old.GoName))
}
