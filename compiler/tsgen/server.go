package tsgen

import (
	"fmt"
	"strings"

	"github.com/gridrpc/gridc/compiler/ir"
)

func (s *service) serverName() string { return s.GoName + "Server" }

// serverInterface is what somebody implements to serve.
func (s *service) serverInterface() item {
	name := s.serverName()
	var b strings.Builder
	b.WriteString("export interface " + name + " {\n")
	for i, h := range s.Handlers {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(s.handlerDoc(h) + "  " + s.methods[h] + s.serverSignature(h) + ";\n")
	}
	b.WriteString("}")
	text := name + " is what serves the " + s.Name + " service: `session.serve(" + name + ", …)`."
	return item{doc: s.about(text), code: typed(b.String()), declaration: b.String()}
}

func (s *service) serverSignature(h *ir.Handler) string {
	var params []string
	if h.Request != nil {
		params = append(params, requestName(h)+": "+s.payload(h.Request).received)
	}
	if h.In != nil {
		params = append(params, "input: AsyncIterable<"+s.payload(h.In.Type).received+">")
	}
	params = append(params, "context: grid.HandlerContext")
	result := s.payload(h.Response).sent
	result += " | Promise<" + result + ">"
	if h.Out != nil {
		result = "AsyncIterable<" + s.payload(h.Out.Type).sent + ">"
	}
	return "(" + strings.Join(params, ", ") + "): " + result
}

// serverValue is what a session serves the service with. It has the name of the
// interface.
func (s *service) serverValue() item {
	name := s.serverName()
	props := []string{"name: " + quoted(s.pkg.Name+"."+s.Name)}
	typ := name
	if len(s.Subroutes) > 0 {
		var params, labels, args []string
		for i, sub := range s.Subroutes {
			if sub.Param != "" {
				params = append(params, s.params[i])
				labels = append(labels, s.params[i]+": string")
				args = append(args, s.params[i])
			} else {
				args = append(args, quoted(sub.Fixed))
			}
		}
		typ += ", [" + strings.Join(labels, ", ") + "]"
		props = append(props, "subroute: ("+strings.Join(params, ", ")+") => ["+strings.Join(args, ", ")+"]")
	}
	var handlers []string
	for _, h := range s.Handlers {
		handlers = append(handlers, object("    ", s.serverProps(h)))
	}
	list := "[]"
	if len(handlers) > 0 {
		list = "[\n    " + strings.Join(handlers, ",\n    ") + ",\n  ]"
	}
	props = append(props, "handlers: "+list, "serving: grid.serving")
	typ = "grid.ServiceDescriptor<" + typ + ">"
	return item{
		code:        "export const " + name + typed(": "+typ) + " = " + object("", props) + ";",
		declaration: "export declare const " + name + ": " + typ + ";",
	}
}

// serverProps describe a handler as its server sees it.
func (s *service) serverProps(h *ir.Handler) []string {
	req := s.payload(h.Request)
	extra := []string{}
	kind := "unary"
	if h.Stream {
		kind = "stream"
		if h.Request != nil {
			extra = append(extra, "payload: "+req.decode)
		}
		if h.In != nil {
			extra = append(extra, "decode: "+s.payload(h.In.Type).decode, fmt.Sprintf("in: %d", h.In.Capacity))
		}
		if h.Sends() != nil {
			extra = append(extra, "encode: "+s.payload(h.Sends()).encode, fmt.Sprintf("out: %d", outCapacity(h)))
		}
		if h.Answers() {
			extra = append(extra, "answers: true")
		}
	} else {
		extra = append(extra, "decode: "+req.decode, "encode: "+s.payload(h.Response).encode)
		if h.Request == nil {
			extra = append(extra, "noRequest: true")
		}
	}
	return append([]string{"kind: " + quoted(kind), "key: " + quoted(s.methods[h])}, s.common(h, extra...)...)
}
