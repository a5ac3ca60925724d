package gogen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitReset writes the method that makes a message empty and keeps the memory of
// its slices and maps. An optional field becomes nil: for it empty is a value.
func emitReset(f *jen.File, m *ir.Message) {
	reset := method(f, m.GoName, "Reset", "Reset makes v empty, and keeps the memory of its lists and maps.").Params()
	empty := jen.Op("*").Id("v").Op("=").Id(m.GoName)
	if !slices.ContainsFunc(m.Fields, keeps) {
		reset.Add(oneLine(empty.Values(emptiedIf(m.Keep)...))).Line()
		return
	}
	reset.BlockFunc(func(g *jen.Group) {
		var kept []jen.Code
		for _, field := range m.Fields {
			if value := keep(g, field); value != nil {
				kept = append(kept, jen.Id(field.GoName).Op(":").Add(value))
			}
		}
		kept = append(kept, emptiedIf(m.Keep)...)
		g.Add(empty).Custom(jen.Options{
			Open: "{", Close: "}", Separator: ",", Multi: len(kept) > 2,
		}, kept...)
	}).Line()
}

// keeps reports whether a field has memory worth keeping.
func keeps(field *ir.Field) bool {
	if field.Type.Optional {
		return false
	}
	switch field.Type.Kind {
	case ir.Bytes, ir.Raw, ir.List, ir.Map, ir.MessageKind, ir.UnionKind:
		return true
	}
	return false
}

// keep empties one field in place when it has memory worth keeping, and returns
// what is left of it; nil when the zero value is as good.
func keep(g *jen.Group, field *ir.Field) jen.Code {
	if !keeps(field) {
		return nil
	}
	value := jen.Id("v").Dot(field.GoName)
	switch field.Type.Kind {
	case ir.Bytes, ir.Raw, ir.List:
		return value.Index(jen.Empty(), jen.Lit(0))
	case ir.Map:
		g.Clear(value.Clone())
		return value
	default: // a message or union
		g.Add(value.Clone()).Dot("Reset").Call()
		return value
	}
}
