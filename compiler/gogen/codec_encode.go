package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// enc is a call of a method of the encoder.
func enc(method string, args ...jen.Code) *jen.Statement {
	return jen.Id("e").Dot(method).Call(args...)
}

func emitEncodeMessage(f *jen.File, u unit, m *ir.Message) {
	method(f, m.GoName, "EncodeGrid", "EncodeGrid writes v.").
		Params(jen.Id("e").Op("*").Qual(codecPath, "Encoder")).BlockFunc(func(g *jen.Group) {
		g.Id("at").Op(":=").Add(enc("Begin", entryCount(len(m.Fields), m)))
		for _, field := range m.Fields {
			encodeField(g, field)
		}
		if m.Keep {
			g.Add(enc("Kept", kept()))
		}
		if m.SizeLimit > 0 {
			g.Add(enc("EndWithin", jen.Id("at"), u.wireName(m.Name), intValue(m.SizeLimit)))
		} else {
			g.Add(enc("End", jen.Id("at"), u.wireName(m.Name)))
		}
	}).Line()
}

// writeKey is the call that writes the key of a field.
func writeKey(field *ir.Field) *jen.Statement {
	if field.Key != "" {
		return enc("TextKey", jen.Lit(field.Key))
	}
	return enc("Key", jen.Lit(field.Number))
}

// encodeField writes one field of a message, unless it is zero.
func encodeField(g *jen.Group, field *ir.Field) {
	value := jen.Id("v").Dot(field.GoName)
	switch {
	case field.Type.Optional:
		encodePresent(g, field)
	case field.Type.Kind == ir.MessageKind && field.Type.Message.Tuple: // which is never empty
		g.If(writeKey(field)).Block(value.Clone().Dot("EncodeGrid").Call(jen.Id("e")))
	case field.Type.Kind == ir.MessageKind || field.Type.Kind == ir.UnionKind:
		g.If(jen.Id("at").Op(":=").Add(enc("Here")), writeKey(field)).Block(
			value.Clone().Dot("EncodeGrid").Call(jen.Id("e")),
			enc("DropEmpty", jen.Id("at")),
		)
	case field.Type.Kind == ir.ExternKind:
		g.If(writeKey(field)).BlockFunc(func(g *jen.Group) { encodeValue(g, field.Type, value, limits{}, 0) })
	case field.Type.Kind == ir.List || field.Type.Kind == ir.Map:
		encodeCollection(g, field.Type, value, limitsOf(field), 0, func(open string) *jen.Statement {
			if field.Key == "" {
				return enc(open, jen.Lit(field.Number), jen.Len(value.Clone()), limitOf(field.Limit))
			}
			return jen.Len(value.Clone()).Op(">").Lit(0).Op("&&").Add(writeKey(field)).Op("&&").
				Add(enc("Put"+open, jen.Len(value.Clone()), limitOf(field.Limit)))
		})
	case field.Key == "":
		g.Add(encodeNumbered(field, value, ""))
	default:
		g.If(isSet(field.Type, value).Op("&&").Add(writeKey(field))).BlockFunc(func(g *jen.Group) {
			encodeValue(g, field.Type, value, limitsOf(field), 0)
		})
	}
}

// encodeNumbered is the one call that writes a field with a number, for kinds
// that the encoder has such a call for. With the suffix "Field" it writes zero too.
func encodeNumbered(field *ir.Field, value *jen.Statement, suffix string) *jen.Statement {
	number := jen.Lit(field.Number)
	switch field.Type.Kind {
	case ir.String, ir.Bytes:
		name := goname.ExportedName(field.Type.Kind.String()) + suffix
		if field.Limit > 0 {
			return enc(name+"Max", number, value.Clone(), intValue(field.Limit))
		}
		return enc(name, number, value.Clone())
	case ir.Raw:
		return enc("Raw", number, value.Clone())
	}
	s, _ := scalarOf(field.Type)
	return enc(s.write+suffix, number, s.widen(value.Clone()))
}

// encodePresent writes an optional field or a variant when it is not nil.
func encodePresent(g *jen.Group, field *ir.Field) {
	value := jen.Id("v").Dot(field.GoName)
	if field.Type.Kind == ir.None {
		g.If(variantIsSet(field).Op("&&").Add(writeKey(field))).Block(enc("PutEmpty"))
		return
	}
	if field.Key == "" && isPlain(field.Type.Kind) {
		if field.Type.Kind != ir.Bytes {
			value = jen.Op("*").Add(value)
		}
		g.If(variantIsSet(field)).Block(encodeNumbered(field, value, "Field"))
		return
	}
	present := variantIsSet(field).Op("&&").Add(writeKey(field))
	if field.Type.Kind == ir.List || field.Type.Kind == ir.Map {
		encodeCollection(g, field.Type, value, limitsOf(field), 0, func(open string) *jen.Statement {
			return present.Op("&&").Add(enc("Put"+open, jen.Len(value.Clone()), limitOf(field.Limit)))
		})
		return
	}
	g.If(present).BlockFunc(func(g *jen.Group) {
		switch field.Type.Kind {
		case ir.MessageKind, ir.UnionKind:
			g.Add(value.Clone().Dot("EncodeGrid").Call(jen.Id("e")))
		case ir.ExternKind:
			g.Add(enc("PutExtern", value.Clone()))
		case ir.Bytes, ir.Raw:
			encodeValue(g, field.Type, value, limitsOf(field), 0)
		default:
			encodeValue(g, field.Type, jen.Op("*").Add(value), limitsOf(field), 0)
		}
	})
}

// isPlain reports whether the encoder writes a field of this kind with one call.
func isPlain(k ir.Kind) bool { return !isComposite(k) && k != ir.Raw }

// isSet is the condition for a required value to be something else than zero.
func isSet(t *ir.Type, value *jen.Statement) *jen.Statement {
	value = value.Clone()
	switch t.Kind {
	case ir.Bool:
		return value
	case ir.String:
		return value.Op("!=").Lit("")
	case ir.Bytes:
		return jen.Len(value).Op(">").Lit(0)
	case ir.Raw:
		return jen.Qual(codecPath, "HasRaw").Call(value)
	case ir.Time, ir.UUID:
		return jen.Op("!").Add(value).Dot("IsZero").Call()
	case ir.Float32, ir.Float64: // minus zero is not zero
		return jen.Qual("math", goname.ExportedName(t.Kind.String())+"bits").Call(value).Op("!=").Lit(0)
	}
	return value.Op("!=").Lit(0)
}

// encodeValue writes one value of a required type, zero or not.
func encodeValue(g *jen.Group, t *ir.Type, value *jen.Statement, limit limits, depth int) {
	value = value.Clone()
	switch t.Kind {
	case ir.String, ir.Bytes:
		name := "Put" + goname.ExportedName(t.Kind.String())
		if limit.own > 0 {
			g.Add(enc(name+"Max", value, intValue(limit.own)))
		} else {
			g.Add(enc(name, value))
		}
	case ir.Raw:
		g.Add(enc("PutRaw", value))
	case ir.MessageKind, ir.UnionKind:
		g.Add(value.Dot("EncodeGrid").Call(jen.Id("e")))
	case ir.ExternKind:
		g.Add(enc("PutExtern", jen.Op("&").Add(value)))
	case ir.List, ir.Map:
		encodeCollection(g, t, value, limit, depth, func(open string) *jen.Statement {
			return enc("Put"+open, jen.Len(value.Clone()), limitOf(limit.own))
		})
	default:
		s, _ := scalarOf(t)
		g.Add(enc("Put"+s.write, s.widen(value)))
	}
}

// encodeCollection writes a list or map where open says so: the condition that
// writes its header.
func encodeCollection(g *jen.Group, t *ir.Type, value *jen.Statement, limit limits, depth int, open func(kind string) *jen.Statement) {
	kind := "List"
	if t.Kind == ir.Map {
		kind = "Map"
	}
	g.If(open(kind)).BlockFunc(func(g *jen.Group) {
		if t.Kind == ir.Map {
			encodeEntries(g, t, value, limit, depth)
		} else {
			encodeElements(g, t, value, limit, depth)
		}
		g.Add(enc("End" + kind))
	})
}

func encodeEntries(g *jen.Group, t *ir.Type, value *jen.Statement, limit limits, depth int) {
	key, val := local("key", depth), local("val", depth)
	if t.Sorted {
		g.For(jen.List(jen.Id("_"), jen.Id(key)).Op(":=").Range().Qual(codecPath, "SortedKeys").Call(value.Clone())).BlockFunc(func(g *jen.Group) {
			g.Id(val).Op(":=").Add(value.Clone()).Index(jen.Id(key))
			encodeValue(g, t.Key, jen.Id(key), limit.keys(), depth+1)
			encodeValue(g, t.Elem, jen.Id(val), limit.parts(), depth+1)
		})
		return
	}
	g.For(jen.List(jen.Id(key), jen.Id(val)).Op(":=").Range().Add(value.Clone())).BlockFunc(func(g *jen.Group) {
		encodeValue(g, t.Key, jen.Id(key), limit.keys(), depth+1)
		encodeValue(g, t.Elem, jen.Id(val), limit.parts(), depth+1)
	})
}

// encodeElements ranges over values that are cheap to copy, and over the index
// of those that are not.
func encodeElements(g *jen.Group, t *ir.Type, value *jen.Statement, limit limits, depth int) {
	switch t.Elem.Kind {
	case ir.MessageKind, ir.UnionKind, ir.ExternKind:
		i := local("i", depth)
		g.For(jen.Id(i).Op(":=").Range().Add(value.Clone())).BlockFunc(func(g *jen.Group) {
			encodeValue(g, t.Elem, value.Clone().Index(jen.Id(i)), limit.parts(), depth+1)
		})
	default:
		item := local("item", depth)
		g.For(jen.List(jen.Id("_"), jen.Id(item)).Op(":=").Range().Add(value.Clone())).BlockFunc(func(g *jen.Group) {
			encodeValue(g, t.Elem, jen.Id(item), limit.parts(), depth+1)
		})
	}
}
