package gogen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitString writes what makes `%v` of a message or a union readable, of a value
// as well as of a pointer. What is shown is chosen in one place, codec.Text. A type with
// a field String gets the method Format instead; with both fields it gets no method, and
// `%v` shows the struct as fmt does. A type that holds a secret has more, see emitDiscretion.
func emitString(f *jen.File, goName string, fields []*ir.Field, secret bool) {
	taken := func(name string) bool {
		return slices.ContainsFunc(fields, func(field *ir.Field) bool { return field.GoName == name })
	}
	receiver, self := jen.Id("v").Id(goName), jen.Op("&").Id("v")
	if secret {
		defer emitDiscretion(f, goName, shownText())
	}
	switch {
	case !taken("String"):
		f.Add(comment("String returns v for people to read; what is long is cut.")).
			Func().Params(receiver).Id("String").Params().String().Block(
			jen.Return(jen.Qual(codecPath, "Text").Call(self)),
		).Line()
	case !secret && !taken("Format"):
		f.Add(comment("Format writes v for people to read; what is long is cut.")).
			Func().Params(receiver).Id("Format").Params(jen.Id("s").Qual("fmt", "State"), jen.Id("_").Rune()).Block(
			jen.Qual(codecPath, "Format").Call(jen.Id("s"), self),
		).Line()
	}
}

// emitDiscretion writes the methods that fmt and slog, whatever the verb, show a type by
// that holds a secret. text is what they show of v. The checker keeps their names free.
func emitDiscretion(f *jen.File, goName string, text *jen.Statement) {
	receiver := jen.Id("v").Id(goName)
	f.Add(comment("Format and LogValue show v without what is secret.")).
		Func().Params(receiver.Clone()).Id("Format").Params(jen.Id("s").Qual("fmt", "State"), jen.Id("_").Rune()).
		Add(oneLine(jen.Qual("fmt", "Fprint").Call(jen.Id("s"), text.Clone()))).Line()
	f.Func().Params(receiver.Clone()).Id("LogValue").Params().Qual("log/slog", "Value").
		Add(oneLine(jen.Return(jen.Qual("log/slog", "StringValue").Call(text)))).Line()
}

// shownText is a message or union as codec.Text shows it.
func shownText() *jen.Statement { return jen.Qual(codecPath, "Text").Call(jen.Op("&").Id("v")) }

// emitKindString writes the names of the kinds of a union, which are those of its
// variants.
func emitKindString(f *jen.File, x *ir.Union) {
	args := []jen.Code{jen.Uint8().Call(jen.Id("v"))}
	for _, v := range x.Variants {
		args = append(args, jen.Lit(v.Name))
	}
	f.Add(comment("String returns the name of the variant.")).
		Func().Params(jen.Id("v").Id(x.GoName + "Kind")).Id("String").Params().String().Block(
		jen.Return(jen.Qual(codecPath, "VariantName").Call(args...)),
	).Line()
}
