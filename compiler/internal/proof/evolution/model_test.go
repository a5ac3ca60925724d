package evolution

import (
	"fmt"
	"slices"
	"strings"
)

// A model is a schema that can be edited. Everything that has a meaning of its
// own has a uid, which stays while its name, number or type changes.
type model struct {
	packages []pkg
	service  place
	enums    []*enum
	messages []*message // unions and the bodies of errors too
	handlers []*handler
	reserved []int    // handler ids
	errors   []string // of the whole service
	subroute string
	product  string // of the service
	nextUID  int
}

type enum struct {
	place
	name, base string
	values     []*value
	reserved   []int
}

type value struct {
	uid, number int
	name        string
}

type message struct {
	place
	sort     string // message, union or error
	name     string
	code     string // of an error
	keys     bool   // strings instead of numbers
	tuple    bool
	keep     bool
	fields   []*field
	reserved []string
	limit    int
}

type field struct {
	uid    int
	name   string
	number string // or key, quoted
	typ    string // without the ?
	opt    bool
	limit  int
	each   int // limit on what a list or map holds
	annos  string
}

type handler struct {
	id            int
	name          string
	stream        bool
	request       string
	response      string
	in, out       string
	inCap, outCap int
	answers       bool // with in: what out names is the one response
	errors        []string
	annos         []string
}

func (m *model) uid() int { m.nextUID++; return m.nextUID }

// fresh is a name that was never used.
func (m *model) fresh(prefix string) string { return fmt.Sprintf("%s%d", prefix, m.uid()) }

func (m *model) clone() *model {
	c := &model{
		packages: slices.Clone(m.packages), service: m.service,
		reserved: slices.Clone(m.reserved), errors: slices.Clone(m.errors), subroute: m.subroute, product: m.product, nextUID: m.nextUID,
	}
	for _, e := range m.enums {
		d := *e
		d.reserved, d.values = slices.Clone(e.reserved), nil
		for _, v := range e.values {
			w := *v
			d.values = append(d.values, &w)
		}
		c.enums = append(c.enums, &d)
	}
	for _, x := range m.messages {
		d := *x
		d.reserved, d.fields = slices.Clone(x.reserved), nil
		for _, f := range x.fields {
			g := *f
			d.fields = append(d.fields, &g)
		}
		c.messages = append(c.messages, &d)
	}
	for _, h := range m.handlers {
		d := *h
		d.errors, d.annos = slices.Clone(h.errors), slices.Clone(h.annos)
		c.handlers = append(c.handlers, &d)
	}
	return c
}

func (e *enum) write(b *strings.Builder) {
	fmt.Fprintf(b, "\nenum %s %s {\n", e.name, e.base)
	for _, v := range e.values {
		fmt.Fprintf(b, "    %s = %d\n", v.name, v.number)
	}
	for _, n := range e.reserved {
		fmt.Fprintf(b, "    reserved %d\n", n)
	}
	b.WriteString("}\n")
}

// writeService writes the service.
func (m *model) writeService(b *strings.Builder) {
	if m.product != "" {
		fmt.Fprintf(b, "\n@product(%q)", m.product)
	}
	b.WriteString("\nservice S {\n" + m.subroute)
	for _, id := range m.reserved {
		fmt.Fprintf(b, "    reserved %d\n", id)
	}
	if len(m.errors) > 0 {
		fmt.Fprintf(b, "    errors %s\n", strings.Join(m.errors, ", "))
	}
	for _, h := range m.handlers {
		h.write(b, m.errors)
	}
	b.WriteString("}\n")
}

func (x *message) write(b *strings.Builder) {
	b.WriteString("\n")
	if x.limit > 0 {
		fmt.Fprintf(b, "@limit(%d)\n", x.limit)
	}
	if x.tuple {
		b.WriteString("@tuple\n")
	}
	if x.keep {
		b.WriteString("@keep\n")
	}
	fmt.Fprintf(b, "%s %s", x.sort, x.name)
	if x.sort == "error" {
		fmt.Fprintf(b, " = %q", x.code)
	}
	b.WriteString(" {\n")
	for _, f := range x.fields {
		opt, limit := "", ""
		if f.opt {
			opt = "?"
		}
		switch {
		case f.limit > 0 && f.each > 0:
			limit = fmt.Sprintf(" @limit(%d, each: %d)", f.limit, f.each)
		case f.limit > 0:
			limit = fmt.Sprintf(" @limit(%d)", f.limit)
		case f.each > 0:
			limit = fmt.Sprintf(" @limit(each: %d)", f.each)
		}
		fmt.Fprintf(b, "    %s %s%s = %s%s%s\n", f.name, f.typ, opt, f.number, limit, f.annos)
	}
	for _, r := range x.reserved {
		fmt.Fprintf(b, "    reserved %s\n", r)
	}
	b.WriteString("}\n")
}

// answered reports whether h is a stream that ends with a response.
func (h *handler) answered() bool { return h.stream && h.answers && h.in != "" && h.out != "" }

// write writes a handler of a service that has errors of its own.
func (h *handler) write(b *strings.Builder, service []string) {
	for _, a := range h.annos {
		fmt.Fprintf(b, "    %s\n", a)
	}
	errs := ""
	if own := slices.DeleteFunc(slices.Clone(h.errors), func(e string) bool { return slices.Contains(service, e) }); len(own) > 0 {
		errs = "        errors " + strings.Join(own, ", ") + "\n"
	}
	if !h.stream {
		fmt.Fprintf(b, "    rpc %s(%s) %s = %d", h.name, h.request, h.response, h.id)
		if errs != "" {
			b.WriteString(" {\n" + errs + "    }")
		}
		b.WriteString("\n")
		return
	}
	response := ""
	if h.answered() {
		response = " " + h.out
	}
	fmt.Fprintf(b, "    stream %s(%s)%s = %d {\n", h.name, h.request, response, h.id)
	if h.in != "" {
		fmt.Fprintf(b, "        in(%d) %s\n", h.inCap, h.in)
	}
	if h.out != "" && !h.answered() {
		fmt.Fprintf(b, "        out(%d) %s\n", h.outCap, h.out)
	}
	b.WriteString(errs + "    }\n")
}
