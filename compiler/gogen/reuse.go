package gogen

import (
	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// intoMethod calls a handler with a response of the caller's.
func (s *service) intoMethod(h *ir.Handler) *jen.Statement {
	var body []jen.Code
	method, args := "CallInto", []jen.Code{requestValue(h)}
	if encodesItself(h.Request) {
		body = s.encodeRequest(h)
		method, args = "CallEncodedInto", []jen.Code{encoder()}
	}
	params := append(s.callParams(h), jen.Id("resp").Add(s.typeRef(h.Response)))
	body = append(body, jen.Return(s.callHandler(h, method, append(args, jen.Id("resp"))...)))
	doc := prose(h.IntoName() + " is " + h.GoName + " with a response of the caller's, who may use it for the next call: " +
		"what resp held is replaced, in the memory that it has. Copy what is to be kept. " +
		"After an error the content of resp is unspecified.")
	return comment(withDeprecation(doc, h.Deprecated)...).
		Func().Params(jen.Id("c").Op("*").Id(s.GoName + "Client")).Id(h.IntoName()).Params(params...).Error().Block(body...)
}

// reuseRules is what a server must know of a handler whose messages are used
// again, as lines of its doc comment.
func reuseRules(h *ir.Handler) []string {
	switch {
	case !h.Reuse:
		return nil
	case h.Stream && h.In != nil:
		return prose("What in receives is used again: keep no part of a message beyond the next Recv.")
	case h.Stream || h.Request == nil:
		return nil
	}
	rules := "The request is used again: keep no part of it after the return."
	if h.Response != nil {
		rules += " The response may be the request or share memory with it."
	}
	return prose(rules)
}
