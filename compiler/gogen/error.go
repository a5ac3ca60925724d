package gogen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitError writes a declared error: a struct that is a Go error through its
// pointer, with the code that finds it on the other side of the wire.
func emitError(f *jen.File, u unit, e *ir.Error) {
	emitStruct(f, u, e.Body)
	if e.Body.Secret { // of what is no pointer Error is no method
		emitDiscretion(f, e.GoName, jen.Id("v").Dot("Error").Call())
	}
	receiver := jen.Id("v").Op("*").Id(e.GoName)
	f.Add(comment("Error returns the code and what is known about the error.")).Func().Params(receiver.Clone()).Id("Error").Params().String().Block(errorText(e))
	f.Line()
	f.Add(comment("Code returns "+e.Code+".")).Func().Params(jen.Op("*").Id(e.GoName)).Id("Code").Params().Qual(gridPath, "Code").Block(
		jen.Return(jen.Lit(e.Code)),
	)
	f.Line()
}

// errorText returns the code, followed by every field that is short to print.
func errorText(e *ir.Error) *jen.Statement {
	var verbs []string
	var args []jen.Code
	for _, field := range e.Body.Fields {
		if verb := textVerb(field.Type); verb != "" && !field.Secret {
			verbs = append(verbs, field.Name+" "+verb)
			value := jen.Id("v").Dot(field.GoName)
			if field.Type.Kind == ir.Time { // as it is at the other end: without the clock and the zone of this process
				value = value.Dot("Round").Call(jen.Lit(0)).Dot("UTC").Call()
			}
			args = append(args, value)
		}
	}
	if len(args) == 0 {
		return jen.Return(jen.Lit(e.Code))
	}
	format := strings.ReplaceAll(e.Code, "%", "%%") + ": " + strings.Join(verbs, ", ")
	return jen.Return(jen.Qual("fmt", "Sprintf").Call(append([]jen.Code{jen.Lit(format)}, args...)...))
}

// textVerb is how a type is printed inside the text of an error, empty when it
// is not.
func textVerb(t *ir.Type) string {
	switch t.Kind {
	case ir.Bytes, ir.Raw, ir.List, ir.Map, ir.MessageKind, ir.UnionKind, ir.ExternKind:
		return ""
	case ir.String:
		if !t.Optional {
			return "%q"
		}
	}
	if t.Optional {
		return ""
	}
	return "%v"
}
