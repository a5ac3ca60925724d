package index

import (
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Kind is what a symbol is, in the words of the language.
type Kind string

// The kinds of symbol.
const (
	Package    Kind = "package"
	Alias      Kind = "import" // the name that a file gives to an import
	Const      Kind = "const"
	Enum       Kind = "enum"
	Value      Kind = "value"
	Message    Kind = "message"
	Field      Kind = "field"
	Union      Kind = "union"
	Variant    Kind = "variant"
	Error      Kind = "error"
	Extern     Kind = "extern"
	Annotation Kind = "annotation"
	Service    Kind = "service"
	RPC        Kind = "rpc"
	Stream     Kind = "stream"
	Subroute   Kind = "subroute"
)

// IsType reports whether a symbol of the kind can be the type of a field.
func (k Kind) IsType() bool { return k == Enum || k == Message || k == Union || k == Extern }

// IsHandler reports whether it is an rpc or a stream.
func (k Kind) IsHandler() bool { return k == RPC || k == Stream }

// Symbol is something with a name.
type Symbol struct {
	Kind    Kind
	Name    string
	At      idl.Span // of the name
	Span    idl.Span // of all of it, annotations included
	Meta    *idl.Meta
	Node    any        // *idl.Message, *idl.Field, …; *load.File for a package, *idl.Import for an alias
	File    *load.File // that declares it
	Parent  *Symbol    // of a member: the declaration
	Members []*Symbol
}

// FullName is the name with what holds it: "storage.DiskInfo.total".
func (s *Symbol) FullName() string {
	switch {
	case s.Kind == Package || s.Kind == Alias:
		return s.Name
	case s.Parent != nil:
		return s.Parent.FullName() + "." + s.Name
	default:
		return s.File.Package() + "." + s.Name
	}
}

// declared makes the symbols of a declaration and its members.
func declared(f *load.File, decl idl.Decl) *Symbol {
	name := decl.DeclName()
	s := &Symbol{Name: name.Name, At: name.Span, Span: decl.DeclMeta().Span, Meta: decl.DeclMeta(), Node: decl, File: f}
	switch d := decl.(type) {
	case *idl.Const:
		s.Kind = Const
	case *idl.Enum:
		s.Kind = Enum
		for _, v := range d.Values {
			s.member(Value, v.Name, &v.Meta, v)
		}
	case *idl.Message:
		s.Kind = Message
		s.fields(Field, d.Fields)
	case *idl.Union:
		s.Kind = Union
		s.fields(Variant, d.Fields)
	case *idl.Error:
		s.Kind = Error
		s.fields(Field, d.Fields)
	case *idl.Extern:
		s.Kind = Extern
	case *idl.Annotation:
		s.Kind = Annotation
	case *idl.Service:
		s.Kind = Service
		s.service(d)
	}
	return s
}

func (s *Symbol) fields(kind Kind, fields []*idl.Field) {
	for _, f := range fields {
		s.member(kind, f.Name, &f.Meta, f)
	}
}

func (s *Symbol) service(d *idl.Service) {
	for _, r := range d.Subroutes {
		if r.Param != nil {
			s.member(Subroute, r.Param, &r.Meta, r)
		}
	}
	for _, h := range d.Handlers {
		kind := RPC
		if h.Stream {
			kind = Stream
		}
		s.member(kind, h.Name, &h.Meta, h)
	}
}

func (s *Symbol) member(kind Kind, name *idl.Ident, meta *idl.Meta, node any) {
	if name != nil {
		s.Members = append(s.Members, &Symbol{Kind: kind, Name: name.Name, At: name.Span, Span: meta.Span, Meta: meta, Node: node, File: s.File, Parent: s})
	}
}
