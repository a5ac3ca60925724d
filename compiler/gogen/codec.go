package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitCodec writes codec_grid.go: for every message, union and error how it is
// written, read, measured and reset, and the methods that make it a msgp type.
func emitCodec(u unit) *jen.File {
	f := u.newFile()
	f.Add(comment("This code and the codec it was generated for fit each other.")).Const().Id("_").Op("=").Qual(codecPath, "Fits1")
	f.Line()
	for _, m := range u.Pkg.Messages {
		emitMessageCodec(f, u, m)
	}
	for _, x := range u.Pkg.Unions {
		emitUnionCodec(f, u, x)
	}
	for _, e := range u.Pkg.Errors {
		emitMessageCodec(f, u, e.Body)
	}
	return f
}

// hasCodec reports whether a package has anything that travels.
func hasCodec(p *ir.Package) bool {
	return len(p.Messages)+len(p.Unions)+len(p.Errors) > 0
}

// emitMessageCodec writes the codec of a message or of the body of an error.
func emitMessageCodec(f *jen.File, u unit, m *ir.Message) {
	if m.Tuple {
		emitEncodeTuple(f, u, m)
		emitDecodeTuple(f, u, m)
	} else {
		emitEncodeMessage(f, u, m)
		emitDecodeMessage(f, u, m)
	}
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
	method(f, goName, "EncodeMsg", "EncodeMsg writes v to w; DecodeMsg sets v to the next value of r.").
		Params(jen.Id("w").Op("*").Qual(msgpPath, "Writer")).Error().
		Add(oneLine(jen.Return(jen.Qual(codecPath, "WriteMsg").Call(jen.Id("w"), jen.Id("v")))))
	f.Func().Params(jen.Id("v").Op("*").Id(goName)).Id("DecodeMsg").
		Params(jen.Id("r").Op("*").Qual(msgpPath, "Reader")).Error().
		Add(oneLine(jen.Return(jen.Qual(codecPath, "ReadMsg").Call(jen.Id("r"), jen.Id("v"))))).Line()
}

// scalar says how a kind of fixed size is written and read.
type scalar struct {
	write string // method of the encoder for a field; "Put" in front for a value
	wide  string // what it takes, when that is another type
	read  string // method of the decoder
	size  int    // bytes, at most
}

var scalars = map[ir.Kind]scalar{
	ir.Bool:     {"Bool", "", "Bool", 1},
	ir.Int8:     {"Int", "int64", "Int8", 2},
	ir.Int16:    {"Int", "int64", "Int16", 3},
	ir.Int32:    {"Int", "int64", "Int32", 5},
	ir.Int64:    {"Int", "", "Int64", 9},
	ir.Uint8:    {"Uint", "uint64", "Uint8", 2},
	ir.Uint16:   {"Uint", "uint64", "Uint16", 3},
	ir.Uint32:   {"Uint", "uint64", "Uint32", 5},
	ir.Uint64:   {"Uint", "", "Uint64", 9},
	ir.Float32:  {"Float32", "", "Float32", 5},
	ir.Float64:  {"Float64", "", "Float64", 9},
	ir.Time:     {"Time", "", "Time", 15},
	ir.Duration: {"Duration", "", "Duration", 9},
	ir.UUID:     {"UUID", "", "UUID", 18},
}

// scalarOf returns how t is written and read when it has a fixed size.
func scalarOf(t *ir.Type) (scalar, bool) {
	if t.Kind != ir.EnumKind {
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

// limits are those on a value: its own, and those on what it holds; 0 is none.
type limits struct{ own, each, key int64 }

func limitsOf(f *ir.Field) limits { return limits{f.Limit, f.EachLimit, f.KeyLimit} }

// parts are the limits on an element or a value, keys those on a key.
func (l limits) parts() limits { return limits{own: l.each} }
func (l limits) keys() limits  { return limits{own: l.key} }

// local numbers the name of a local variable by how deep its loop is nested.
func local(name string, depth int) string {
	if depth == 0 {
		return name
	}
	return name + intText(int64(depth+1))
}

// wireName is what errors call a type: "storage.DiskInfo".
func (u unit) wireName(name string) *jen.Statement { return jen.Lit(u.Pkg.Name + "." + name) }
