package feature

import (
	"path"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/idl"
)

// Definition is where what is named at an offset is declared. An import leads to its
// file.
func Definition(v *View, offset int) []proto.LocationLink {
	if decl := v.File.ImportAt(offset); decl != nil {
		return v.importLink(decl)
	}
	s, o := v.symbolAt(offset)
	if s == nil {
		return []proto.LocationLink{}
	}
	if to := v.Index.Target(s); to != nil && !o.Decl {
		s = to.PackageSymbol()
	}
	return []proto.LocationLink{v.link(o.At, s)}
}

func (v *View) importLink(decl *idl.Import) []proto.LocationLink {
	for _, imp := range v.File.Imports {
		if imp.Decl == decl && imp.To != nil {
			return []proto.LocationLink{v.link(decl.PathAt, v.Index.Of(imp.To).PackageSymbol())}
		}
	}
	return []proto.LocationLink{}
}

func (v *View) link(from idl.Span, to *index.Symbol) proto.LocationLink {
	link := proto.LocationLink{OriginSelectionRange: v.Range(from), TargetURI: v.Workspace.URI(to.File.Path)}
	if !to.At.IsZero() { // a package without its clause is the start of its file
		link.TargetSelectionRange = v.Range(to.At)
		link.TargetRange = v.Range(union(to.Span, to.At))
	}
	return link
}

// union is the stretch that holds both.
func union(a, b idl.Span) idl.Span {
	if a.IsZero() || b.Start.Offset < a.Start.Offset {
		a.Start = b.Start
	}
	if b.End.Offset > a.End.Offset {
		a.End = b.End
	}
	a.File = b.File
	return a
}

// TypeDefinition is where the type of what is named at an offset is declared: of a
// field its type, of a handler what it takes and gives.
func TypeDefinition(v *View, offset int) []proto.LocationLink {
	s, o := v.symbolAt(offset)
	if s == nil {
		return []proto.LocationLink{}
	}
	var types []*idl.Type
	switch n := s.Node.(type) {
	case *idl.Field:
		types = append(types, n.Type)
	case *idl.Const:
		types = append(types, n.Type)
	case *idl.Handler:
		types = append(types, n.Request, n.Response)
		for _, flow := range flowsOf(n) {
			types = append(types, flow.Type)
		}
	default:
		return Definition(v, offset)
	}
	links := []proto.LocationLink{}
	for _, t := range types {
		for ; t != nil; t = t.Elem {
			if to := v.Index.Resolve(v.Index.Of(s.File), t.Ref); to != nil {
				links = append(links, v.link(o.At, to))
			}
		}
	}
	return links
}

// References are all places that name what is named at an offset.
func References(v *View, offset int, declaration bool) []proto.Location {
	locations := []proto.Location{}
	s, _ := v.symbolAt(offset)
	if s == nil {
		return locations
	}
	for _, o := range v.Index.Uses(s) {
		if declaration || !o.Decl {
			locations = append(locations, v.Location(o.At))
		}
	}
	return locations
}

// Highlight is the places in this file that name what is named at an offset.
func Highlight(v *View, offset int) []proto.DocumentHighlight {
	places := []proto.DocumentHighlight{}
	s, _ := v.symbolAt(offset)
	if s == nil {
		return places
	}
	for _, o := range v.Index.Uses(s) {
		if o.At.File == v.Path {
			kind := 2
			if o.Decl {
				kind = 3
			}
			places = append(places, proto.DocumentHighlight{Range: v.Range(o.At), Kind: kind})
		}
	}
	return places
}

// Links are the paths of imports, as links to their files.
func Links(v *View) []proto.DocumentLink {
	links := []proto.DocumentLink{}
	for _, imp := range v.File.Imports {
		if imp.To != nil {
			links = append(links, proto.DocumentLink{
				Range: v.Range(imp.Decl.PathAt), Target: v.Workspace.URI(imp.To.Path), Tooltip: path.Base(imp.To.Path),
			})
		}
	}
	return links
}
