package idl

import "strings"

// declParsers are the keywords that begin a declaration. Filled in by init,
// since the functions come back here for what follows them.
var declParsers map[string]func(*parser)

func init() {
	declParsers = map[string]func(*parser){
		"const":   (*parser).constDecl,
		"enum":    (*parser).enumDecl,
		"message": (*parser).messageDecl,
		"union":   (*parser).unionDecl,
		"error":   (*parser).errorDecl,
		"extern":  (*parser).externDecl,
		"service": (*parser).serviceDecl,

		"annotation": (*parser).annotationDecl,
	}
}

// parseFile reads the whole file.
func (p *parser) parseFile() {
	p.packageClause()
	for p.peek().kind != tokEOF {
		first, from := len(p.rows), p.next
		p.ruined = false
		p.topLevel()
		if p.ruined {
			p.collapse(first, from)
		}
	}
	p.looseAnnos()
}

// packageClause reads the first line. When it is something else that is
// reported, and the line left to topLevel unless it makes no sense there.
func (p *parser) packageClause() {
	p.protoHead()
	start, row := p.next, len(p.rows)
	first := p.toks[start:p.lineEnd(start)]
	if len(first) > 1 && dottedLen(first[1:]) == len(first)-1 && p.respell([]string{"package"}, nil) {
		defer p.collapse(row, start)
	}
	if !p.peek().is("package") {
		p.noPackage(first)
		return
	}
	p.file.Doc = p.comments.above(p.peek().pos.Line)
	it := p.item(rowSingle)
	if l := line(p, parsePackage, shapePackage, it.toks); l != nil {
		p.file.Package = p.dotted(l)
	}
	p.endItem(it)
}

// protoHead takes the lines that a proto file has before its package: each is
// reported, and the package clause after them is still the first line.
func (p *parser) protoHead() {
	for {
		t := p.peek()
		set := (t.is("syntax") || t.is("edition")) && p.at(1).is("=")
		option := t.is("option") && p.at(1).pos.Line == t.pos.Line
		if !set && !option || p.toks[p.lineEnd(p.next)].is("{") {
			return
		}
		it := p.item(rowVerbatim)
		if !p.illegal(it.toks) {
			d := p.error(CodeUnknownKeyword, p.between(it.toks), "a .grid file has no %s line", quote(t.text))
			d.Help = declHints[t.text]
			p.edit(d, "remove it", p.between(it.toks), "")
			d.Fixes[0].Guess = option && !forOtherLanguages(it.toks)
		}
		p.endItem(it)
	}
}

// forOtherLanguages reports whether an option of proto says nothing but where or how
// code of some language is generated: all others may mean something here, too.
func forOtherLanguages(toks []token) bool {
	if len(toks) < 2 || toks[1].kind != tokIdent {
		return false
	}
	name := toks[1].text
	for _, ending := range []string{"_package", "_prefix", "_namespace", "_outer_classname", "_multiple_files", "_generic_services", "_arenas"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return name == "optimize_for"
}

// noPackage reports that the package clause is missing, and takes what may
// have been meant as one.
func (p *parser) noPackage(first []token) {
	at := Pos{Line: 1, Col: 1}
	if len(first) > 0 {
		at = first[0].pos
	}
	d := p.error(CodeMissingPackage, p.span(at, at), "the file does not begin with its package")
	d.Help = "the first line is `package name`; the code goes to `gen/name/`"
	if n := len(first); n == 1 || n == 2 && declParsers[first[0].text] == nil && !first[0].is("import") {
		start := p.next
		p.next += n
		if !p.peek().is("{") {
			p.rows = append(p.rows, row{kind: rowVerbatim, from: start, to: p.next, bad: true})
			return
		}
		p.next = start
	}
}

// topLevel reads one line of the file's top level, with its block.
func (p *parser) topLevel() {
	t := p.peek()
	switch {
	case t.is("@"):
		p.readAnnos()
	case t.is("import") && t.kind == tokIdent:
		p.importDecl()
	case t.kind == tokIdent && declParsers[t.text] != nil:
		declParsers[t.text](p)
	default:
		p.misplaced()
	}
}

func (p *parser) constDecl() {
	it, d := p.item(rowSingle), &Const{}
	if l := line(p, parseConst, shapeConst, p.headAnnos(it)); l != nil {
		d.Name, d.Type, d.Value = p.ident(l.Name), p.typ(l.Type), p.value(l.Value)
	}
	p.lineDecl(it, d)
}

func (p *parser) externDecl() {
	it, d := p.item(rowSingle), &Extern{}
	if l := line(p, parseEquals, shapeExtern, p.headAnnos(it)); l != nil {
		d.Name, d.Target = p.ident(l.Name), p.lit(l.Value)
	}
	p.lineDecl(it, d)
}

func (p *parser) annotationDecl() {
	it, d := p.item(rowSingle), &Annotation{}
	if l := line(p, parseNote, shapeNote, p.headAnnos(it)); l != nil {
		d.Name, d.Params = p.ident(l.Name), p.params(l.Params)
		for _, place := range l.Places {
			d.Places = append(d.Places, p.ident(place.Name))
		}
	}
	p.lineDecl(it, d)
}

func (p *parser) enumDecl() {
	it, d := p.item(rowSingle), &Enum{}
	if l := line(p, parseEnum, shapeEnum, p.headAnnos(it)); l != nil {
		d.Name, d.Base = p.ident(l.Name), p.ident(l.Base)
	} else {
		p.lost(it)
	}
	p.blockDecl(it, d, blockNeeded, func() { p.enumMember(it, d) })
}

func (p *parser) messageDecl() {
	it, d := p.item(rowSingle), &Message{}
	d.Name = p.blockName(it)
	p.blockDecl(it, d, blockNeeded, func() { p.fieldMember(it, &d.Fields, &d.Reserved) })
}

func (p *parser) unionDecl() {
	it, d := p.item(rowSingle), &Union{}
	d.Name = p.blockName(it)
	p.blockDecl(it, d, blockNeeded, func() { p.fieldMember(it, &d.Fields, &d.Reserved) })
}

func (p *parser) errorDecl() {
	it, d := p.item(rowSingle), &Error{}
	if l := line(p, parseEquals, shapeError, p.headAnnos(it)); l != nil {
		d.Name, d.Code = p.ident(l.Name), p.lit(l.Value)
	} else {
		p.lost(it)
	}
	p.blockDecl(it, d, blockOptional, func() { p.fieldMember(it, &d.Fields, &d.Reserved) })
}

// blockName reads the first line of a message, a union or a service. When only
// the rest of the line is wrong, the name is still good.
func (p *parser) blockName(it *item) *Ident {
	toks := p.plainHead(p.headAnnos(it))
	if l := line(p, parseBlock, shapeBlock, toks); l != nil {
		return p.ident(l.Name)
	}
	if len(toks) > 1 && toks[1].kind == tokIdent {
		return &Ident{Name: toks[1].text, Span: p.spanOf(toks[1])}
	}
	return nil
}

// plainHead reports what other languages have after the name of a declaration, and
// returns the line without it.
func (p *parser) plainHead(toks []token) []token {
	if len(toks) < 4 || toks[1].kind != tokIdent {
		return toks
	}
	switch rest := toks[2:]; {
	case rest[0].is("extends") || rest[0].is("implements") || rest[0].is(":") && rest[1].kind == tokIdent:
		d := p.error(CodeUnexpectedToken, p.between(rest), "%s cannot be derived from another", toks[0].text+" "+quote(toks[1].text))
		d.Help = "a field of the other's type holds what both have"
		if toks[0].is("service") {
			d.Help = "declare the handlers of both in one service, or register two"
		}
	case rest[0].is("<") || rest[0].is("["):
		d := p.error(CodeUnexpectedToken, p.between(rest), "a type has no parameters")
		d.Help = "declare one for each type that it is used with, such as `" + toks[0].text + " " + toks[1].text + "OfString {`, or hold a `raw`"
		for _, t := range rest {
			if t.kind == tokIdent {
				p.file.Broken = append(p.file.Broken, &Ident{Name: t.text, Span: p.spanOf(t)})
			}
		}
	default:
		return toks
	}
	return toks[:2]
}

// lineDecl ends a declaration without a block.
func (p *parser) lineDecl(it *item, d Decl) {
	if d.DeclName() == nil {
		p.lost(it)
	}
	p.endItem(it)
	p.add(it, d)
}

// blockDecl reads the block of a declaration, whose first line was read.
func (p *parser) blockDecl(it *item, d Decl, mode blockMode, member func()) {
	p.block(it, mode, member)
	p.add(it, d)
}

// add puts a sound declaration into the tree.
func (p *parser) add(it *item, d Decl) {
	if *d.DeclMeta() = it.meta; d.DeclName() != nil {
		p.file.Decls = append(p.file.Decls, d)
	}
}

// lost remembers the name of a declaration that the tree has to do without.
func (p *parser) lost(it *item) {
	if len(it.toks) > 1 && it.toks[1].kind == tokIdent {
		t := it.toks[1]
		p.file.Broken = append(p.file.Broken, &Ident{Name: t.text, Span: p.spanOf(t)})
	}
}
