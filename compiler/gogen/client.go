package gogen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/ir"
)

// emitClient writes the calling side of a service: its handlers as both ends
// know them, and a client with a method for each.
func (s *service) emitClient() *jen.File {
	f := s.newFile()
	if len(s.Handlers) > 0 {
		f.Add(comment("The handlers of the " + s.Name + " service, as both ends know them.").Var().DefsFunc(func(g *jen.Group) {
			for _, h := range s.Handlers {
				g.Id(s.ids.handlers[h]).Op("=").Add(s.handlerValue(h))
			}
		}))
		f.Line()
	}
	s.emitCaller(f, caller{"Client", "c", "caller", gridID("Caller"), "of one peer" + s.forOne(),
		"client of the " + s.Name + " service behind c" + s.forOne()})
	for _, h := range s.Handlers {
		f.Line()
		f.Add(s.clientMethod(h))
		if h.HasInto() {
			f.Line()
			f.Add(s.intoMethod(h))
		}
	}
	return f
}

// handlerValue makes the typed handler, with everything the schema says of it.
func (s *service) handlerValue(h *ir.Handler) *jen.Statement {
	id := jen.Op(strconv.Itoa(int(h.ID)))
	var args []jen.Code
	make := "NewSingleHandler"
	if h.Stream {
		make = "NewStreamingHandler"
		args = append(args, jen.List(id, s.constructor(h.Request), s.constructor(ir.FlowType(h.In)), s.constructor(h.Sends())))
	} else {
		args = append(args, jen.List(id, s.constructor(h.Request), s.constructor(h.Response)))
	}
	args = append(args, s.handlerOptions(h)...)
	return gridID(make).Custom(callOptions, args...)
}

var priorityNames = map[ir.Priority]string{ir.High: "PriorityHigh", ir.Low: "PriorityLow"}

func (s *service) handlerOptions(h *ir.Handler) []jen.Code {
	opts := []jen.Code{gridID("WithName").Call(jen.Lit(ir.HandlerName(s.Service, h)))}
	if h.Timeout > 0 {
		opts = append(opts, gridID("WithTimeout").Call(durationExpr(h.Timeout)))
	}
	if name := priorityNames[h.Priority]; name != "" {
		opts = append(opts, gridID("WithPriority").Call(gridID(name)))
	}
	if h.Idempotent {
		opts = append(opts, gridID("WithIdempotent").Call())
	}
	if h.Reuse {
		opts = append(opts, gridID("WithReuse").Call())
	}
	if checksRules(h) {
		opts = append(opts, gridID("WithRules").Call())
	}
	if h.In != nil || h.Out != nil {
		out := capacity(h.Out)
		if h.Answers() {
			out = 1
		}
		opts = append(opts, gridID("WithCapacity").Call(jen.Lit(capacity(h.In)), jen.Lit(out)))
	}
	if len(h.Errors) > 0 {
		opts = append(opts, gridID("WithErrors").Call(s.errorTypes(h)...))
	}
	if len(h.Marks) > 0 {
		var marks []jen.Code
		for _, m := range h.Marks {
			marks = append(marks, s.markValue(m))
		}
		opts = append(opts, gridID("WithAnnotations").Call(marks...))
	}
	return append(opts, gridID("WithSchema").Call(jen.Id(s.schema)))
}

func capacity(f *ir.Flow) int {
	if f == nil {
		return 0
	}
	return f.Capacity
}

func (s *service) errorTypes(h *ir.Handler) []jen.Code {
	var types []jen.Code
	for _, e := range h.Errors {
		types = append(types, gridID("ErrorOf").Types(s.qual(e.Package, e.GoName)).Call())
	}
	return types
}

// caller is a type that calls the handlers of a service.
type caller struct {
	suffix       string         // of its name, behind that of the service
	param, field string         // what it calls through
	through      *jen.Statement // and the type of that
	whom, what   string         // for its comments
}

// emitCaller writes the type, and the function that makes one.
func (s *service) emitCaller(f *jen.File, c caller) {
	name := s.GoName + c.suffix
	f.Add(s.about(name + " calls the " + s.Name + " service " + c.whom + ".").
		Type().Id(name).Struct(jen.Id(c.field).Add(c.through.Clone())))
	f.Line()
	through := jen.Id(c.param)
	if args := s.subrouteArgs(); len(args) > 0 {
		through = through.Dot("Subroute").Call(args...)
	}
	params := append([]jen.Code{jen.Id(c.param).Add(c.through.Clone())}, s.subrouteParams()...)
	f.Add(s.brief("New" + name + " returns a " + c.what + ".").Func().Id("New" + name).Params(params...).Op("*").Id(name).Block(
		jen.Return(jen.Op("&").Id(name).Values(jen.Id(c.field).Op(":").Add(through))),
	))
}

func (s *service) clientMethod(h *ir.Handler) *jen.Statement {
	params := s.callParams(h)
	m := s.handlerDoc(h).Func().Params(jen.Id("c").Op("*").Id(s.GoName + "Client")).Id(h.GoName).Params(params...)
	switch {
	case h.Stream:
		open, result := s.openStream(h)
		return m.Params(result, jen.Error()).Block(jen.Return(s.callHandler(h, open, requestValue(h))))
	case h.Response == nil:
		return m.Error().Block(s.singleCall(h)...)
	default:
		return m.Params(s.typeRef(h.Response), jen.Error()).Block(s.singleCall(h)...)
	}
}

// callParams are what a method that calls a handler takes: a context, and the message
// that starts the handler, if there is one.
func (s *service) callParams(h *ir.Handler) []jen.Code {
	params := []jen.Code{contextParam()}
	if h.Request != nil {
		params = append(params, jen.Id(requestName(h)).Add(s.typeRef(h.Request)))
	}
	return params
}

// callHandler calls a method of a handler's variable for the client's peer.
func (s *service) callHandler(h *ir.Handler, method string, args ...jen.Code) *jen.Statement {
	args = append([]jen.Code{jen.Id("ctx"), jen.Id("c").Dot("caller")}, args...)
	return jen.Id(s.ids.handlers[h]).Dot(method).Call(args...)
}

// requestValue is the message that starts a handler, where it is passed on.
func requestValue(h *ir.Handler) *jen.Statement {
	if h.Request == nil {
		return gridID("NewNoPayload").Call()
	}
	return jen.Id(requestName(h))
}

// singleCall makes the call of a single handler. A request is encoded right here,
// by a method of its type: the runtime would do it through an interface, and the
// request could not stay on the stack of whoever made it.
func (s *service) singleCall(h *ir.Handler) []jen.Code {
	var body []jen.Code
	call := s.callHandler(h, "Call", requestValue(h))
	if encodesItself(h.Request) {
		body = s.encodeRequest(h)
		call = s.callHandler(h, "CallEncoded", encoder())
	}
	if h.Response == nil {
		return append(body, jen.List(jen.Id("_"), jen.Err()).Op(":=").Add(call), jen.Return(jen.Err()))
	}
	return append(body, jen.Return(call))
}

// encodeRequest encodes a request in the way of its type.
func (s *service) encodeRequest(h *ir.Handler) []jen.Code {
	body := []jen.Code{
		jen.Var().Id("e").Qual(codecPath, "Encoder"),
		jen.Id(s.ids.handlers[h]).Dot("Encoder").Call(jen.Id("c").Dot("caller"), encoder(), requestValue(h).Dot("Msgsize").Call()),
	}
	if has, _ := h.Request.Validates(); has {
		body = append(body, jen.Id("e").Dot("Allow").Call(requestValue(h).Dot("Validate").Call()))
	}
	return append(body, requestValue(h).Dot("EncodeGrid").Call(encoder()))
}

// checksRules reports whether what the caller sends has rules that its codec does not check.
func checksRules(h *ir.Handler) bool {
	_, request := h.Request.Validates()
	_, in := ir.FlowType(h.In).Validates()
	return request || in
}

func encoder() *jen.Statement { return jen.Op("&").Id("e") }

// encodesItself reports whether values of a type encode themselves with the codec.
func encodesItself(t *ir.Type) bool {
	return t != nil && (t.Kind == ir.MessageKind || t.Kind == ir.UnionKind)
}

// requestName is what a method calls the message that starts a handler.
func requestName(h *ir.Handler) string {
	if h.Stream {
		return "payload"
	}
	return "req"
}

// openStream returns the method that opens a stream of h's shape, and what the
// client gets to hold.
func (s *service) openStream(h *ir.Handler) (method string, result *jen.Statement) {
	switch {
	case h.Answers():
		return "OpenAnsweredUpload", jen.Op("*").Add(gridID("AnsweredUpload")).Types(s.typeRef(h.In.Type), s.typeRef(h.Response))
	case h.In != nil && h.Out != nil:
		return "Open", jen.Op("*").Add(gridID("Duplex")).Types(s.typeRef(h.In.Type), s.typeRef(h.Out.Type))
	case h.Out != nil:
		return "OpenReceiver", jen.Op("*").Add(gridID("Receiver")).Types(s.typeRef(h.Out.Type))
	case h.In != nil:
		return "OpenUpload", jen.Op("*").Add(gridID("Upload")).Types(s.typeRef(h.In.Type))
	default:
		return "OpenPending", jen.Op("*").Add(gridID("Pending"))
	}
}
