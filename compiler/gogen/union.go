package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
)

// emitUnion writes a union: a struct with one field for each variant, of which
// one is set, and the kind to switch on.
func emitUnion(f *jen.File, u unit, x *ir.Union) {
	f.Add(blockDoc(&x.Info, x.GoName+" is one of its variants, or none: set one field.").
		Type().Id(x.GoName).StructFunc(func(g *jen.Group) {
		for _, v := range x.Variants {
			g.Add(structField(u, v, u.variantType(v.Type)))
		}
		g.Line()
		if x.Keep {
			g.Add(trailingComment(unknownField(), "a variant that only a newer peer knows, as it came"))
		} else {
			g.Add(trailingComment(jen.Id("unknown").Int(), "number of a variant that only a newer peer knows"))
		}
	}))
	f.Line()
	emitConstructor(f, x.GoName)
	emitString(f, x.GoName, x.Variants, x.Secret)
	emitUnionKind(f, x)
	emitKindString(f, x)
	emitWhich(f, x)
}

// variantType is the Go type of a variant: something that is nil, or false, unless set.
func (u unit) variantType(t *ir.Type) *jen.Statement {
	switch {
	case t.Kind == ir.None:
		return jen.Bool()
	case nilable(t.Kind):
		return u.plainType(t)
	}
	return jen.Op("*").Add(u.plainType(t))
}

func emitUnionKind(f *jen.File, x *ir.Union) {
	kind := x.GoName + "Kind"
	f.Add(comment(kind + " says which variant of " + diag.Article(x.GoName) + " is set.")).Type().Id(kind).Uint8()
	f.Line()
	f.Add(comment("The kinds of " + x.GoName + ".")).Const().DefsFunc(func(g *jen.Group) {
		g.Add(trailingComment(jen.Id(x.GoName+"Unset").Id(kind).Op("=").Iota(), "no variant"))
		g.Add(trailingComment(jen.Id(x.GoName+"Unknown"), unknownDoc(x)))
		for _, v := range x.Variants {
			g.Id(x.KindName(v))
		}
	})
	f.Line()
}

func emitWhich(f *jen.File, x *ir.Union) {
	f.Add(comment("Which returns the kind of the variant that is set.")).Func().Params(jen.Id("v").Op("*").Id(x.GoName)).Id("Which").Params().Id(x.GoName+"Kind").Block(
		jen.Switch().BlockFunc(func(g *jen.Group) {
			for _, v := range x.Variants {
				g.Case(variantIsSet(v)).Block(jen.Return(jen.Id(x.KindName(v))))
			}
			g.Case(unknownIsSet(x)).Block(jen.Return(jen.Id(x.GoName + "Unknown")))
		}),
		jen.Return(jen.Id(x.GoName+"Unset")),
	)
	f.Line()
}

// unknownDoc is what is said of the kind of a variant that is not known.
func unknownDoc(x *ir.Union) string {
	if x.Keep {
		return "one that only a newer peer knows; it is passed on as it came"
	}
	return "one that only a newer peer knows; its value was not kept"
}

// unknownIsSet is the condition that a union came with a variant that is not known.
func unknownIsSet(x *ir.Union) *jen.Statement {
	if x.Keep {
		return keptOf("Len").Op(">").Lit(0)
	}
	return jen.Id("v").Dot("unknown").Op("!=").Lit(0)
}

// variantIsSet is the condition that a variant is the one that is set. A raw value of no
// bytes is not set, for it is no value.
func variantIsSet(v *ir.Field) *jen.Statement {
	value := jen.Id("v").Dot(v.GoName)
	switch v.Type.Kind {
	case ir.None:
		return value
	case ir.Raw:
		return jen.Qual(codecPath, "HasRaw").Call(value)
	}
	return value.Op("!=").Nil()
}
