package compiler

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
)

// declarationOf is a type, error or const of a revision.
type declarationOf struct {
	pkg    *Package
	kind   string
	info   *Info
	target any
}

func (d *declarationOf) name() string { return d.pkg.Name + "." + d.info.Name }

// declare notes what a package declares, services aside.
func (r *revision) declare(p *Package) {
	add := func(kind string, info *Info, target any) {
		d := &declarationOf{p, kind, info, target}
		r.decls[d.name()] = d
	}
	for _, t := range p.Consts {
		add("const", &t.Info, t)
	}
	for _, t := range p.Enums {
		add("enum", &t.Info, t)
	}
	for _, t := range p.Messages {
		add("message", &t.Info, t)
	}
	for _, t := range p.Unions {
		add("union", &t.Info, t)
	}
	for _, t := range p.Errors {
		add("error", &t.Info, t)
	}
	for _, t := range p.Externs {
		add("extern", &t.Info, t)
	}
}

func handlerIDsOf(r *revision) []uint16 {
	return slices.Sorted(maps.Keys(r.handlers))
}

// source reports what code that uses the generated packages sees, and nobody
// else: what was renamed, moved or deleted.
func (r *review) source() {
	s := &sourceReview{review: r, moved: r.renamed()}
	gone := s.packages()
	for _, name := range slices.Sorted(maps.Keys(r.old.decls)) {
		if d := r.old.decls[name]; d.pkg.Root && !gone[d.pkg] {
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
		if tag := r.new.decls[name].tag(); tag != "" {
			byTag[tag] = name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.old.decls)) {
		if tag := r.old.decls[name].tag(); tag != "" && byTag[tag] != "" {
			pair(name, byTag[tag])
		}
	}
	return moved
}

// tag is what an error or extern is known by besides its name.
func (d *declarationOf) tag() string {
	switch t := d.target.(type) {
	case *Error:
		return "error " + t.Code
	case *Extern:
		return "extern " + t.ImportPath + "." + t.TypeName
	default:
		return ""
	}
}

// packages reports packages that are gone, renamed or moved, and returns those
// whose declarations need no word of their own.
func (s *sourceReview) packages() map[*Package]bool {
	gone := map[*Package]bool{}
	byPath := map[string]*Package{}
	for _, p := range s.new.schema.Packages {
		byPath[p.Path] = p
	}
	for _, old := range s.old.schema.Packages {
		if !old.Root {
			continue
		}
		now, at := s.new.packages[old.Name], s.places.fallback(old.Name)
		switch sameFile := byPath[old.Path]; {
		case now == nil && sameFile != nil && s.old.packages[sameFile.Name] == nil:
			what := "became `" + sameFile.Name + "`"
			s.report("source/package-renamed", old.Name, what, s.places.fallback(sameFile.Name), "package `"+old.Name+"` "+what).
				help("its Go import path changes")
			gone[old] = true
		case now == nil:
			s.report("source/package-deleted", old.Name, "was deleted", at, "package `"+old.Name+"` was deleted")
			gone[old] = true
		case !s.old.schema.saved && !sameFolder(path.Dir(old.Path), path.Dir(now.Path)):
			what := "moved from `" + path.Dir(old.Path) + "` to `" + path.Dir(now.Path) + "`"
			s.report("source/package-moved", old.Name, what, at, "package `"+old.Name+"` "+what).
				help("its Go import path changes, unless it is generated with `--out`")
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
	first, err := asItLeads(a)
	second, err2 := asItLeads(b)
	return err == nil && err2 == nil && first == second
}

// declaration reports what became of a declaration, and of its members.
func (s *sourceReview) declaration(d *declarationOf) {
	now := s.new.decls[cmp.Or(s.moved[d.name()], d.name())]
	switch {
	case now == nil:
		s.deleted(d)
		return
	case now.pkg.Name != d.pkg.Name:
		what := "moved to `" + now.name() + "`"
		s.report("source/type-moved", d.name(), what, now.info.Span, d.kind+" `"+d.name()+"` "+what)
	case now.info.GoName != d.info.GoName && d.kind != "const":
		s.renamedTo("source/type-renamed", d.name(), d.kind+" `"+d.name()+"`", d.info, now.info)
	}
	s.members(d, now)
}

// deleted reports a declaration that is gone.
func (s *sourceReview) deleted(d *declarationOf) {
	id := "source/type-deleted"
	if d.kind == "const" {
		id = "source/const-deleted"
	}
	s.report(id, d.name(), "was deleted", s.places.fallback(d.pkg.Name), d.kind+" `"+d.name()+"` was deleted")
}

// renamedTo reports another Go name; what it is called in the file may have
// stayed the same.
func (s *sourceReview) renamedTo(id, subject, what string, old, new *Info) {
	s.report(id, subject, "became `"+new.GoName+"`", new.Span,
		fmt.Sprintf("%s is now `%s` in Go, and was `%s`", what, new.GoName, old.GoName))
}
