package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitFake writes a server made of functions, for users' own tests.
func (s *service) emitFake() *jen.File {
	name := s.GoName + "Funcs"
	f := s.newFile()
	doc := s.brief(name + " implements " + s.GoName + "Server with functions, for tests. " +
		"A handler whose function is nil answers that it is not implemented.")
	f.Add(doc.Type().Id(name).StructFunc(func(g *jen.Group) {
		for _, h := range s.Handlers {
			g.Add(comment(withDeprecation(nil, h.Deprecated)...).Id(h.GoName + "Func").Func().Add(s.serverSignature(h, true)))
		}
	}))
	f.Line()
	f.Var().Id("_").Id(s.GoName + "Server").Op("=").Parens(jen.Op("*").Id(name)).Call(jen.Nil())
	for _, h := range s.Handlers {
		f.Line()
		f.Add(s.fakeMethod(name, h))
	}
	return f
}

func (s *service) fakeMethod(name string, h *ir.Handler) *jen.Statement {
	function := func() *jen.Statement { return jen.Id("f").Dot(h.GoName + "Func") }
	unimplemented := jen.Id("Unimplemented" + s.GoName + "Server").Values().Dot(h.GoName)
	return s.shortDoc(h, "calls "+h.GoName+"Func.").
		Func().Params(jen.Id("f").Op("*").Id(name)).Id(h.GoName).Add(s.serverSignature(h, true)).Block(
		jen.If(function().Op("==").Nil()).Block(jen.Return(unimplemented.Call(serverArgs(h)...))),
		jen.Return(function().Call(serverArgs(h)...)),
	)
}
