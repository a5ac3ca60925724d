package gogen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitEnum writes an enum: a number with named values. It is open: a number
// that has no name here is kept, and printed as what it is.
func emitEnum(f *jen.File, u unit, e *ir.Enum) {
	f.Add(blockDoc(&e.Info).Type().Id(e.GoName).Id(e.Base.String()))
	f.Line()
	f.Add(comment("The values of " + e.GoName + ".")).Const().DefsFunc(func(g *jen.Group) {
		for _, v := range e.Values {
			s := docComment(&v.Info).Id(e.GoName + v.GoName).Id(e.GoName).Op("=").Add(enumNumber(e, v))
			g.Add(trailingComment(s, v.Comment))
		}
	})
	f.Line()
	emitEnumString(f, e)
}

func enumNumber(e *ir.Enum, v *ir.EnumValue) *jen.Statement {
	if isUnsigned(e.Base) {
		return jen.Op(strconv.FormatUint(uint64(v.Number), 10))
	}
	return jen.Op(strconv.FormatInt(v.Number, 10))
}

func isUnsigned(k ir.Kind) bool { return k >= ir.Uint8 && k <= ir.Uint64 }

func emitEnumString(f *jen.File, e *ir.Enum) {
	format, wide := "FormatInt", "int64"
	if isUnsigned(e.Base) {
		format, wide = "FormatUint", "uint64"
	}
	number := jen.Qual("strconv", format).Call(jen.Id(wide).Call(jen.Id("v")), jen.Lit(10))
	f.Add(comment("String returns the name of the value, or its number when it has none here.")).Func().Params(jen.Id("v").Id(e.GoName)).Id("String").Params().String().Block(
		jen.Switch(jen.Id("v")).BlockFunc(func(g *jen.Group) {
			for _, v := range e.Values {
				g.Case(jen.Id(e.GoName + v.GoName)).Block(jen.Return(jen.Lit(v.Name)))
			}
		}),
		jen.Return(jen.Lit(e.GoName+"(").Op("+").Add(number).Op("+").Lit(")")),
	)
	f.Line()
}
