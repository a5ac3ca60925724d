package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitTypes writes types_grid.go: the constants, enums, messages, unions and
// errors of a package, as a Go programmer would declare them.
func emitTypes(u unit) *jen.File {
	f := u.newDocFile()
	emitConsts(f, u)
	for _, e := range u.Pkg.Enums {
		emitEnum(f, u, e)
	}
	for _, a := range u.Pkg.Annotations {
		emitAnnotation(f, u, a)
	}
	for _, m := range u.Pkg.Messages {
		emitStruct(f, u, m)
		emitString(f, m.GoName, m.Fields, m.Secret)
	}
	for _, x := range u.Pkg.Unions {
		emitUnion(f, u, x)
	}
	for _, e := range u.Pkg.Errors {
		emitError(f, u, e)
	}
	return f
}

// emitStruct writes the struct of a message or of an error's body, and its
// constructor.
func emitStruct(f *jen.File, u unit, m *ir.Message) {
	f.Add(blockDoc(&m.Info).Type().Id(m.GoName).StructFunc(func(g *jen.Group) {
		for _, field := range m.Fields {
			g.Add(structField(u, field, u.goType(field.Type)))
		}
		if m.Keep {
			g.Line()
			g.Add(trailingComment(unknownField(), "what only a newer peer knows, as it came"))
		}
	}))
	f.Line()
	emitConstructor(f, m.GoName)
}

// structField writes one field with its documentation.
func structField(u unit, field *ir.Field, goType *jen.Statement) *jen.Statement {
	s := docComment(&field.Info).Id(field.GoName).Add(goType).Tag(tagsOf(field))
	return trailingComment(s, field.Comment)
}

// tagsOf are the struct tags of a field: its name in JSON, and what codec.Text does not
// show. A secret without a name in JSON is left out there: a log in JSON hands a list of
// messages to encoding/json, which asks no method of fmt's or slog's.
func tagsOf(field *ir.Field) map[string]string {
	tags := map[string]string{}
	if field.Secret {
		tags["grid"], tags["json"] = "secret", "-"
	}
	if field.JSON != "" {
		tags["json"] = field.JSON
	}
	return tags
}

// emitConstructor writes the function that handlers make new values with.
func emitConstructor(f *jen.File, goName string) {
	f.Add(comment("New" + goName + " returns an empty " + goName + ".")).Func().Id("New" + goName).Params().Op("*").Id(goName).Block(
		jen.Return(jen.Op("&").Id(goName).Values()),
	)
	f.Line()
}

// goType is the Go type of a field. An optional one is a pointer, except for
// bytes and raw: there nil already says absent, and a pointer to a slice would
// add a third state that means nothing.
func (u unit) goType(t *ir.Type) *jen.Statement {
	if t.Optional && !nilable(t.Kind) {
		return jen.Op("*").Add(u.plainType(t))
	}
	return u.plainType(t)
}

// nilable reports whether the Go type of a kind can be nil by itself.
func nilable(k ir.Kind) bool {
	return k == ir.Bytes || k == ir.Raw || k == ir.List || k == ir.Map
}

// plainType is the Go type of t where t is required.
func (u unit) plainType(t *ir.Type) *jen.Statement {
	switch t.Kind {
	case ir.Bytes:
		return jen.Index().Byte()
	case ir.Time:
		return jen.Qual("time", "Time")
	case ir.Duration:
		return jen.Qual("time", "Duration")
	case ir.UUID:
		return u.uuidType()
	case ir.Raw:
		return jen.Qual(msgpPath, "Raw")
	case ir.List:
		return jen.Index().Add(u.plainType(t.Elem))
	case ir.Map:
		return jen.Map(u.plainType(t.Key)).Add(u.plainType(t.Elem))
	case ir.EnumKind:
		return u.qual(t.Package, t.Enum.GoName)
	case ir.MessageKind:
		return u.qual(t.Package, t.Message.GoName)
	case ir.UnionKind:
		return u.qual(t.Package, t.Union.GoName)
	case ir.ExternKind:
		return jen.Qual(t.Extern.ImportPath, t.Extern.TypeName)
	}
	return jen.Id(t.Kind.String()) // Go calls the others so, too
}

// uuidType is the one place that says what a uuid is in generated code.
func (u unit) uuidType() *jen.Statement { return jen.Qual(gridPath, "UUID") }
