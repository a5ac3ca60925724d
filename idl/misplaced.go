package idl

import "strings"

// declWords maps words that other languages begin a declaration with to the
// keyword that is meant.
var declWords = map[string]string{
	"struct": "message", "record": "message", "msg": "message", "oneof": "union", "variant": "union",
	"interface": "service", "exception": "error", "include": "import", "constant": "const",
}

// misplaced deals with a line of the top level that no keyword begins.
func (p *parser) misplaced() {
	t := p.peek()
	switch {
	case t.is(";"), t.is(","):
		p.loneMark(t)
	case t.is("}"), t.is("{"):
		p.strayBrace(t)
	case t.is("package"):
		p.secondPackage()
	case variableWords[t.text] && p.at(1).kind == tokIdent && p.at(1).pos.Line == t.pos.Line:
		p.variable()
	case t.kind == tokIdent && declHints[t.text] == "" && p.respell(declKeywords(), declWords):
		p.topLevel()
	case declHints[t.text] == "" && p.looksLikeMember():
		p.strayMembers(t)
	default:
		p.unknownDecl(t)
	}
}

// declKeywords are the words that can begin a line of the top level.
func declKeywords() []string {
	return []string{"import", "const", "enum", "message", "union", "error", "extern", "annotation", "service"}
}

// respell replaces the word that comes next by the keyword that is nearest to
// it, reports that, and returns true; the line is then read again.
func (p *parser) respell(keywords []string, habits map[string]string) bool {
	t := p.peek()
	want := habits[t.text]
	if want == "" {
		want = nearest(t.text, keywords, max(1, maxDistance(t.text))) // few words can stand here
	}
	if want == "" || p.at(1).kind != tokIdent && p.at(1).kind != tokString || p.at(1).pos.Line > t.pos.Line {
		return false
	}
	p.ruined = true
	d := p.error(CodeUnknownKeyword, p.spanOf(t), "unknown keyword %s, did you mean %s?", quote(t.text), quote(want))
	p.fix(d, "write "+quote(want), t, want)
	d.Fixes[0].Guess = habits[t.text] == "" && !strings.EqualFold(t.text, want)
	// The length stays that of the source: spans must not move.
	p.toks[p.next] = token{kind: tokIdent, text: want, pos: t.pos}
	return true
}

// loneMark reports a mark that stands where a line should begin.
func (p *parser) loneMark(t token) {
	p.ruined = true
	it := p.itemOf(rowVerbatim, 1)
	p.strayMark(t, p.peek())
	p.endItem(it)
}

// strayBrace reports a brace that belongs to nothing.
func (p *parser) strayBrace(t token) {
	p.ruined = true
	it := p.itemOf(rowVerbatim, 1)
	if t.is("{") {
		p.error(CodeUnexpectedBrace, p.spanOf(t), "`{` without a declaration before it")
		p.next = it.first
		p.skipBlock()
	} else {
		d := p.error(CodeUnexpectedBrace, p.spanOf(t), "`}` without a matching `{`")
		p.fix(d, "remove it", t, "")
	}
	p.endItem(it)
	p.lineMustEnd()
}

// secondPackage reports a package clause that is not the first line.
func (p *parser) secondPackage() {
	it := p.item(rowVerbatim)
	toks := habitMarks(p, shapePackage, it.toks)
	if p.file.Package == nil && len(toks) > 1 && dottedLen(toks[1:]) == len(toks)-1 {
		p.file.Package = &Ident{Name: joinType(toks[1:]), Span: p.between(toks[1:])}
		p.file.Doc = it.meta.Doc
		p.retract(CodeMissingPackage)
		p.error(CodePackageFirst, p.spanOf(it.toks[0]), "the package clause is not the first line")
	} else {
		d := p.error(CodePackageFirst, p.spanOf(it.toks[0]), "a file belongs to one package")
		if p.file.Package != nil {
			d.Related = []Related{{Span: p.file.Package.Span, Label: "first named here"}}
		}
	}
	p.endItem(it)
	p.lineMustEnd()
}

// retract takes back a diagnostic for which a better reason was found.
func (p *parser) retract(id string) {
	for i, d := range p.diags {
		if d.ID == id {
			p.diags = append(p.diags[:i], p.diags[i+1:]...)
			return
		}
	}
}

// looksLikeMember reports whether the next line would be sound in a block.
func (p *parser) looksLikeMember() bool {
	if p.memberShape(p.next) {
		return true
	}
	toks := p.toks[p.next:p.lineEnd(p.next)]
	switch t := p.peek(); {
	case t.is("subroute"), t.is("reserved"), t.is("errors"), t.is("in"), t.is("out"), t.is("rpc"), t.is("stream"):
		return len(toks) > 1
	case t.kind != tokIdent || len(toks) < 3:
		return false
	}
	rest := toks[1+nameMark(toks[1:]):]
	n := typeLen(rest)
	return toks[1].is("=") || n > 0 && len(rest) > n && rest[n].is("=")
}

// strayMembers reports the first of several lines that stand outside of any
// block, and skips all of them: they have one cause.
func (p *parser) strayMembers(t token) {
	p.ruined = true
	it := p.item(rowVerbatim)
	what, where := "a field", "a message, union or error"
	switch t.text {
	case "rpc", "stream", "subroute":
		what, where = quote(t.text), "a service"
	case "in", "out":
		what, where = quote(t.text), "the block of a handler"
	case "errors":
		what, where = quote(t.text), "a service, or the block of a handler"
	case "reserved":
		what, where = quote(t.text), "a block"
	}
	p.error(CodeMisplacedMember, p.spanOf(t), "%s is outside of %s", what, where)
	p.annos = nil
	for p.peek().kind != tokEOF && !p.declShape(p.next) && !p.codeShape(p.next) {
		if p.peek().is("{") {
			p.skipBlock()
			continue
		}
		p.next++
		if p.toks[p.next-1].is("}") {
			break
		}
		p.next = max(p.next, p.lineEnd(p.next-1))
	}
	p.endItem(it)
	p.lineMustEnd()
}

// unknownDecl reports a line that makes no sense, and skips it with its block.
func (p *parser) unknownDecl(t token) {
	p.ruined = true
	p.annos = nil
	it := p.item(rowVerbatim)
	if !p.illegal(it.toks) {
		d := p.error(CodeUnknownKeyword, p.spanOf(t), "%s does not begin a declaration", quote(t.text))
		d.Help = declHelp(t)
		if t.is("type") && len(it.toks) > 2 && it.toks[2].is("=") {
			d.Help = declHints["typedef"]
		}
	}
	p.lost(it)
	if n := len(it.toks); t.is("typedef") && n > 2 && it.toks[n-1].kind == tokIdent {
		p.file.Broken = append(p.file.Broken, &Ident{Name: it.toks[n-1].text, Span: p.spanOf(it.toks[n-1])})
	}
	p.endItem(it)
	if p.peek().is("{") && p.peek().pos.Line == p.prevEnd().Line {
		p.skipBlock()
		p.rows[len(p.rows)-1].to = p.next
	}
	p.lineMustEnd()
}

// declHints say what to write instead of a line from another language.
var declHints = map[string]string{
	"type":      "a Go struct is written `message Name { … }`, an enum `enum Name uint8 { … }`",
	"syntax":    "a file begins with `package name` and needs no settings",
	"edition":   "a file begins with `package name` and needs no settings",
	"option":    "a file begins with `package name` and needs no settings",
	"namespace": "a file begins with `package name` and needs no settings",
	"typedef":   "types have no second name: write the type itself where it is used",
	"using":     "types have no second name: write the type itself where it is used; an import is written `import \"other.grid\"`",
	"extend":    "there are no extensions: a field is added where its message is declared",
	"func":      "a function is written `rpc Name(Request) Response = 1` in a service",
}

// declHelp says what could stand here.
func declHelp(t token) string {
	if hint := declHints[t.text]; hint != "" {
		return hint
	}
	return "declarations begin with " + list(declKeywords())
}

// list joins words for a sentence.
func list(words []string) string {
	last := len(words) - 1
	return "`" + strings.Join(words[:last], "`, `") + "` or `" + words[last] + "`"
}
