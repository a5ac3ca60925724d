package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitUnionCodec writes the codec of a union: a map with one entry, or none.
func emitUnionCodec(f *jen.File, u unit, x *ir.Union) {
	emitEncodeUnion(f, u, x)
	emitDecodeUnion(f, u, x)
	method(f, x.GoName, "Reset", "Reset makes v an empty union.").Params().
		Add(oneLine(jen.Op("*").Id("v").Op("=").Id(x.GoName).Values(emptiedIf(x.Keep)...))).Line()
	emitUnionSize(f, x)
	emitMsgpMethods(f, x.GoName)
}

func emitEncodeUnion(f *jen.File, u unit, x *ir.Union) {
	method(f, x.GoName, "EncodeGrid", "EncodeGrid writes v.").
		Params(jen.Id("e").Op("*").Qual(codecPath, "Encoder")).BlockFunc(func(g *jen.Group) {
		g.Id("at").Op(":=").Add(enc("Begin", jen.Lit(1)))
		for _, v := range x.Variants {
			encodePresent(g, v)
		}
		if x.Keep {
			g.Add(enc("EndUnionKept", jen.Id("at"), u.wireName(x.Name), kept()))
		} else {
			g.Add(enc("EndUnion", jen.Id("at"), u.wireName(x.Name), jen.Id("v").Dot("unknown")))
		}
	}).Line()
}

func emitDecodeUnion(f *jen.File, u unit, x *ir.Union) {
	method(f, x.GoName, "DecodeGrid", "DecodeGrid sets v to the value that d is at.").
		Params(jen.Id("d").Op("*").Qual(codecPath, "Decoder")).Block(
		jen.Id("v").Dot("Reset").Call(),
		jen.If(dec("BeginUnion")).Block(
			variantSwitch(x).BlockFunc(func(g *jen.Group) {
				for _, v := range x.Variants {
					g.Case(jen.Lit(v.Number)).BlockFunc(func(g *jen.Group) {
						decodePresent(g, u, v)
						if v.Secret {
							g.Add(dec("Discreet"))
						}
					})
				}
				if x.Keep {
					g.Default().Block(dec("Keep", kept()))
				} else {
					g.Default().Block(jen.Id("v").Dot("unknown").Op("=").Id("number"), dec("Skip"))
				}
			}),
		),
		dec("End", u.wireName(x.Name)),
	).Line()
}

// variantSwitch is the head of a switch over the number of a variant, which one that is
// not known is known by unless it is kept.
func variantSwitch(x *ir.Union) *jen.Statement {
	if x.Keep {
		return jen.Switch(dec("Key"))
	}
	return jen.Switch(jen.Id("number").Op(":=").Add(dec("Key")), jen.Id("number"))
}
