package tsgen

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

// clientMethod describes a handler as its client sees it.
func (s *service) clientMethod(h *ir.Handler) item {
	req := s.payload(h.Request)
	var props []string
	var typ string
	if h.Stream {
		in, out := s.payload(flowType(h.In)), s.payload(h.Sends())
		extra := []string{"payload: " + req.encode}
		if h.In != nil {
			extra = append(extra, "encode: "+in.encode)
		} else {
			in.sent = "never"
		}
		if h.Sends() != nil {
			extra = append(extra, "decode: "+out.decode, fmt.Sprintf("out: %d", outCapacity(h)))
		} else {
			out.received = "never"
		}
		props = s.common(h, extra...)
		typ = "grid.StreamMethod<" + req.sent + ", " + in.sent + ", " + out.received + ">"
	} else {
		res := s.payload(h.Response)
		extra := []string{"encode: " + req.encode, "decode: " + res.decode}
		if h.Idempotent {
			extra = append(extra, "idempotent: true")
		}
		props = s.common(h, extra...)
		typ = "grid.UnaryMethod<" + req.sent + ", " + res.received + ">"
	}
	return item{code: "const " + s.consts[h] + typed(": "+typ) + " = " + object("", props) + ";"}
}

// signature are the parameters and the result of a method of the client.
func (s *service) signature(h *ir.Handler) (params, result string) {
	if h.Request != nil {
		params = requestName(h) + typed(": "+s.payload(h.Request).sent) + ", "
	}
	params += "options" + typed("?: grid.CallOptions")
	in, out := s.payload(flowType(h.In)).sent, s.payload(h.Sends()).received
	switch {
	case h.Answers():
		result = "grid.Upload<" + in + ", " + out + ">"
	case !h.Stream:
		result = "Promise<" + s.payload(h.Response).received + ">"
	case h.In != nil && h.Out != nil:
		result = "grid.Duplex<" + in + ", " + out + ">"
	case h.Out != nil:
		result = "grid.Receiver<" + out + ">"
	default:
		result = "grid.Sender<" + in + ">"
	}
	return params, result
}

func requestName(h *ir.Handler) string {
	if h.Stream {
		return "payload"
	}
	return "request"
}

func (s *service) clientName() string { return s.GoName + "Client" }

func (s *service) client() item {
	name := s.clientName()
	text := name + " calls the " + s.Name + " service of one peer" + s.forOne() + "."
	params := "caller" + typed(": grid.Caller")
	args := []string{}
	for i, sub := range s.Subroutes {
		if sub.Param != "" {
			params += ", " + s.params[i] + typed(": string")
			args = append(args, s.params[i])
		} else {
			args = append(args, quoted(sub.Fixed))
		}
	}
	caller := "caller"
	if len(args) > 0 {
		caller = "caller.subroute(" + strings.Join(args, ", ") + ")"
	}
	var b, d strings.Builder
	fmt.Fprintf(&b, "export class %s {\n  %s#caller%s;\n\n  constructor(%s) {\n    this.#caller = %s;\n  }\n", name, typed("readonly "), typed(": grid.Caller"), params, caller)
	fmt.Fprintf(&d, "export declare class %s {\n  #private;\n  constructor(%s);\n", name, params)
	for _, h := range s.Handlers {
		params, result := s.signature(h)
		verb, request := "call", "undefined"
		switch {
		case h.Answers():
			verb = "upload"
		case h.Stream:
			verb = "open"
		}
		if h.Request != nil {
			request = requestName(h)
		}
		head := s.methods[h] + "(" + params + ")" + typed(": "+result)
		fmt.Fprintf(&b, "\n%s  %s {\n    return this.#caller.%s(%s, %s, options);\n  }\n", typed(s.handlerDoc(h)), head, verb, s.consts[h], request)
		fmt.Fprintf(&d, "\n%s  %s;\n", s.handlerDoc(h), head)
	}
	return item{doc: s.about(text), code: b.String() + "}", declaration: d.String() + "}"}
}

// forOne says in a doc comment what the subroutes select: ", for one disk".
func (s *service) forOne() string {
	var params []string
	for _, sub := range s.Subroutes {
		if sub.Param != "" {
			params = append(params, sub.Param)
		}
	}
	if len(params) == 0 {
		return ""
	}
	return ", for one " + strings.Join(params, " and ")
}
