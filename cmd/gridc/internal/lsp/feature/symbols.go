package feature

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/workspace"
	"github.com/gridrpc/gridc/idl"
)

var symbolKinds = map[index.Kind]int{
	index.Package: proto.SymbolPackage, index.Const: proto.SymbolConstant, index.Enum: proto.SymbolEnum, index.Value: proto.SymbolEnumMember,
	index.Message: proto.SymbolStruct, index.Field: proto.SymbolField, index.Union: proto.SymbolInterface, index.Variant: proto.SymbolField,
	index.Error: proto.SymbolEvent, index.Annotation: proto.SymbolFunction, index.Extern: proto.SymbolClass, index.Service: proto.SymbolClass, index.RPC: proto.SymbolMethod,
	index.Stream: proto.SymbolMethod, index.Subroute: proto.SymbolVariable,
}

// DocumentSymbols are the declarations of a file with their members.
func DocumentSymbols(v *View) []proto.DocumentSymbol {
	symbols := []proto.DocumentSymbol{}
	for _, s := range v.File.Symbols {
		symbols = append(symbols, v.documentSymbol(s))
	}
	return symbols
}

func (v *View) documentSymbol(s *index.Symbol) proto.DocumentSymbol {
	out := proto.DocumentSymbol{
		Name: s.Name, Detail: v.detail(s), Kind: symbolKinds[s.Kind], Range: v.Range(union(s.Span, s.At)), SelectionRange: v.Range(s.At),
	}
	if _, is := deprecated(s); is {
		out.Tags = []int{1}
	}
	for _, m := range s.Members {
		out.Children = append(out.Children, v.documentSymbol(m))
	}
	return out
}

// detail is what stands after the name in an outline.
func (v *View) detail(s *index.Symbol) string {
	switch n := s.Node.(type) {
	case *idl.Field:
		return v.typeText(n.Type) + " = " + litText(n.Key)
	case *idl.EnumValue:
		return "= " + litText(n.Number)
	case *idl.Handler:
		return string(s.Kind) + " = " + litText(n.ID)
	case *idl.Error:
		return litText(n.Code)
	}
	return string(s.Kind)
}

// Flat is document symbols for editors that know no tree.
func Flat(v *View, uri string) []proto.SymbolInformation {
	flat := []proto.SymbolInformation{}
	for _, s := range v.File.Symbols {
		flat = append(flat, v.flat(s, uri, v.File.Name()))
		for _, m := range s.Members {
			flat = append(flat, v.flat(m, uri, s.Name))
		}
	}
	return flat
}

func (v *View) flat(s *index.Symbol, uri, in string) proto.SymbolInformation {
	return proto.SymbolInformation{Name: s.Name, Kind: symbolKinds[s.Kind], Location: proto.Location{URI: uri, Range: v.Range(union(s.Span, s.At))}, ContainerName: in}
}

// maxSymbols is how many symbols of the workspace one answer holds.
const maxSymbols = 500

// WorkspaceSymbols are the symbols that fit a query: first those whose name begins with
// it, then those whose name has its letters in their order, then the members of what
// begins with it; a query with a dot is compared with the whole name. A member is told
// with its declaration, "DiskInfo.total", so that a list of names alone says why it is there.
func WorkspaceSymbols(w *workspace.Workspace, query string) []proto.SymbolInformation {
	var ranked [3][]proto.SymbolInformation
	for _, u := range w.Snapshot().Units {
		for _, f := range u.Index().Files {
			for _, s := range f.Symbols {
				for _, one := range append([]*index.Symbol{s}, s.Members...) {
					if rank, ok := rankOf(one, query); ok && len(ranked[rank]) < maxSymbols {
						ranked[rank] = append(ranked[rank], workspaceSymbol(w, u, one))
					}
				}
			}
		}
	}
	found := slices.Concat(ranked[:]...)
	return append([]proto.SymbolInformation{}, found[:min(len(found), maxSymbols)]...)
}

// rankOf is how well a symbol fits a query, 0 best, and whether it does.
func rankOf(s *index.Symbol, query string) (rank int, ok bool) {
	switch {
	case begins(s.Name, query):
		return 0, true
	case holdsLetters(s.Name, query):
		return 1, true
	case strings.Contains(query, "."):
		return 2, holdsLetters(s.FullName(), query)
	default:
		return 2, s.Parent != nil && begins(s.Parent.Name, query)
	}
}

func begins(name, query string) bool {
	return strings.HasPrefix(strings.ToLower(name), strings.ToLower(query))
}

func workspaceSymbol(w *workspace.Workspace, u *workspace.Unit, s *index.Symbol) proto.SymbolInformation {
	name := s.Name
	if s.Parent != nil {
		name = s.Parent.Name + "." + name
	}
	return proto.SymbolInformation{
		Name: name, Kind: symbolKinds[s.Kind], ContainerName: s.File.Package(), Location: proto.Location{URI: w.URI(s.File.Path), Range: u.Range(s.At)},
	}
}

// holdsLetters reports whether a name has the letters of a query in their order.
func holdsLetters(name, query string) bool {
	name = strings.ToLower(name)
	for _, r := range strings.ToLower(query) {
		i := strings.IndexRune(name, r)
		if i < 0 {
			return false
		}
		name = name[i+len(string(r)):]
	}
	return true
}
