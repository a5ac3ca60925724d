package feature

import (
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

// detail is what stands behind the name in an outline.
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

// WorkspaceSymbols are the symbols whose name holds the letters of a query in their
// order.
func WorkspaceSymbols(w *workspace.Workspace, query string) []proto.SymbolInformation {
	found := []proto.SymbolInformation{}
	for _, u := range w.Snapshot().Units {
		for _, f := range u.Index().Files {
			for _, s := range f.Symbols {
				found = addSymbol(found, w, u, s, query, f.Name())
				for _, m := range s.Members {
					found = addSymbol(found, w, u, m, query, f.Name()+"."+s.Name)
				}
			}
		}
	}
	return found
}

func addSymbol(found []proto.SymbolInformation, w *workspace.Workspace, u *workspace.Unit, s *index.Symbol, query, in string) []proto.SymbolInformation {
	if len(found) >= maxSymbols || !holdsLetters(s.FullName(), query) {
		return found
	}
	return append(found, proto.SymbolInformation{
		Name: s.Name, Kind: symbolKinds[s.Kind], ContainerName: in, Location: proto.Location{URI: w.URI(s.File.Path), Range: u.Range(s.At)},
	})
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
