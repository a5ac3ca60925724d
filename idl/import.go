package idl

// importDecl reads `import "x"` or a group of them.
func (p *parser) importDecl() {
	p.looseAnnos()
	p.importOrder()
	if next := p.at(1); next.is("(") {
		p.importGroup()
		return
	}
	it := p.item(rowSingle)
	p.importSpec(it.toks[1:], it.toks[0])
	p.endItem(it)
}

// importGroup reads the lines between parentheses.
func (p *parser) importGroup() {
	head := p.item(rowOpenGroup)
	if len(head.toks) > 2 {
		// The specs begin on the line of the parenthesis: give them back.
		p.next = head.first + 2
		head.toks = head.toks[:2]
	}
	opened := head.toks[1]
	p.endItem(head)
	for {
		t := p.peek()
		switch {
		case t.is(")"):
			it := p.itemOf(rowClose, 1)
			p.endItem(it)
			p.lineMustEnd()
			return
		case t.kind == tokEOF || t.is("{") || t.is("}") || p.declShape(p.next) || p.memberShape(p.next):
			p.ruined = true
			d := p.error(CodeMissingParen, p.span(p.prevEnd(), p.prevEnd()), "missing `)` after the imports")
			d.Related = []Related{{Span: p.spanOf(opened), Label: "opened here"}}
			p.insert(d, "close the group", p.comments.lineTail(p.prevEnd()), "\n)")
			return
		}
		it := p.item(rowSpec)
		p.stopAtParen(it)
		p.importSpec(it.toks, it.toks[0])
		p.endItem(it)
	}
}

// stopAtParen shortens an import's line when the group ends on it.
func (p *parser) stopAtParen(it *item) {
	for i, t := range it.toks {
		if t.is(")") && i > 0 {
			it.toks = it.toks[:i]
			p.next = it.first + i
			return
		}
	}
}

// importSpec reads an alias, if any, and a path.
func (p *parser) importSpec(toks []token, before token) {
	comment := p.comments.trailing(p.prevEnd())
	l := line(p, parseSpec, shapeSpec.after(before), toks)
	if l == nil {
		return
	}
	path := p.lit(l.Path)
	imp := &Import{Path: path.Str, Span: path.Span, PathAt: path.Span, Comment: comment}
	if !absent(l.Alias) {
		imp.Alias = p.ident(l.Alias)
		imp.Span.Start = imp.Alias.Span.Start
	}
	p.file.Imports = append(p.file.Imports, imp)
}

// importOrder reports an import after a declaration.
func (p *parser) importOrder() {
	if len(p.file.Decls) > 0 {
		p.error(CodeImportOrder, p.spanOf(p.peek()), "imports come before the first declaration")
	}
}
