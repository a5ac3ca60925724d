package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitAnnotation writes an annotation of the schema's own: a struct of its parameters.
func emitAnnotation(f *jen.File, u unit, a *ir.Annotation) {
	f.Add(docComment(&a.Info, a.GoName+" is what the schema says with @"+a.Name+".").
		Type().Id(a.GoName).StructFunc(func(g *jen.Group) {
		for _, p := range a.Params {
			g.Id(p.GoName).Add(u.plainType(p.Type))
		}
	}))
	f.Line()
}

// markValue is an annotation where it stands, as a value of its struct.
func (u unit) markValue(m *ir.Mark) *jen.Statement {
	values := jen.Dict{}
	for _, arg := range m.Args {
		values[jen.Id(arg.GoName)] = u.argValue(arg)
	}
	return u.qual(m.Annotation.Package, m.Annotation.GoName).Values(values)
}

func (u unit) argValue(arg *ir.Const) *jen.Statement {
	if arg.Type.Kind != ir.EnumKind {
		return constValue(arg)
	}
	for _, v := range arg.Type.Enum.Values {
		if v.Number == arg.Int {
			return u.qual(arg.Type.Package, arg.Type.Enum.GoName+v.GoName)
		}
	}
	return constValue(arg)
}
