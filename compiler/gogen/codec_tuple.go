package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitEncodeTuple writes how a tuple is written: an array with all of its fields.
func emitEncodeTuple(f *jen.File, u unit, m *ir.Message) {
	places := m.Places()
	method(f, m.GoName, "EncodeGrid", "EncodeGrid writes v.").
		Params(jen.Id("e").Op("*").Qual(codecPath, "Encoder")).BlockFunc(func(g *jen.Group) {
		g.Id("at").Op(":=").Add(enc("BeginTuple", entryCount(len(places), m)))
		for _, field := range places {
			if field == nil {
				g.Add(enc("PutNil"))
				continue
			}
			encodePlace(g, field)
		}
		if m.Keep {
			g.Add(enc("Kept", kept()))
		}
		if m.SizeLimit > 0 {
			g.Add(enc("EndTupleWithin", jen.Id("at"), u.wireName(m.Name), intValue(m.SizeLimit)))
		} else {
			g.Add(enc("EndTuple", jen.Id("at"), u.wireName(m.Name)))
		}
	}).Line()
}

// encodePlace writes one field, zero or not, and nil for one that is absent.
func encodePlace(g *jen.Group, field *ir.Field) {
	t := field.Type
	if !t.Optional || t.Kind == ir.Raw {
		if mayFail(field) {
			g.Add(placed(field))
		} else {
			encodeValue(g, t, jen.Id("v").Dot(field.GoName), limitsOf(field), 0)
		}
		return
	}
	absent := g.If(jen.Id("v").Dot(field.GoName).Op("==").Nil()).Block(enc("PutNil")).Else()
	if mayFail(field) {
		absent.Add(placed(field))
	} else {
		absent.BlockFunc(func(g *jen.Group) { presentPlace(g, field) })
	}
}

// mayFail reports whether an error in a field has to say which it is, or must not be
// followed by another message, which would be blamed.
func mayFail(field *ir.Field) bool {
	return isComposite(field.Type.Kind) || field.Type.Kind == ir.Raw || field.Limit > 0
}

// placed writes a field if nothing went wrong before.
func placed(field *ir.Field) *jen.Statement {
	return jen.If(enc("Place", jen.Lit(field.Number))).BlockFunc(func(g *jen.Group) { presentPlace(g, field) })
}

// presentPlace writes a field that is there.
func presentPlace(g *jen.Group, field *ir.Field) {
	value, t := jen.Id("v").Dot(field.GoName), field.Type
	switch {
	case t.Kind == ir.MessageKind || t.Kind == ir.UnionKind:
		g.Add(value.Dot("EncodeGrid").Call(jen.Id("e")))
	case t.Kind == ir.ExternKind && t.Optional:
		g.Add(enc("PutExtern", value))
	case t.Optional && !nilable(t.Kind):
		encodeValue(g, t, jen.Op("*").Add(value), limitsOf(field), 0)
	default:
		encodeValue(g, t, value, limitsOf(field), 0)
	}
}

// emitDecodeTuple writes how a tuple is read.
func emitDecodeTuple(f *jen.File, u unit, m *ir.Message) {
	emitDecode(f, u, m, func(g *jen.Group) {
		i, n := jen.Id("i"), jen.Id("n")
		g.For(jen.List(i.Clone(), n.Clone()).Op(":=").List(jen.Lit(1), dec("BeginTuple")), i.Clone().Op("<=").Add(n).Op("&&").Add(dec("OK")), i.Clone().Op("++")).
			Block(jen.Switch(dec("Place", i)).BlockFunc(func(g *jen.Group) { decodeCases(g, u, m) }))
	})
}
