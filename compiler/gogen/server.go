package gogen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitServer writes the serving side of a service: the interface to implement,
// an empty implementation to embed, and the registration.
func (s *service) emitServer() *jen.File {
	f := s.newFile()
	s.emitServerInterface(f)
	f.Line()
	s.emitUnimplemented(f)
	f.Line()
	s.emitRegister(f)
	s.emitAdapter(f)
	return f
}

func (s *service) emitServerInterface(f *jen.File) {
	name := s.GoName + "Server"
	doc := s.about(name + " is what a server of the " + s.Name + " service implements. Embed " +
		"Unimplemented" + name + " to stay compatible when handlers are added.")
	f.Add(doc.Type().Id(name).InterfaceFunc(func(g *jen.Group) {
		for i, h := range s.Handlers {
			if i > 0 {
				g.Line()
			}
			g.Add(s.handlerDoc(h, reuseRules(h)...).Id(h.GoName).Add(s.serverSignature(h, true)))
		}
	}))
}

// serverSignature is how a server serves a handler: absent parts are left out.
// Parameters have names only where something reads them.
func (s *service) serverSignature(h *ir.Handler, named bool) *jen.Statement {
	param := func(name string, typ *jen.Statement) jen.Code {
		if named {
			return jen.Id(name).Add(typ)
		}
		return typ
	}
	params := []jen.Code{param("ctx", jen.Qual("context", "Context"))}
	if h.Request != nil {
		params = append(params, param(requestName(h), s.typeRef(h.Request)))
	}
	if h.In != nil {
		params = append(params, param("in", s.receiver(h.In.Type)))
	}
	if h.Out != nil {
		params = append(params, param("out", s.sender(h.Out.Type)))
	}
	if h.Response == nil {
		return jen.Params(params...).Error()
	}
	return jen.Params(params...).Params(s.typeRef(h.Response), jen.Error())
}

func (s *service) receiver(t *ir.Type) *jen.Statement {
	return jen.Op("*").Add(gridID("Receiver")).Types(s.typeRef(t))
}

func (s *service) sender(t *ir.Type) *jen.Statement {
	return jen.Op("*").Add(gridID("Sender")).Types(s.typeRef(t))
}

// serverArgs passes the parameters of serverSignature on.
func serverArgs(h *ir.Handler) []jen.Code {
	args := []jen.Code{jen.Id("ctx")}
	if h.Request != nil {
		args = append(args, jen.Id(requestName(h)))
	}
	if h.In != nil {
		args = append(args, jen.Id("in"))
	}
	if h.Out != nil {
		args = append(args, jen.Id("out"))
	}
	return args
}

func (s *service) emitUnimplemented(f *jen.File) {
	name := "Unimplemented" + s.GoName + "Server"
	f.Add(s.brief(name + " implements " + s.GoName + "Server by answering every call with an error: unimplemented.").
		Type().Id(name).Struct())
	f.Line()
	f.Var().Id("_").Id(s.GoName + "Server").Op("=").Id(name).Values()
	for _, h := range s.Handlers {
		unimplemented := gridID("NewUnimplemented").Call(jen.Lit(ir.HandlerName(s.Service, h)))
		result := []jen.Code{unimplemented}
		if h.Response != nil {
			result = []jen.Code{jen.Nil(), unimplemented}
		}
		f.Line()
		f.Add(s.shortDoc(h, "answers that it is not implemented.").Func().Params(jen.Id(name)).Id(h.GoName).
			Add(s.serverSignature(h, false)).Block(jen.Return(result...)))
	}
}

// shortDoc is the comment of a method whose handler is documented elsewhere.
func (s *service) shortDoc(h *ir.Handler, does string) *jen.Statement {
	return comment(withDeprecation([]string{h.GoName + " " + does}, h.Deprecated)...)
}

func (s *service) emitRegister(f *jen.File) {
	name := "Register" + s.GoName
	doc := s.brief(name + " makes m serve the " + s.Name + " service with s" + s.forOne() +
		": all of its handlers, or none and an error.")
	params := append([]jen.Code{jen.Id("m").Op("*").Add(gridID("Manager"))}, s.subrouteParams()...)
	params = append(params, jen.Id("s").Id(s.GoName+"Server"))
	f.Add(doc.Func().Id(name).Params(params...).Error().BlockFunc(func(g *jen.Group) {
		if s.needsAdapter() {
			g.Id("a").Op(":=").Id(s.ids.adapter).Values(jen.Id("s"))
		}
		g.Return(jen.Id("m").Dot("Register").Custom(callOptions, s.registrations()...))
	}))
}

// callOptions write a call with an argument a line.
var callOptions = jen.Options{Open: "(", Close: ")", Separator: ",", Multi: true}

func (s *service) registrations() []jen.Code {
	var regs []jen.Code
	for _, h := range s.Handlers {
		server := jen.Id("s")
		if isAdapted(h) {
			server = jen.Id("a")
		}
		args := append([]jen.Code{server.Dot(h.GoName)}, s.subrouteArgs()...)
		handle := "Handle"
		if h.Answers() {
			handle = "HandleAnswered"
		}
		regs = append(regs, jen.Id(s.ids.handlers[h]).Dot(handle).Call(args...))
	}
	return regs
}

// isAdapted reports whether a server's method leaves out what the runtime
// passes on: a request, response, payload or direction that h does not have.
func isAdapted(h *ir.Handler) bool {
	switch {
	case h.Answers():
		return h.Request == nil
	case h.Stream:
		return h.Request == nil || h.In == nil || h.Out == nil
	}
	return h.Request == nil || h.Response == nil
}

func (s *service) needsAdapter() bool { return slices.ContainsFunc(s.Handlers, isAdapted) }

// emitAdapter writes the type that fits the methods of a server which leave
// something out to what the runtime calls.
func (s *service) emitAdapter(f *jen.File) {
	if !s.needsAdapter() {
		return
	}
	f.Line()
	f.Add(s.brief(s.ids.adapter + " fits those methods of " + s.GoName + "Server that leave out what their handlers do not have.").
		Type().Id(s.ids.adapter).Struct(jen.Id("s").Id(s.GoName + "Server")))
	for _, h := range s.Handlers {
		if isAdapted(h) {
			f.Line()
			f.Add(s.adapterMethod(h))
		}
	}
}

func (s *service) adapterMethod(h *ir.Handler) *jen.Statement {
	m := jen.Func().Params(jen.Id("a").Id(s.ids.adapter)).Id(h.GoName)
	call := jen.Id("a").Dot("s").Dot(h.GoName).Call(serverArgs(h)...)
	params := []jen.Code{contextParam(), unlessNil(requestName(h), h.Request).Add(s.typeRef(h.Request))}
	if h.Answers() {
		params = append(params, jen.Id("in").Add(s.receiver(h.In.Type)))
		return m.Params(params...).Params(s.typeRef(h.Response), jen.Error()).Block(jen.Return(call))
	}
	if h.Stream {
		in, out := ir.FlowType(h.In), ir.FlowType(h.Out)
		params = append(params, unlessNil("in", in).Add(s.receiver(in)), unlessNil("out", out).Add(s.sender(out)))
		return m.Params(params...).Error().Block(jen.Return(call))
	}
	m.Params(params...).Params(s.typeRef(h.Response), jen.Error())
	if h.Response == nil {
		return m.Block(jen.Return(gridID("NewNoPayload").Call(), call))
	}
	return m.Block(jen.Return(call))
}

// unlessNil names a parameter that is passed on, and leaves the others blank.
func unlessNil(name string, t *ir.Type) *jen.Statement {
	if t == nil {
		return jen.Id("_")
	}
	return jen.Id(name)
}
