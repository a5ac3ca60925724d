package index

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// group is the files of one package, and what they declare.
type group struct {
	files []*load.File
	pkg   *Symbol
	all   []*Symbol          // the declarations of all files, by file and then in order
	own   [][]*Symbol        // those of each file
	scope map[string]*Symbol // by name
}

// groupsOf sorts files into packages, each with what is known of it: its symbols are
// those that they were, as long as no file of it changes.
func groupsOf(files []*load.File, known map[string]*group) (groups map[*load.File]*group, byPath map[string]*group) {
	type place struct{ folder, name string }
	parts := map[place][]*load.File{}
	var order [][]*load.File
	for _, f := range files {
		if f.Tree.Package == nil {
			order = append(order, []*load.File{f})
			continue
		}
		at := place{f.Folder(), f.Package()}
		parts[at] = append(parts[at], f)
	}
	for _, members := range parts {
		order = append(order, members)
	}
	groups, byPath = map[*load.File]*group{}, map[string]*group{}
	for _, members := range order {
		g := known[members[0].Path]
		if g == nil || !slices.EqualFunc(g.files, members, isSameText) {
			g = newGroup(members)
		}
		byPath[members[0].Path] = g
		for _, f := range members {
			groups[f] = g
		}
	}
	return groups, byPath
}

// isSameText reports whether a file is as it was, but for what it imports.
func isSameText(old, now *load.File) bool {
	return old.Tree == now.Tree && old.Path == now.Path && old.Key == now.Key
}

func newGroup(members []*load.File) *group {
	files := make([]*load.File, len(members))
	for i, f := range members {
		bare := *f
		bare.Imports = nil // the group outlives them
		files[i] = &bare
	}
	first := files[0]
	g := &group{files: files, scope: map[string]*Symbol{}}
	g.pkg = &Symbol{Kind: Package, Name: first.Package(), File: first, Node: first, Meta: &idl.Meta{}}
	if clause := first.Tree.Package; clause != nil {
		g.pkg.At, g.pkg.Span = clause.Span, clause.Span
	}
	for _, f := range files {
		if len(g.pkg.Meta.Doc) == 0 {
			g.pkg.Meta.Doc = f.Tree.Doc
		}
		var own []*Symbol
		for _, decl := range f.Tree.Decls {
			s := declared(f, decl)
			own = append(own, s)
			if g.scope[s.Name] == nil {
				g.scope[s.Name] = s
			}
		}
		g.own = append(g.own, own)
	}
	for i, f := range files {
		g.own[i] = append(g.own[i], g.broken(f)...)
		slices.SortStableFunc(g.own[i], func(a, b *Symbol) int { return cmp.Compare(a.At.Start.Offset, b.At.Start.Offset) })
		g.all = append(g.all, g.own[i]...)
	}
	return g
}

// broken are the declarations of which nothing is sound but the name: it can be referred to
// while the rest is written.
func (g *group) broken(f *load.File) []*Symbol {
	var found []*Symbol
	for _, name := range f.Tree.Broken {
		decl := brokenDecl(firstWord(f.LineAt(name.Span.Start.Offset)), idl.Head{Meta: idl.Meta{Span: name.Span, Broken: true}, Name: name})
		if decl == nil || g.scope[name.Name] != nil {
			continue
		}
		s := declared(f, decl)
		g.scope[name.Name] = s
		found = append(found, s)
	}
	return found
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	return word
}

// brokenDecl is a declaration that has no more than a head, nil for no keyword.
func brokenDecl(keyword string, head idl.Head) idl.Decl {
	switch Kind(keyword) {
	case Const:
		return &idl.Const{Head: head}
	case Enum:
		return &idl.Enum{Head: head}
	case Error:
		return &idl.Error{Head: head}
	case Extern:
		return &idl.Extern{Head: head}
	case Annotation:
		return &idl.Annotation{Head: head}
	}
	return nil
}

// declaredBy are the declarations of a file of the package.
func (g *group) declaredBy(f *load.File) []*Symbol {
	return g.own[slices.IndexFunc(g.files, func(other *load.File) bool { return other.Path == f.Path })]
}
