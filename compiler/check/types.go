package check

import (
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
)

// typ resolves a type as written; whyNot says why it cannot be optional. It is
// nil when something in the type is wrong, which has been reported then.
func (c *checker) typ(s *source, t *idl.Type, whyNot string) *ir.Type {
	if t == nil {
		return nil
	}
	var resolved *ir.Type
	switch {
	case t.Key != nil:
		resolved = c.mapType(s, t)
	case c.byteList(s, t):
		return nil
	case t.Elem != nil:
		if elem := c.typ(s, t.Elem, elementIsThere); elem != nil {
			resolved = &ir.Type{Kind: ir.List, Elem: elem}
		}
	case t.Ref != nil:
		resolved = c.namedType(s, t.Ref)
	}
	if t.Optional && whyNot != mayBeOptional {
		mark := optionalMark(t)
		c.report("optional-misplaced", mark, "%s", whyNot).Fix("remove the `?`", mark, "")
		return nil
	}
	if resolved != nil {
		resolved.Optional, resolved.Span = t.Optional, t.Span
	}
	return resolved
}

// byteList reports a list of bytes by a foreign name, which is `bytes`: a list of
// `uint8` is another thing on the wire, encoded item by item.
func (c *checker) byteList(s *source, t *idl.Type) bool {
	if t.Elem == nil || t.Key != nil || t.Elem.Ref == nil || t.Elem.Ref.Package != nil {
		return false
	}
	name := t.Elem.Ref.Name
	if foreignTypes[name.Name] != "uint8" || s.scope[name.Name] != nil || s.isBroken(name.Name) {
		return false
	}
	list := idl.Span{File: s.Path, Start: t.Span.Start, End: name.Span.End}
	c.report("type-unknown", list, "there is no `[]%s`; write `bytes`", name.Name).
		Fix("write `bytes`", list, "bytes")
	return true
}

func (c *checker) mapType(s *source, t *idl.Type) *ir.Type {
	key, elem := c.typ(s, t.Key, elementIsThere), c.typ(s, t.Elem, elementIsThere)
	if key != nil && key.Kind != ir.String && !key.Kind.IsInteger() {
		c.report("map-key-type", t.Key.Span, "a map key is a string or an integer, not %s", key.Describe())
		return nil
	}
	if key == nil || elem == nil {
		return nil
	}
	return &ir.Type{Kind: ir.Map, Key: key, Elem: elem}
}

func (c *checker) namedType(s *source, ref *idl.Ref) *ir.Type {
	if ref.Package == nil {
		if kind := ir.Builtin(ref.Name.Name); kind != 0 {
			return &ir.Type{Kind: kind}
		}
	}
	sym := c.lookup(s, ref, "type", (*symbol).isType)
	if sym == nil {
		return nil
	}
	t := &ir.Type{Package: sym.in.pkg, NameAt: ref.Span}
	switch target := sym.Target.(type) {
	case *ir.Enum:
		t.Kind, t.Enum = ir.EnumKind, target
	case *ir.Message:
		t.Kind, t.Message = ir.MessageKind, target
	case *ir.Error:
		t.Kind, t.Message = ir.MessageKind, target.Body
	case *ir.Union:
		t.Kind, t.Union = ir.UnionKind, target
	case *ir.Extern:
		t.Kind, t.Extern = ir.ExternKind, target
	}
	return t
}

// Why a `?` cannot stand where it does; mayBeOptional is where it can.
const (
	mayBeOptional   = ""
	elementIsThere  = "what a list or map holds is never optional"
	variantIsThere  = "a variant is never optional: the union itself may be empty"
	constantIsThere = "a constant is never optional"
)

// optionalMark is the `?` of an optional type.
func optionalMark(t *idl.Type) idl.Span {
	mark := t.Span
	mark.Start = idl.Pos{Offset: mark.End.Offset - 1, Line: mark.End.Line, Col: mark.End.Col - 1}
	return mark
}
