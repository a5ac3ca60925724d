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

func handlerIDsOf(r *revision) []uint16 {
	return slices.Sorted(maps.Keys(r.handlers))
}

// source reports what code that uses the generated packages sees, and nobody
// else: what was renamed, moved or deleted.
func (r *review) source() {
	s := &sourceReview{review: r, moved: r.renamed()}
	gone := s.packages()
	for _, name := range slices.Sorted(maps.Keys(r.old.decls)) {
		if d := r.old.decls[name]; d.Package.Root && !gone[d.Package] {
			s.declaration(d)
		}
	}
	s.services(gone)
}

// sourceReview is the part of a review that looks with the eyes of Go.
type sourceReview struct {
	*review
	moved map[string]string // old name of a type → new one, where they differ
}

// renamed pairs the types that stand in the same place under two names, when
// the old name is gone and the new one did not exist.
func (r *review) renamed() map[string]string {
	moved := map[string]string{}
	pair := func(was, is string) {
		if was != is && r.new.decls[was] == nil && r.old.decls[is] == nil && r.new.decls[is] != nil && moved[was] == "" {
			moved[was] = is
		}
	}
	for _, p := range r.judge.Compared() {
		pair(r.old.table.Shapes[p[0]].Name, r.new.table.Shapes[p[1]].Name)
	}
	byTag := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.new.decls)) {
		if tag := tagOf(r.new.decls[name]); tag != "" {
			byTag[tag] = name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.old.decls)) {
		if tag := tagOf(r.old.decls[name]); tag != "" && byTag[tag] != "" {
			pair(name, byTag[tag])
		}
	}
	return moved
}

// renamedPackages are the packages that have another name now, by the old one: what
// stands in the same file, when the old name is gone and the new one did not exist.
func (r *review) renamedPackages() map[string]*ir.Package {
	byPath := map[string]*ir.Package{}
	for _, p := range r.new.schema.Packages {
		byPath[p.Path] = p
	}
	renamed := map[string]*ir.Package{}
	for _, old := range r.old.schema.Packages {
		now := byPath[old.Path]
		if old.Root && now != nil && r.new.packages[old.ID()] == nil && r.old.packages[now.ID()] == nil {
			renamed[old.ID()] = now
		}
	}
	return renamed
}

// packages reports packages that are gone, renamed or moved, and returns those
// whose declarations need no word of their own.
func (s *sourceReview) packages() map[*ir.Package]bool {
	gone := map[*ir.Package]bool{}
	renamed := s.renamedPackages()
	for _, old := range s.old.schema.Packages {
		if !old.Root {
			continue
		}
		now, at := s.new.packages[old.ID()], s.places.fallback(old.ID())
		switch is := renamed[old.ID()]; {
		case is != nil:
			s.became("source/package-renamed", "package", old.Name, "became `"+is.Name+"`", s.places.fallback(is.ID())).
				Help("its Go import path changes")
			gone[old] = true
		case now == nil:
			s.became("source/package-deleted", "package", old.Name, "was deleted", at)
			gone[old] = true
		case !s.old.schema.Saved && !sameFolder(path.Dir(old.Path), path.Dir(now.Path)):
			s.became("source/package-moved", "package", old.Name, "moved from `"+path.Dir(old.Path)+"` to `"+path.Dir(now.Path)+"`", at).
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
	case now.Package.ID() != d.Package.ID():
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
