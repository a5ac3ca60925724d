package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// hasRPCs reports whether a service has handlers that a group can call. A stream
// belongs to one peer.
func (s *service) hasRPCs() bool {
	for _, h := range s.Handlers {
		if !h.Stream {
			return true
		}
	}
	return false
}

// emitGroup writes what makes one call to many peers: a method for each rpc.
func (s *service) emitGroup() *jen.File {
	f := s.newFile()
	s.emitGroupType(f)
	for _, h := range s.Handlers {
		if !h.Stream {
			f.Line()
			f.Add(s.groupMethod(h))
		}
	}
	return f
}

func (s *service) emitGroupType(f *jen.File) {
	name := s.GoName + "Group"
	doc := s.about(name + " calls the " + s.Name + " service of many peers at once" + s.forOne() +
		". Its methods yield an answer for each peer; the calls begin when the iteration does, and leaving it cancels the rest.")
	f.Add(doc.Type().Id(name).Struct(jen.Id("group").Op("*").Add(gridID("Group"))))
	f.Line()
	group := jen.Id("g")
	if args := s.subrouteArgs(); len(args) > 0 {
		group = group.Dot("Subroute").Call(args...)
	}
	params := append([]jen.Code{jen.Id("g").Op("*").Add(gridID("Group"))}, s.subrouteParams()...)
	doc = s.brief("New" + name + " returns a group that calls the " + s.Name + " service of the peers of g" + s.forOne() + ".")
	f.Add(doc.Func().Id("New" + name).Params(params...).Op("*").Id(name).Block(
		jen.Return(jen.Op("&").Id(name).Values(jen.Id("group").Op(":").Add(group))),
	))
}

func (s *service) groupMethod(h *ir.Handler) *jen.Statement {
	params, arg := []jen.Code{contextParam()}, gridID("NewNoPayload").Call()
	if h.Request != nil {
		arg = jen.Id(requestName(h))
		params = append(params, arg.Clone().Add(s.typeRef(h.Request)))
	}
	answers := jen.Qual("iter", "Seq").Types(gridID("Answer").Types(s.typeRef(h.Response)))
	call := jen.Id(s.ids.handlers[h]).Dot("CallGroup").Call(jen.Id("ctx"), jen.Id("g").Dot("group"), arg)
	return s.handlerDoc(h).Func().Params(jen.Id("g").Op("*").Id(s.GoName + "Group")).
		Id(h.GoName).Params(params...).Add(answers).Block(jen.Return(call))
}
