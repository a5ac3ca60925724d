package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitReset writes the method that makes a message empty and keeps the memory of
// its slices and maps. An optional field becomes nil: for it empty is a value.
func emitReset(f *jen.File, m *ir.Message) {
	method(f, m.GoName, "Reset", "Reset makes v empty, and keeps the memory of its lists and maps.").
		Params().BlockFunc(func(g *jen.Group) {
		var kept []jen.Code
		for _, field := range m.Fields {
			if value := keep(g, field); value != nil {
				kept = append(kept, jen.Id(field.GoName).Op(":").Add(value))
			}
		}
		g.Op("*").Id("v").Op("=").Id(m.GoName).Custom(jen.Options{
			Open: "{", Close: "}", Separator: ",", Multi: len(kept) > 2,
		}, kept...)
	}).Line()
}

// keep empties one field in place when it has memory worth keeping, and returns
// what is left of it; nil when the zero value is as good.
func keep(g *jen.Group, field *ir.Field) jen.Code {
	if field.Type.Optional {
		return nil
	}
	value := jen.Id("v").Dot(field.GoName)
	switch field.Type.Kind {
	case ir.Bytes, ir.Raw, ir.List:
		return value.Index(jen.Empty(), jen.Lit(0))
	case ir.Map:
		g.Clear(value.Clone())
		return value
	case ir.MessageKind, ir.UnionKind:
		g.Add(value.Clone()).Dot("Reset").Call()
		return value
	}
	return nil
}
