package tsgen

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// addUnion declares a union: a type with a kind to switch on, and how it is written and
// read.
func (u *unit) addUnion(m *module, x *ir.Union) {
	name, names := typeName(&x.Info), fieldNames(x.Variants, variantReserved...)
	m.add(u.unionItem(x, names))
	u.addCodec(m, name, name)
	m.add(u.writeUnion(x, names))
	m.add(u.readUnion(x, names))
}

func (u *unit) unionItem(x *ir.Union, names map[*ir.Field]string) item {
	var b strings.Builder
	name := typeName(&x.Info)
	b.WriteString("export type " + name + " =\n")
	for _, v := range x.Variants {
		b.WriteString(docComment("  ", docOf(&v.Info, v.Secret)))
		b.WriteString("  | { readonly kind: " + quoted(names[v]))
		if v.Type.Kind != ir.None {
			b.WriteString("; readonly " + names[v] + ": " + u.typ(v.Type))
		}
		b.WriteString(" }\n")
	}
	b.WriteString("  | codec.UnknownVariant\n  | codec.Unset;")
	doc := docOf(&x.Info, false, name+" is one of its variants, or none.")
	return item{doc: docComment("", doc), code: typed(b.String()), declaration: b.String()}
}

func (u *unit) writeUnion(x *ir.Union, names map[*ir.Field]string) item {
	var b strings.Builder
	fmt.Fprintf(&b, "  e.begin(%s, 1, v);\n  switch (v.kind) {\n", u.wireName(x.Name))
	for _, v := range x.Variants {
		fmt.Fprintf(&b, "    case %s:\n      %s\n      break;\n", quoted(names[v]), u.writeVariant(v, "v."+names[v]))
	}
	fmt.Fprintf(&b, "    case 'unknown':\n      codec.writeUnknown(e, v, %t);\n      break;\n", x.Keep)
	b.WriteString("    case 'unset':\n      break;\n    default:\n      codec.failKind(e, v);\n  }\n  e.end();\n")
	name := typeName(&x.Info)
	return writer(name, name, b.String())
}

func (u *unit) writeVariant(v *ir.Field, value string) string {
	switch v.Type.Kind {
	case ir.None:
		return fmt.Sprintf("e.key(%d);\n      codec.putEmpty(e);", v.Number)
	case ir.Raw: // of no bytes is no value
		return fmt.Sprintf("codec.writeRaw(e, %d, %s);", v.Number, value)
	}
	return fmt.Sprintf("e.key(%d);\n      %s;", v.Number, u.put(v.Type, value, limitsOf(v), 0))
}

func (u *unit) readUnion(x *ir.Union, names map[*ir.Field]string) item {
	var b strings.Builder
	name := typeName(&x.Info)
	fmt.Fprintf(&b, "  let v%s = codec.unset;\n  if (codec.readUnion(d, %s)) {\n    const number = d.key();\n    switch (number) {\n", typed(": "+name), u.wireName(x.Name))
	for _, v := range x.Variants {
		fmt.Fprintf(&b, "      case %d:\n        %s\n        break;\n", v.Number, u.readVariant(v, names[v]))
	}
	fmt.Fprintf(&b, "      default:\n        v = codec.readUnknown(d, number, %t);\n    }\n  }\n  d.end();\n  return v;\n", x.Keep)
	return reader(name, name, b.String())
}

func (u *unit) readVariant(v *ir.Field, name string) string {
	if v.Type.Kind == ir.None {
		return "if (codec.readEmpty(d)) v = { kind: " + quoted(name) + " };"
	}
	read := u.read(v.Type, limitsOf(v))
	if v.Secret {
		read = "codec.readSecret(d, () => " + read + ")"
	}
	return "if (!d.nil()) v = { kind: " + quoted(name) + ", " + name + ": " + read + " };"
}
