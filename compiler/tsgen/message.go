package tsgen

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
)

// addMessage declares a message, or what an error carries: its type, one that is zero, and
// how it is written and read.
func (u *unit) addMessage(m *module, msg *ir.Message) {
	names := fieldNames(msg.Fields)
	m.add(u.interfaceItem(msg, names))
	m.add(u.newItem(msg, names))
	u.addCodec(m, u.bodyName(msg), u.bodyType(msg))
	m.add(u.writeItem(msg, names))
	m.add(u.readItem(msg, names))
}

func (u *unit) interfaceItem(msg *ir.Message, names map[*ir.Field]string) item {
	var b strings.Builder
	name := u.bodyType(msg)
	b.WriteString("export interface " + name + " {\n")
	for _, f := range msg.Fields {
		b.WriteString(docComment("  ", docOf(&f.Info, f.Secret)))
		if f.Type.Optional {
			fmt.Fprintf(&b, "  readonly %s?: %s | undefined;\n", names[f], u.typ(f.Type))
		} else {
			fmt.Fprintf(&b, "  readonly %s: %s;\n", names[f], u.typ(f.Type))
		}
	}
	if msg.Keep {
		b.WriteString("  /** What only a newer peer knows, as it came; it is passed on. */\n  readonly [codec.kept]?: codec.Kept;\n")
	}
	b.WriteString("}")
	doc := docOf(&msg.Info, false)
	if msg.Error != nil {
		doc = []string{name + " is what " + diag.Article(msg.GoName) + " carries."}
	}
	return item{doc: docComment("", doc), code: typed(b.String()), declaration: b.String()}
}

// function is an exported function.
func function(doc []string, name, params, result string, body string) item {
	head := "function " + name + "(" + params + ")" + typed(": "+result)
	return item{
		doc:         docComment("", doc),
		code:        "export " + head + " {\n" + body + "}",
		declaration: "export declare " + head + ";",
	}
}

func (u *unit) newItem(msg *ir.Message, names map[*ir.Field]string) item {
	var b strings.Builder
	b.WriteString("  return {")
	sep := "\n"
	for _, f := range msg.Fields {
		if !f.Type.Optional {
			b.WriteString(sep + "    " + names[f] + ": " + u.zero(f.Type) + ",")
		}
	}
	if b.Len() > len("  return {") {
		b.WriteString("\n  ")
	}
	b.WriteString("};\n")
	return function([]string{"Returns " + diag.Article(u.bodyType(msg)) + " whose fields are all zero."}, "new"+u.bodyName(msg), "", u.bodyType(msg), b.String())
}

// addCodec declares what encodes and decodes a message or union as a whole.
func (u *unit) addCodec(m *module, name, typ string) {
	m.add(function(nil, "encode"+name, "v"+typed(": codec.Init<"+typ+">"), "Uint8Array", "  return codec.encode(write"+name+", v);\n"))
	m.add(function(nil, "decode"+name, "b"+typed(": Uint8Array"), typ, "  return codec.decode(read"+name+", b);\n"))
}

// writer is the function that writes a message or union with an encoder, and reader the one that
// reads it.
func writer(name, typ, body string) item {
	return function(nil, "write"+name, "e"+typed(": codec.Encoder")+", v"+typed(": codec.Init<"+typ+">"), "void", body)
}

func reader(name, typ, body string) item {
	return function(nil, "read"+name, "d"+typed(": codec.Decoder"), typ, body)
}

// wireName is what errors call a type: "storage.DiskInfo".
func (u *unit) wireName(name string) string { return quoted(u.pkg.Name + "." + name) }

// end is the call that ends what has a limit, or none.
func end(call string, limit int64) string {
	if limit > 0 {
		if !strings.HasSuffix(call, "(") {
			call += ", "
		}
		call += intText(limit, false)
	}
	return call + ");\n"
}

// beginWrite is the call that begins to write a message of at most so many entries.
func (u *unit) beginWrite(call string, msg *ir.Message, count int) string {
	kept := ""
	if msg.Keep {
		kept = " + codec.keptEntries(v)"
	}
	return fmt.Sprintf("  %s%s, %d%s, v);\n", call, u.wireName(msg.Name), count, kept)
}

func (u *unit) writeItem(msg *ir.Message, names map[*ir.Field]string) item {
	var b strings.Builder
	if msg.Tuple {
		u.writeTuple(&b, msg, names)
		return writer(u.bodyName(msg), u.bodyType(msg), b.String())
	}
	b.WriteString(u.beginWrite("e.begin(", msg, len(msg.Fields)))
	for _, f := range msg.Fields {
		b.WriteString("  " + u.writeField(f, "v."+names[f]) + "\n")
	}
	if msg.Keep {
		b.WriteString("  codec.writeKept(e, v);\n")
	}
	b.WriteString(end("  e.end(", msg.SizeLimit))
	return writer(u.bodyName(msg), u.bodyType(msg), b.String())
}

func (u *unit) writeTuple(b *strings.Builder, msg *ir.Message, names map[*ir.Field]string) {
	places := msg.Places()
	b.WriteString(u.beginWrite("codec.beginTuple(e, ", msg, len(places)))
	for i, f := range places {
		fmt.Fprintf(b, "  codec.putPlace(e, %d);\n", i+1)
		if f == nil {
			b.WriteString("  codec.putNil(e);\n")
			continue
		}
		b.WriteString("  " + u.writePlace(f, "v."+names[f]) + "\n")
	}
	if msg.Keep {
		b.WriteString("  codec.writeKept(e, v);\n")
	}
	b.WriteString(end("  codec.endTuple(e", msg.SizeLimit))
}

// cost is about what a message takes in memory, in bytes.
func cost(msg *ir.Message) int { return 32 + 8*len(msg.Fields) }

func (u *unit) readItem(msg *ir.Message, names map[*ir.Field]string) item {
	var b strings.Builder
	typ := u.bodyType(msg)
	b.WriteString("  const v" + typed(": codec.Mutable<"+typ+">") + " = new" + u.bodyName(msg) + "();\n")
	if msg.Tuple {
		fmt.Fprintf(&b, "  const n = codec.readTuple(d, %s, %d);\n  for (let i = 1; i <= n; i++) {\n    switch (codec.readPlace(d, i)) {\n", u.wireName(msg.Name), cost(msg))
	} else {
		fmt.Fprintf(&b, "  for (let n = d.begin(%s, %d); n > 0; n--) {\n", u.wireName(msg.Name), cost(msg))
	}
	switch {
	case len(msg.Fields) == 0 && !msg.Tuple:
		b.WriteString("    codec.readAnyKey(d);\n    " + skipOrKeep(msg.Keep) + ";\n")
	default:
		if !msg.Tuple {
			b.WriteString("    switch (" + readKey(msg) + ") {\n")
		}
		u.readCases(&b, msg, names)
		b.WriteString("    }\n")
	}
	b.WriteString("  }\n" + end("  d.end(", msg.SizeLimit) + "  return v;\n")
	return reader(u.bodyName(msg), typ, b.String())
}

func readKey(msg *ir.Message) string {
	if msg.StringKeys {
		return "codec.readTextKey(d)"
	}
	return "d.key()"
}

func (u *unit) readCases(b *strings.Builder, msg *ir.Message, names map[*ir.Field]string) {
	for _, f := range msg.Fields {
		fmt.Fprintf(b, "      case %s:\n        %s\n        break;\n", key(f), u.readField(f, "v."+names[f]))
	}
	if msg.Keep && msg.Tuple {
		holes := ""
		for i, f := range msg.Places() {
			if f == nil { // which are nil again when it is passed on
				holes += fmt.Sprintf("      case %d:\n", i+1)
			}
		}
		if holes != "" {
			b.WriteString(holes + "        d.skip();\n        break;\n")
		}
	}
	b.WriteString("      default:\n        " + skipOrKeep(msg.Keep) + ";\n")
}

func skipOrKeep(keep bool) string {
	if keep {
		return "v[codec.kept] = codec.readKept(d, v[codec.kept])"
	}
	return "d.skip()"
}

// key is the number or the key of a field.
func key(f *ir.Field) string {
	if f.Key != "" {
		return quoted(f.Key)
	}
	return fmt.Sprint(f.Number)
}
