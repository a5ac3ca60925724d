package tsgen

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// addError declares the class of an error. What it carries is declared with the messages,
// for an error may be a type, too.
func (u *unit) addError(m *module, e *ir.Error) {
	name := typeName(&e.Info)
	doc := docComment("", docOf(&e.Info, false, name+" is an error that handlers throw and callers catch."))
	code, fields := quoted(e.Code), u.fieldsName(e)
	params := "fields" + typed(": codec.Init<"+u.fieldsName(e)+">") + " = {}, text" + typed(": string") + " = '', options" + typed(": grid.GridErrorOptions") + " = {}"
	var b strings.Builder
	fmt.Fprintf(&b, "export class %s extends grid.DeclaredError {\n", name)
	fmt.Fprintf(&b, "  static %scode%s = %s;\n  %sfields%s;\n\n", typed("readonly "), typed(": "+code), code, typed("readonly "), typed(": "+u.fieldsName(e)))
	fmt.Fprintf(&b, "  constructor(%s) {\n", params)
	fmt.Fprintf(&b, "    const complete = decode%s(encode%s(fields));\n", fields, fields)
	fmt.Fprintf(&b, "    super(%s.code, text === '' ? %s : text, options);\n", name, errorText(e))
	fmt.Fprintf(&b, "    this.name = %s;\n    this.fields = complete;\n  }\n\n", quoted(name))
	fmt.Fprintf(&b, "  %sencode()%s {\n    return encode%s(this.fields);\n  }\n\n", typed("override "), typed(": Uint8Array"), fields)
	fmt.Fprintf(&b, "  static decode(fields%s, text%s, options%s)%s {\n", typed(": Uint8Array"), typed(": string"), typed(": grid.GridErrorOptions"), typed(": "+name))
	fmt.Fprintf(&b, "    return new %s(decode%s(fields), text, options);\n  }\n}", name, fields)

	declaration := fmt.Sprintf("export declare class %s extends grid.DeclaredError {\n  static readonly code: %s;\n  readonly fields: %s;\n"+
		"  constructor(fields?: codec.Init<%s>, text?: string, options?: grid.GridErrorOptions);\n  encode(): Uint8Array;\n"+
		"  static decode(fields: Uint8Array, text: string, options: grid.GridErrorOptions): %s;\n}", name, code, u.fieldsName(e), u.fieldsName(e), name)
	m.add(item{doc: doc, code: b.String(), declaration: declaration})
}

// errorText is what the error says of itself: the fields that are short and no secret.
func errorText(e *ir.Error) string {
	names := fieldNames(e.Body.Fields)
	var shown []string
	for _, f := range e.Body.Fields {
		s, single := scalarOf(f.Type)
		if single && s.typ != "Uint8Array" && !f.Type.Optional && !f.Secret {
			shown = append(shown, quoted(f.Name)+": complete."+names[f])
		}
	}
	if len(shown) == 0 {
		return "''"
	}
	return "codec.textOf({ " + strings.Join(shown, ", ") + " })"
}
