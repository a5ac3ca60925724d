package compiler

import (
	"github.com/dave/jennifer/jen"
)

// emitCodec writes codec_grid.go: for every message, union and error how it is
// written, read, measured and reset, and the methods that make it a msgp type.
func emitCodec(u unit) *jen.File {
	f := u.newFile()
	f.Add(comment("This code and the codec it was generated for fit each other.")).Const().Id("_").Op("=").Qual(codecPath, "Fits1")
	f.Line()
	for _, m := range u.pkg.Messages {
		emitMessageCodec(f, u, m)
	}
	for _, x := range u.pkg.Unions {
		emitUnionCodec(f, u, x)
	}
	for _, e := range u.pkg.Errors {
		emitMessageCodec(f, u, e.Body)
	}
	return f
}

// hasCodec reports whether a package has anything that travels.
func hasCodec(p *Package) bool {
	return len(p.Messages)+len(p.Unions)+len(p.Errors) > 0
}

// emitMessageCodec writes the codec of a message or of the body of an error.
func emitMessageCodec(f *jen.File, u unit, m *Message) {
	emitEncodeMessage(f, u, m)
	emitDecodeMessage(f, u, m)
	emitReset(f, m)
	emitMessageSize(f, m)
	emitMsgpMethods(f, m.GoName)
}

// method starts a method of the pointer to a generated type.
func method(f *jen.File, goName, name, doc string) *jen.Statement {
	return f.Add(comment(doc)).Func().Params(jen.Id("v").Op("*").Id(goName)).Id(name)
}

// emitMsgpMethods writes the methods that all of msgp's ecosystem works with.
// The pair for streams goes through the pair for bytes, so that one set of
// bounds holds for both.
func emitMsgpMethods(f *jen.File, goName string) {
	bytes := func() *jen.Statement { return jen.Index().Byte() }
	method(f, goName, "MarshalMsg", "MarshalMsg appends v to b.").
		Params(jen.Id("b").Add(bytes())).Params(bytes(), jen.Error()).Block(
		jen.Var().Id("e").Qual(codecPath, "Encoder"),
		jen.Id("e").Dot("Start").Call(jen.Id("b"), jen.Id("v").Dot("Msgsize").Call()),
		jen.Id("v").Dot("EncodeGrid").Call(jen.Op("&").Id("e")),
		jen.Return(jen.Id("e").Dot("Done").Call()),
	).Line()
	method(f, goName, "UnmarshalMsg", "UnmarshalMsg sets v to the value that b begins with, and returns what follows it.").
		Params(jen.Id("b").Add(bytes())).Params(bytes(), jen.Error()).Block(
		jen.Var().Id("d").Qual(codecPath, "Decoder"),
		jen.Id("d").Dot("Start").Call(jen.Id("b")),
		jen.Id("v").Dot("DecodeGrid").Call(jen.Op("&").Id("d")),
		jen.Return(jen.Id("d").Dot("Done").Call()),
	).Line()
	method(f, goName, "EncodeMsg", "EncodeMsg writes v to w.").
		Params(jen.Id("w").Op("*").Qual(msgpPath, "Writer")).Error().Block(
		jen.Return(jen.Qual(codecPath, "WriteMsg").Call(jen.Id("w"), jen.Id("v"))),
	).Line()
	method(f, goName, "DecodeMsg", "DecodeMsg sets v to the next value of r.").
		Params(jen.Id("r").Op("*").Qual(msgpPath, "Reader")).Error().Block(
		jen.Return(jen.Qual(codecPath, "ReadMsg").Call(jen.Id("r"), jen.Id("v"))),
	).Line()
}

// scalar says how a kind of fixed size is written and read.
type scalar struct {
	write string // method of the encoder for a field; "Put" in front for a value
	wide  string // what it takes, when that is another type
	read  string // method of the decoder
	size  int    // bytes, at most
}

var scalars = map[Kind]scalar{
	Bool:     {"Bool", "", "Bool", 1},
	Int8:     {"Int", "int64", "Int8", 2},
	Int16:    {"Int", "int64", "Int16", 3},
	Int32:    {"Int", "int64", "Int32", 5},
	Int64:    {"Int", "", "Int64", 9},
	Uint8:    {"Uint", "uint64", "Uint8", 2},
	Uint16:   {"Uint", "uint64", "Uint16", 3},
	Uint32:   {"Uint", "uint64", "Uint32", 5},
	Uint64:   {"Uint", "", "Uint64", 9},
	Float32:  {"Float32", "", "Float32", 5},
	Float64:  {"Float64", "", "Float64", 9},
	Time:     {"Time", "", "Time", 15},
	Duration: {"Duration", "", "Duration", 9},
	UUID:     {"UUID", "", "UUID", 18},
}

// scalarOf returns how t is written and read when it has a fixed size.
func scalarOf(t *Type) (scalar, bool) {
	if t.Kind != EnumKind {
		s, ok := scalars[t.Kind]
		return s, ok
	}
	s := scalars[t.Enum.Base]
	s.wide = "int64"
	if isUnsigned(t.Enum.Base) {
		s.wide = "uint64"
	}
	return s, true
}

// widen converts a value to what the encoder takes.
func (s scalar) widen(value jen.Code) jen.Code {
	if s.wide == "" {
		return value
	}
	return jen.Id(s.wide).Call(value)
}

// limitOf is the bound on a list, map, string or bytes field.
func limitOf(limit int64) *jen.Statement {
	if limit == 0 {
		return jen.Qual(codecPath, "DefaultLimit")
	}
	return intValue(limit)
}

// local numbers the name of a local variable by how deep its loop is nested.
func local(name string, depth int) string {
	if depth == 0 {
		return name
	}
	return name + intText(int64(depth+1))
}

// wireName is what errors call a type: "storage.DiskInfo".
func (u unit) wireName(name string) *jen.Statement { return jen.Lit(u.pkg.Name + "." + name) }
