package tsgen

import (
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// constItem declares a constant. Integers of 64 bits and durations are bigints.
func constItem(c *ir.Const) item {
	name := typeName(&c.Info)
	value := constValue(c)
	return item{
		doc:         docComment("", docOf(&c.Info, false)),
		code:        "export const " + name + " = " + value + ";",
		declaration: "export declare const " + name + " = " + value + ";",
	}
}

func constValue(c *ir.Const) string {
	switch c.Type.Kind {
	case ir.Bool:
		return strconv.FormatBool(c.Bool)
	case ir.String:
		return quoted(c.Str)
	case ir.Float32, ir.Float64:
		return strconv.FormatFloat(c.Float, 'g', -1, 64)
	}
	text := intText(c.Int, c.Big)
	if isWide(c.Type.Kind) {
		text += "n"
	}
	return text
}

// addEnum declares an enum: an object of its values, and a type of them and all others.
func (u *unit) addEnum(m *module, e *ir.Enum) {
	name := typeName(&e.Info)
	doc := docComment("", docOf(&e.Info, false, name+" is open: a number that is not known here is kept."))
	m.add(item{
		doc:         doc,
		code:        "export const " + name + " = {\n" + enumBody(e, func(name, value string) string { return name + ": " + value + "," }) + "}" + typed(" as const") + ";",
		declaration: "export declare const " + name + ": {\n" + enumBody(e, func(name, value string) string { return "readonly " + name + ": " + value + ";" }) + "};",
	})
	base := scalars[e.Base].typ
	typ := "export type " + name + " = (typeof " + name + ")[keyof typeof " + name + "] | (" + base + " & {});"
	m.add(item{code: typed(typ), declaration: typ})
}

// enumBody has a line for each value, which are documented unless they are erased.
func enumBody(e *ir.Enum, line func(name, value string) string) string {
	written := make([]string, len(e.Values))
	for i, v := range e.Values {
		written[i] = v.Name
	}
	names := memberNames(written)
	var b strings.Builder
	for i, v := range e.Values {
		value := intText(v.Number, e.Base == ir.Uint64)
		if isWide(e.Base) {
			value += "n"
		}
		if doc := docComment("  ", docOf(&v.Info, false)); doc != "" {
			b.WriteString(typed(doc))
		}
		b.WriteString("  " + line(names[i], value) + "\n")
	}
	return b.String()
}
