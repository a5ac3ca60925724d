package proto

import "fmt"

// service writes a service.
func (c *converter) service(s *Service) {
	c.line("")
	c.doc(s.Doc, "")
	c.deprecated(s.Deprecated, "")
	c.line("service %s {", typeName(s.Name))
	taken := names{}
	for i, m := range s.Methods {
		if i > 0 {
			c.line("")
		}
		c.method(taken.pick(typeName(m.Name)), m)
	}
	c.lost(s.Lost)
	c.line("}")
}

// method writes one handler. It gets the next id: proto has none.
func (c *converter) method(name string, m *Method) {
	c.set.ids++
	c.doc(m.Doc, "    ")
	c.deprecated(m.Deprecated, "    ")
	request, note := c.payload(m.Request)
	response, note2 := c.payload(m.Response)
	notes := []string{note, note2}
	for _, x := range m.Lost {
		if c.isNews(x) {
			notes = append(notes, x)
		}
	}
	if !m.StreamsIn && !m.StreamsOut {
		if m.Idempotent {
			c.line("    @idempotent")
		}
		if response != "" {
			response = " " + response
		}
		c.line("    rpc %s(%s)%s = %d%s", name, request, response, c.set.ids, c.behind(m.Comment, notes...))
		return
	}
	payload, out, answer := request, "", ""
	if m.StreamsIn {
		payload = ""
	}
	switch {
	case m.StreamsOut:
		out = fmt.Sprintf("        out(16) %s\n", c.orEmpty(response))
	case response != "":
		answer = " " + response
	}
	c.line("    stream %s(%s)%s = %d {%s", name, payload, answer, c.set.ids, c.behind(m.Comment, notes...))
	if m.StreamsIn {
		c.line("        in(16) %s", c.orEmpty(request))
	}
	c.b.WriteString(out)
	c.line("    }")
}

// orEmpty is a type of messages that are streamed: one without fields, for want of any.
func (c *converter) orEmpty(typ string) string {
	if typ != "" {
		return typ
	}
	c.empty = true
	return c.emptyName()
}

// payload is what a method takes or gives: nothing, for google.protobuf.Empty. What is no
// message here is wrapped in none, and marked.
func (c *converter) payload(name string) (typ, note string) {
	if isEmpty(name) {
		return "", ""
	}
	typ, isMessage, note := c.typeText(c.file.Package, name)
	if sym := c.set.find(c.file.Package, name); !isMessage && (sym == nil || !sym.union) && typ != "raw" {
		return "bytes", "was " + name + ": wrap it in a message"
	}
	return typ, note
}
