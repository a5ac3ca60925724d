package gogen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// hasRPCs reports whether a service has handlers that a group can call. A stream
// belongs to one peer.
func (s *service) hasRPCs() bool {
	return slices.ContainsFunc(s.Handlers, func(h *ir.Handler) bool { return !h.Stream })
}

// emitGroup writes what makes one call to many peers: a method for each rpc.
func (s *service) emitGroup() *jen.File {
	f := s.newFile()
	s.emitCaller(f, caller{"Group", "g", "group", jen.Op("*").Add(gridID("Group")), "of many peers at once" + s.forOne() +
		". Its methods yield an answer for each peer; the calls begin when the iteration does, and leaving it cancels the rest",
		"group that calls the " + s.Name + " service of the peers of g" + s.forOne()})
	for _, h := range s.Handlers {
		if !h.Stream {
			f.Line()
			f.Add(s.groupMethod(h))
		}
	}
	return f
}

func (s *service) groupMethod(h *ir.Handler) *jen.Statement {
	answers := jen.Qual("iter", "Seq").Types(gridID("Answer").Types(s.typeRef(h.Response)))
	call := jen.Id(s.ids.handlers[h]).Dot("CallGroup").Call(jen.Id("ctx"), jen.Id("g").Dot("group"), requestValue(h))
	return s.handlerDoc(h).Func().Params(jen.Id("g").Op("*").Id(s.GoName + "Group")).
		Id(h.GoName).Params(s.callParams(h)...).Add(answers).Block(jen.Return(call))
}
