package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// dec is a call of a method of the decoder.
func dec(method string, args ...jen.Code) *jen.Statement {
	return jen.Id("d").Dot(method).Call(args...)
}

// codecCall is a call of a function of the codec package that takes the decoder.
func codecCall(name string, args ...jen.Code) *jen.Statement {
	return jen.Qual(codecPath, name).Call(append([]jen.Code{jen.Id("d")}, args...)...)
}

func emitDecodeMessage(f *jen.File, u unit, m *ir.Message) {
	emitDecode(f, u, m, func(g *jen.Group) {
		g.For(jen.Id("n").Op(":=").Add(dec("Begin")), jen.Id("n").Op(">").Lit(0).Op("&&").Add(dec("OK")), jen.Id("n").Op("--")).
			BlockFunc(func(g *jen.Group) { decodeEntry(g, u, m) })
	})
}

// emitDecode writes the method that reads a message; entries is the loop over what is
// in it.
func emitDecode(f *jen.File, u unit, m *ir.Message, entries func(*jen.Group)) {
	method(f, m.GoName, "DecodeGrid", "DecodeGrid sets v to the value that d is at.").
		Params(jen.Id("d").Op("*").Qual(codecPath, "Decoder")).BlockFunc(func(g *jen.Group) {
		g.Id("v").Dot("Reset").Call()
		if m.SizeLimit > 0 {
			g.Id("left").Op(":=").Add(dec("Left"))
		}
		entries(g)
		if m.SizeLimit > 0 {
			g.Add(dec("EndWithin", u.wireName(m.Name), jen.Id("left"), intValue(m.SizeLimit)))
		} else {
			g.Add(dec("End", u.wireName(m.Name)))
		}
	}).Line()
}

// decodeEntry reads one entry of the map of a message.
func decodeEntry(g *jen.Group, u unit, m *ir.Message) {
	if len(m.Fields) == 0 {
		g.Add(dec("AnyKey"))
		if m.Keep {
			g.Add(dec("Keep", kept()))
		} else {
			g.Add(dec("Skip"))
		}
		return
	}
	key := dec("Key")
	if m.StringKeys {
		key = jen.String().Call(dec("TextKey"))
	}
	g.Switch(key).BlockFunc(func(g *jen.Group) { decodeCases(g, u, m) })
}

// decodeCases are the cases of a switch over the fields of a message.
func decodeCases(g *jen.Group, u unit, m *ir.Message) {
	for _, field := range m.Fields {
		g.Case(fieldKey(field)).BlockFunc(func(g *jen.Group) { decodeField(g, u, field) })
	}
	if !m.Keep {
		g.Default().Block(dec("Skip"))
		return
	}
	if holes := holesOf(m); len(holes) > 0 { // which are nil again when it is passed on
		g.Case(holes...).Block(dec("Skip"))
	}
	g.Default().Block(dec("Keep", kept()))
}

// holesOf are the places of a tuple that are reserved.
func holesOf(m *ir.Message) []jen.Code {
	var holes []jen.Code
	if m.Tuple {
		for i, field := range m.Places() {
			if field == nil {
				holes = append(holes, jen.Lit(i+1))
			}
		}
	}
	return holes
}

func fieldKey(field *ir.Field) *jen.Statement {
	if field.Key != "" {
		return jen.Lit(field.Key)
	}
	return jen.Lit(field.Number)
}

func decodeField(g *jen.Group, u unit, field *ir.Field) {
	if field.Type.Optional {
		decodePresent(g, u, field)
	} else {
		decodeRequired(g, u, field)
	}
	if field.Secret {
		g.Add(dec("Discreet"))
	}
}

func decodeRequired(g *jen.Group, u unit, field *ir.Field) {
	decodeValue(g, u, field.Type, jen.Id("v").Dot(field.GoName), limitsOf(field), 0)
}

// decodePresent reads an optional field, or a variant: nil stays nil.
func decodePresent(g *jen.Group, u unit, field *ir.Field) {
	value, t := jen.Id("v").Dot(field.GoName), field.Type
	switch t.Kind {
	case ir.None:
		g.Add(value).Op("=").Add(dec("Empty"))
	case ir.Bytes:
		if field.Limit > 0 {
			g.Add(value).Op("=").Add(dec("OptionalBytesMax", intValue(field.Limit)))
		} else {
			g.Add(value).Op("=").Add(dec("OptionalBytes"))
		}
	case ir.Raw:
		g.Add(value).Op("=").Add(dec("Raw", jen.Nil()))
	case ir.List, ir.Map: // of a union: an empty one is set too
		g.If(jen.Op("!").Add(dec("Nil"))).BlockFunc(func(g *jen.Group) {
			g.Add(value.Clone()).Op("=").Add(emptyCollection(u, t))
			decodeValue(g, u, t, value, limitsOf(field), 0)
		})
	default:
		g.If(codecCall("New", jen.Op("&").Add(value.Clone()))).BlockFunc(func(g *jen.Group) {
			switch t.Kind {
			case ir.MessageKind, ir.UnionKind:
				g.Add(value.Clone().Dot("DecodeGrid").Call(jen.Id("d")))
			case ir.ExternKind:
				g.Add(dec("Extern", value))
			default:
				decodeValue(g, u, t, jen.Op("*").Add(value), limitsOf(field), 0)
			}
		})
	}
}

func emptyCollection(u unit, t *ir.Type) *jen.Statement {
	if t.Kind == ir.List {
		return u.plainType(t).Values()
	}
	return jen.Qual(codecPath, "EmptyMap").Types(u.plainType(t.Key), u.plainType(t.Elem)).Call(jen.Id("d"))
}

// decodeValue sets target, which may hold an old value, to what the decoder is at.
func decodeValue(g *jen.Group, u unit, t *ir.Type, target *jen.Statement, limit limits, depth int) {
	target = target.Clone()
	switch t.Kind {
	case ir.MessageKind, ir.UnionKind:
		g.Add(target.Dot("DecodeGrid").Call(jen.Id("d")))
	case ir.ExternKind:
		g.Qual(codecPath, "Zero").Call(jen.Op("&").Add(target.Clone()))
		g.Add(dec("Extern", jen.Op("&").Add(target)))
	case ir.List:
		decodeList(g, u, t, target, limit, depth)
	case ir.Map:
		decodeMap(g, u, t, target, limit, depth)
	case ir.Bytes, ir.Raw:
		g.Add(target.Clone()).Op("=").Add(readValue(u, t, target, limit))
	default:
		g.Add(target).Op("=").Add(readValue(u, t, nil, limit))
	}
}

// readValue is the expression for a value that one call reads; old is where
// bytes may go.
func readValue(u unit, t *ir.Type, old jen.Code, limit limits) *jen.Statement {
	var args []jen.Code
	if t.Kind == ir.Bytes || t.Kind == ir.Raw {
		args = append(args, old)
	}
	switch t.Kind {
	case ir.String, ir.Bytes:
		name := goname.ExportedName(t.Kind.String())
		if limit.own > 0 {
			return dec(name+"Max", append(args, intValue(limit.own))...)
		}
		return dec(name, args...)
	case ir.Raw:
		return dec("Raw", args...)
	}
	s, _ := scalarOf(t)
	if t.Kind == ir.EnumKind {
		return u.plainType(t).Call(dec(s.read))
	}
	return dec(s.read)
}

func decodeList(g *jen.Group, u unit, t *ir.Type, target *jen.Statement, limit limits, depth int) {
	i := local("i", depth)
	g.Add(target.Clone()).Op("=").Add(codecCall("List", target.Clone(), limitOf(limit.own)))
	g.For(jen.Id(i).Op(":=").Range().Add(target.Clone())).BlockFunc(func(g *jen.Group) {
		decodeValue(g, u, t.Elem, target.Clone().Index(jen.Id(i)), limit.parts(), depth+1)
	})
	g.Add(dec("EndList"))
}

func decodeMap(g *jen.Group, u unit, t *ir.Type, target *jen.Statement, limit limits, depth int) {
	count, key, val := local("count", depth), local("key", depth), local("val", depth)
	g.Id(count).Op(":=").Add(dec("Entries", limitOf(limit.own)))
	g.Add(target.Clone()).Op("=").Add(codecCall("Map", target.Clone(), jen.Id(count)))
	g.For(jen.Empty(), jen.Id(count).Op(">").Lit(0).Op("&&").Add(dec("OK")), jen.Id(count).Op("--")).BlockFunc(func(g *jen.Group) {
		g.Id(key).Op(":=").Add(readValue(u, t.Key, nil, limit.keys()))
		entry := target.Clone().Index(jen.Id(key)).Op("=")
		if isComposite(t.Elem.Kind) {
			g.Var().Id(val).Add(u.plainType(t.Elem))
			decodeValue(g, u, t.Elem, jen.Id(val), limit.parts(), depth+1)
			g.Add(entry).Id(val)
		} else {
			g.Add(entry).Add(readValue(u, t.Elem, jen.Nil(), limit.parts()))
		}
	})
	g.Add(dec("EndMap"))
}

// isComposite reports whether a value is read by more than one call.
func isComposite(k ir.Kind) bool {
	return k == ir.MessageKind || k == ir.UnionKind || k == ir.ExternKind || k == ir.List || k == ir.Map
}
