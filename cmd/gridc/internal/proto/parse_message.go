package proto

import (
	"maps"
	"slices"
	"strings"
)

func (p *parser) message() *Message {
	t := p.next()
	m := &Message{Doc: t.doc, Name: p.word().text}
	p.block(func() { p.messageMember(m, nil) })
	return m
}

// messageMember reads one line of a message, or of one of its oneofs.
func (p *parser) messageMember(m *Message, in *Oneof) {
	switch t, next := p.peek(), p.ahead(1); {
	case p.is("option") && (next.kind == tokWord || next.text == "("):
		if name, value := p.option(&m.Lost); name == "deprecated" && in == nil {
			m.Deprecated = value == "true"
		}
	case p.is("message") && next.kind == tokWord && p.blockAt(2):
		m.Decls = append(m.Decls, p.message())
	case p.is("enum") && next.kind == tokWord && p.blockAt(2):
		m.Decls = append(m.Decls, p.enum())
	case p.is("oneof") && next.kind == tokWord && p.blockAt(2):
		p.next()
		o := &Oneof{Doc: t.doc, Name: p.word().text}
		m.Oneofs = append(m.Oneofs, o)
		p.block(func() { p.messageMember(m, o) })
	case p.is("extend") && p.blockAt(-1):
		p.lose(&m.Lost, "extend")
	case p.is("extensions") && next.kind == tokNumber:
		p.lose(&m.Lost, "extensions")
	case p.is("reserved") && next.text != "." && !p.fieldAhead():
		p.reserved(&m.Reserved, &m.Names)
	default:
		p.field(m, in)
	}
}

// blockAt reports whether a brace opens n tokens ahead; with a negative n, before the next
// semicolon.
func (p *parser) blockAt(n int) bool {
	if n >= 0 {
		return p.ahead(n).text == "{"
	}
	for _, t := range p.toks[p.at:] {
		if t.kind == tokMark && (t.text == "{" || t.text == ";") {
			return t.text == "{"
		}
	}
	return false
}

// fieldAhead reports whether the line is `reserved name = 1`: a field of a type that is
// called so.
func (p *parser) fieldAhead() bool {
	return p.ahead(2).text == "=" && p.ahead(1).kind == tokWord
}

func (p *parser) field(m *Message, in *Oneof) {
	f := &Field{Doc: p.peek().doc, Oneof: in}
	switch {
	case in != nil || p.ahead(2).text == "=": // a type may be called so
	case p.take("repeated"):
		f.Repeated = true
	case p.take("optional"):
		f.Optional = true
	case p.take("required"):
		f.Required = true
	}
	switch {
	case p.is("map") && p.ahead(1).text == "<":
		p.next()
		p.next()
		f.Key = p.name()
		p.expect(",")
		f.Type = p.name()
		p.expect(">")
	default:
		f.Type = p.name()
	}
	f.Name = p.word().text
	p.expect("=")
	f.Number = p.number()
	p.fieldSettings(f)
	if f.Type == "group" && p.is("{") {
		p.group(m, f)
	} else {
		f.Comment = p.expect(";").trailing
	}
	m.Fields = append(m.Fields, f)
}

// group reads the block of a group: a message, and the field that holds it.
func (p *parser) group(m *Message, f *Field) {
	body := &Message{Name: f.Name}
	p.block(func() { p.messageMember(body, nil) })
	m.Decls = append(m.Decls, body)
	f.Type, f.Name = f.Name, strings.ToLower(f.Name)
}

func (p *parser) fieldSettings(f *Field) {
	settings := p.settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		switch {
		case name == "deprecated":
			f.Deprecated = settings[name] == "true"
		case !isSilent(name):
			f.Lost = append(f.Lost, strings.TrimSuffix(name+" = "+settings[name], " = "))
		}
	}
}

// reserved reads `reserved 2, 9 to 11;` or `reserved "a", "b";`.
func (p *parser) reserved(ranges *[]Range, names *[]string) {
	p.next()
	for p.more() {
		switch t := p.peek(); t.kind {
		case tokText, tokWord: // an edition writes names without quotes
			*names = append(*names, p.next().text)
		default:
			r := Range{From: p.number()}
			r.To = r.From
			if p.take("to") {
				if r.To = maxFieldNumber; !p.take("max") {
					r.To = p.number()
				}
			}
			*ranges = append(*ranges, r)
		}
		if !p.take(",") {
			break
		}
	}
	p.expect(";")
}

// maxFieldNumber is what `max` stands for.
const maxFieldNumber = 1<<29 - 1

func (p *parser) enum() *Enum {
	t := p.next()
	e := &Enum{Doc: t.doc, Name: p.word().text}
	p.block(func() {
		switch {
		case p.is("option") && p.ahead(1).text != "=":
			if name, value := p.option(&e.Lost); name == "deprecated" {
				e.Deprecated = value == "true"
			}
		case p.is("reserved") && p.ahead(1).text != "=":
			p.reserved(&e.Reserved, &e.Names)
		default:
			p.enumValue(e)
		}
	})
	return e
}

func (p *parser) enumValue(e *Enum) {
	t := p.word()
	p.expect("=")
	v := &Value{Name: t.text, Doc: t.doc, Number: p.number()}
	v.Deprecated = p.settings()["deprecated"] == "true"
	v.Comment = p.expect(";").trailing
	e.Values = append(e.Values, v)
}

func (p *parser) service() *Service {
	t := p.next()
	s := &Service{Doc: t.doc, Name: p.word().text}
	p.block(func() {
		switch {
		case p.is("option"):
			if name, value := p.option(&s.Lost); name == "deprecated" {
				s.Deprecated = value == "true"
			}
		case p.is("rpc"):
			s.Methods = append(s.Methods, p.method())
		default:
			p.fail("unexpected %q", p.peek().text)
		}
	})
	return s
}

func (p *parser) method() *Method {
	t := p.next()
	m := &Method{Doc: t.doc, Name: p.word().text}
	m.Request, m.StreamsIn = p.payload()
	p.expect("returns")
	m.Response, m.StreamsOut = p.payload()
	if !p.is("{") {
		m.Comment = p.expect(";").trailing
		return m
	}
	p.block(func() {
		var other []lost
		switch name, value := p.option(&other); name {
		case "deprecated":
			m.Deprecated = value == "true"
		case "idempotency_level":
			m.Idempotent, other = value == "IDEMPOTENT" || value == "NO_SIDE_EFFECTS", nil
		}
		for _, o := range other {
			m.Lost = append(m.Lost, o.text)
		}
	})
	return m
}

// payload reads `(stream Type)`.
func (p *parser) payload() (name string, stream bool) {
	p.expect("(")
	stream = p.is("stream") && p.ahead(1).text != ")" && p.ahead(1).text != "."
	if stream {
		p.next()
	}
	name = p.name()
	p.expect(")")
	return name, stream
}
