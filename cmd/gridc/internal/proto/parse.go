package proto

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxSource  = 16 << 20 // bytes of a file
	maxNesting = 64       // messages in messages, and braces of options
)

// Parse reads one .proto file. The error is its first mistake.
func Parse(name string, text []byte) (*File, error) {
	if len(text) > maxSource {
		return nil, fmt.Errorf("%s: larger than %d MiB", name, maxSource>>20)
	}
	toks, err := scan(name, string(text))
	if err != nil {
		return nil, err
	}
	p := &parser{file: &File{Name: name, Syntax: "proto2"}, toks: toks}
	p.parseFile()
	if p.err != nil {
		return nil, p.err
	}
	return p.file, nil
}

// parser reads tokens one after the other; after the first mistake there are none left.
type parser struct {
	file  *File
	toks  []token
	at    int
	depth int
	err   error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%s:%d: %s", p.file.Name, p.peek().line, fmt.Sprintf(format, args...))
		p.at = len(p.toks) - 1
	}
}

func (p *parser) peek() token { return p.toks[p.at] }

// ahead is the token n after the next one, or the end of the file.
func (p *parser) ahead(n int) token { return p.toks[min(p.at+n, len(p.toks)-1)] }

func (p *parser) next() token {
	t := p.peek()
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *parser) more() bool { return p.err == nil && p.peek().kind != tokEnd }

// is reports whether the next token is a word or a mark.
func (p *parser) is(text string) bool {
	t := p.peek()
	return t.text == text && (t.kind == tokWord || t.kind == tokMark)
}

// take passes over a word or a mark, if it comes next.
func (p *parser) take(text string) bool {
	if p.is(text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(text string) token {
	if !p.is(text) {
		p.fail("expected %q, found %q", text, p.peek().text)
		return token{}
	}
	return p.next()
}

func (p *parser) word() token {
	if p.peek().kind != tokWord {
		p.fail("expected a name, found %q", p.peek().text)
		return token{}
	}
	return p.next()
}

// name reads a name with dots, which may begin with one.
func (p *parser) name() string {
	var b strings.Builder
	if p.take(".") {
		b.WriteByte('.')
	}
	b.WriteString(p.word().text)
	for p.take(".") {
		b.WriteString("." + p.word().text)
	}
	return b.String()
}

func (p *parser) number() int {
	negative := p.take("-")
	t := p.peek()
	n, err := strconv.ParseInt(t.text, 0, 64)
	if t.kind != tokNumber || err != nil && !errors.Is(err, strconv.ErrRange) {
		p.fail("expected a number, found %q", t.text)
		return 0
	}
	p.next()
	if negative {
		n = -n
	}
	if n > 1<<31-1 || n < -1<<31 {
		p.fail("%s is no number of 32 bits", t.text)
		return 0
	}
	return int(n) // fits: compared
}

func (p *parser) parseFile() {
	for p.more() {
		t := p.peek()
		switch {
		case p.take(";"):
		case p.is("syntax"), p.is("edition"):
			p.syntax()
		case p.is("package"):
			p.next()
			p.file.Package = strings.TrimPrefix(p.name(), ".")
			p.expect(";")
			if len(t.doc) > 0 {
				p.file.Doc = t.doc
			}
		case p.is("import"):
			p.importLine()
		case p.is("option"):
			p.option(&p.file.Lost)
		case p.is("message"):
			p.file.Decls = append(p.file.Decls, p.message())
		case p.is("enum"):
			p.file.Decls = append(p.file.Decls, p.enum())
		case p.is("service"):
			p.file.Decls = append(p.file.Decls, p.service())
		case p.is("extend"):
			p.lose(&p.file.Lost, "extend")
		default:
			p.fail("unexpected %q", t.text)
		}
	}
}

func (p *parser) syntax() {
	t := p.next()
	p.expect("=")
	switch value := p.next().text; {
	case t.text == "edition" || value == "proto3":
		p.file.Syntax = "proto3"
	case value != "proto2":
		p.fail("there is no syntax %q", value)
	}
	p.expect(";")
	p.file.Doc = t.doc
}

func (p *parser) importLine() {
	p.next()
	public := p.take("public")
	if !public && !p.take("weak") {
		p.take("option")
	}
	t := p.peek()
	if t.kind != tokText {
		p.fail("expected the path of a file, found %q", t.text)
	}
	p.next()
	p.expect(";")
	p.file.Imports = append(p.file.Imports, Import{t.text, public})
}

// lose passes over something with its block, and remembers that it was there.
func (p *parser) lose(list *[]lost, what string) {
	line := p.peek().line
	from := p.at
	for p.more() && !p.is("{") && !p.is(";") && !p.is("[") {
		p.next()
	}
	head := p.text(from, p.at)
	if p.is("[") {
		p.skipBlock()
	}
	if p.is("{") {
		p.skipBlock()
	} else {
		p.expect(";")
	}
	*list = append(*list, lost{line, cmp.Or(strings.TrimSpace(head), what)})
}

// text is the text of tokens, with spaces between words.
func (p *parser) text(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		t := p.toks[i]
		if i > from && t.kind != tokMark && p.toks[i-1].kind != tokMark || t.text == "=" || i > from && p.toks[i-1].text == "=" {
			b.WriteByte(' ')
		}
		if t.kind == tokText {
			b.WriteString(strconv.Quote(t.text))
		} else {
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// skipBlock passes over braces, brackets and parentheses that match.
func (p *parser) skipBlock() {
	depth := 0
	for p.more() {
		switch t := p.next(); {
		case t.kind != tokMark:
		case strings.Contains("{[(", t.text):
			if depth++; depth > maxNesting {
				p.fail("nested more than %d deep", maxNesting)
			}
		case strings.Contains("}])", t.text):
			if depth--; depth == 0 {
				return
			}
		}
	}
	p.fail("a block without its end")
}

// block reads the members between braces.
func (p *parser) block(member func()) {
	p.expect("{")
	if p.depth++; p.depth > maxNesting {
		p.fail("nested more than %d deep", maxNesting)
	}
	for p.more() && !p.is("}") {
		if !p.take(";") {
			member()
		}
	}
	p.depth--
	p.expect("}")
}

// option reads an option line. It returns its name and value.
func (p *parser) option(list *[]lost) (name, value string) {
	line := p.next().line
	from := p.at
	name, value = p.setting()
	text := p.text(from, p.at)
	p.expect(";")
	if !isSilent(name) && list != nil {
		*list = append(*list, lost{line, "option " + text})
	}
	return name, value
}

// setting reads `name = value`.
func (p *parser) setting() (name, value string) {
	from := p.at
	for p.more() && !p.is("=") {
		p.next()
	}
	name = p.text(from, p.at)
	p.expect("=")
	from = p.at
	if p.is("{") || p.is("[") {
		p.skipBlock()
		return name, ""
	}
	for p.more() && !p.is(",") && !p.is("]") && !p.is(";") {
		p.next()
	}
	return name, p.text(from, p.at)
}

// settings reads what stands in brackets after a field or a value: each by its name.
func (p *parser) settings() map[string]string {
	found := map[string]string{}
	if !p.take("[") {
		return found
	}
	for p.more() {
		name, value := p.setting()
		found[name] = value
		if !p.take(",") {
			break
		}
	}
	p.expect("]")
	return found
}

// isSilent reports whether an option says nothing but how code of some language is
// generated, or how protobuf writes what msgpack writes otherwise.
func isSilent(name string) bool {
	switch name {
	case "optimize_for", "packed", "lazy", "jstype", "ctype", "deprecated", "allow_alias", "features", "retention", "targets", "cc_enable_arenas", "json_name":
		return true
	}
	for _, end := range []string{"_package", "_prefix", "_namespace", "_outer_classname", "_multiple_files", "_generic_services", "_arenas"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return strings.HasPrefix(name, "(gogoproto.") || strings.HasPrefix(name, "features.")
}
