package tsgen

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/goname"
	"github.com/gridrpc/gridc/compiler/ir"
)

// service is one service that is being emitted: what its client and its server share.
type service struct {
	*unit
	*ir.Service
	methods map[*ir.Handler]string // what handlers are called
	consts  map[*ir.Handler]string // the descriptions of the client's methods
	params  []string               // of subroutes, by place; "" for fixed texts
}

func newService(u *unit, svc *ir.Service) *service {
	s := &service{unit: u, Service: svc, methods: map[*ir.Handler]string{}, consts: map[*ir.Handler]string{}}
	written := make([]string, len(svc.Handlers))
	for i, h := range svc.Handlers {
		written[i] = h.Name
	}
	// What has a method then is taken for a promise.
	for i, name := range memberNames(written, append([]string{"then"}, objectMembers...)...) {
		h := svc.Handlers[i]
		s.methods[h] = name
		s.consts[h] = u.names.pick(goname.LowerFirst(svc.GoName) + strings.ToUpper(name[:1]) + name[1:])
	}
	local := table{}
	for name := range u.names {
		local[name] = true
	}
	for _, sub := range svc.Subroutes {
		name := ""
		if sub.Param != "" {
			name = local.pick(camel(sub.Param))
		}
		s.params = append(s.params, name)
	}
	return s
}

func (s *service) add(m *module) {
	for _, h := range s.Handlers {
		m.add(s.clientMethod(h))
	}
	m.add(s.client())
	m.add(s.serverInterface())
	m.add(s.serverValue())
}

// about is the documentation of a declaration that belongs to the service: what it is, then
// what the schema says about the service.
func (s *service) about(text string) string {
	return docComment("", withDeprecation(withParagraph([]string{text}, emit.DocLines(s.Doc)...), &s.Info))
}

// handlerDoc is the documentation of the method of a handler.
func (s *service) handlerDoc(h *ir.Handler) string {
	lines := emit.DocLines(h.Doc)
	if len(lines) == 0 {
		lines = []string{"Handler " + strconv.Itoa(int(h.ID)) + "."}
	}
	for i, e := range h.Errors {
		line := "@throws {@link " + s.of(e.Package, typeName(&e.Info)) + "}"
		if i == 0 {
			lines = withParagraph(lines, line)
		} else {
			lines = append(lines, line)
		}
	}
	return docComment("  ", withDeprecation(lines, &h.Info))
}

// common are the properties that describe a handler at both ends.
func (s *service) common(h *ir.Handler, extra ...string) []string {
	props := []string{
		"id: " + digits(strconv.Itoa(int(h.ID))),
		"name: " + quoted(s.pkg.Name+"."+s.Name+"."+h.Name),
	}
	if h.Timeout > 0 {
		props = append(props, "timeout: "+milliseconds(h.Timeout))
	}
	switch h.Priority {
	case ir.High:
		props = append(props, "priority: 'high'")
	case ir.Low:
		props = append(props, "priority: 'low'")
	}
	props = append(props, extra...)
	if len(h.Errors) > 0 {
		var names []string
		for _, e := range h.Errors {
			names = append(names, s.of(e.Package, typeName(&e.Info)))
		}
		props = append(props, "errors: ["+strings.Join(names, ", ")+"]")
	}
	return props
}

// milliseconds is a duration as a number of milliseconds.
func milliseconds(d time.Duration) string {
	if d%time.Millisecond == 0 {
		return digits(strconv.FormatInt(int64(d/time.Millisecond), 10))
	}
	return strconv.FormatFloat(float64(d)/1e6, 'f', -1, 64)
}

// payload says how a request, a response or a message of a stream is called: what is sent, what is
// received, and the functions for both.
type payload struct{ sent, received, encode, decode string }

func (s *service) payload(t *ir.Type) payload {
	switch {
	case t == nil:
		return payload{"void", "void", "grid.encodeNothing", "grid.decodeNothing"}
	case t.Kind == ir.Bytes:
		return payload{"Uint8Array", "Uint8Array", "grid.encodeBytes", "grid.decodeBytes"}
	case t.Kind == ir.MessageKind || t.Kind == ir.UnionKind:
		typ, name := s.typ(t), s.codecName(t)
		return payload{"codec.Init<" + typ + ">", typ, s.of(t.Package, "encode"+name), s.of(t.Package, "decode"+name)}
	}
	return payload{"Uint8Array", "Uint8Array", "codec.encodeRaw", "codec.decodeRaw"}
}

// outCapacity is how many messages of a stream its client takes unread: one where there is
// one response.
func outCapacity(h *ir.Handler) int {
	if h.Answers() {
		return 1
	}
	return h.Out.Capacity
}

func flowType(f *ir.Flow) *ir.Type { return ir.FlowType(f) }

// object writes an object with a property a line.
func object(indent string, props []string) string {
	var b strings.Builder
	b.WriteString("{\n")
	for _, p := range props {
		fmt.Fprintf(&b, "%s  %s,\n", indent, p)
	}
	return b.String() + indent + "}"
}
