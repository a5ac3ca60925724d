package idl

// braceMap knows which braces of a file belong together, by counting alone.
type braceMap struct {
	closer  map[int]int // index of a `{` → index of its `}`
	open    bool        // some `{` is never closed
	deepest token       // the first brace that is nested too deep
}

// matchBraces pairs the braces of a file.
func matchBraces(toks []token) braceMap {
	m := braceMap{closer: map[int]int{}}
	var stack []int
	for i, t := range toks {
		switch {
		case t.is("{"):
			stack = append(stack, i)
			if len(stack) == maxNesting+1 && m.deepest.text == "" {
				m.deepest = t
			}
		case t.is("}") && len(stack) > 0:
			m.closer[stack[len(stack)-1]] = i
			stack = stack[:len(stack)-1]
		}
	}
	m.open = len(stack) > 0
	return m
}

// skipBlock goes after the block that begins here; when it has no end, after
// its brace alone.
func (p *parser) skipBlock() {
	if closer, ok := p.braces.closer[p.next]; ok {
		p.next = closer
	}
	p.next++
}

// pastAnnos is the index of the first token from i on that is not part of an
// annotation.
func (p *parser) pastAnnos(i int) int {
	for p.toks[i].is("@") {
		i += max(1, annoLen(p.toks[i:p.lineEnd(i)]))
	}
	return i
}

// declShape reports whether the line at i, which may begin with annotations,
// can only be a declaration, whatever block it stands in.
func (p *parser) declShape(i int) bool {
	i = p.pastAnnos(i)
	toks := p.toks[i:p.lineEnd(i)]
	if len(toks) < 2 || toks[0].kind != tokIdent {
		return false
	}
	switch toks[0].text {
	case "message", "union", "service":
		return len(toks) == 2 && toks[1].kind == tokIdent
	case "enum":
		return len(toks) > 2 && toks[1].kind == tokIdent && (toks[2].kind == tokIdent || toks[2].is(":")) ||
			p.bareEnum(i)
	case "const":
		return len(toks) > 2 && toks[1].kind == tokIdent && toks[2].kind == tokIdent
	case "import":
		return toks[1].kind == tokString || toks[1].is("(") || len(toks) == 3 && toks[2].kind == tokString
	case "annotation":
		return len(toks) > 3 && toks[1].kind == tokIdent && (toks[2].is("(") || toks[2].is("on"))
	case "package":
		return len(toks) == 2 && toks[1].kind == tokIdent
	}
	return false
}

// bareEnum reports whether the line at i begins an enum that names no type.
func (p *parser) bareEnum(i int) bool {
	end := p.lineEnd(i)
	brace := p.toks[end]
	return end == i+2 && p.toks[i].is("enum") && p.toks[i+1].kind == tokIdent &&
		brace.is("{") && brace.pos.Line == p.toks[i].pos.Line
}

// codeShape reports whether the line at i looks like an error or an extern. A
// string-keyed field may look the same.
func (p *parser) codeShape(i int) bool {
	i = p.pastAnnos(i)
	toks := p.toks[i:p.lineEnd(i)]
	return len(toks) > 3 && (toks[0].is("error") || toks[0].is("extern")) &&
		toks[1].kind == tokIdent && toks[2].is("=") && toks[3].kind == tokString
}

// memberShape reports whether the line at i can only be a handler.
func (p *parser) memberShape(i int) bool {
	i = p.pastAnnos(i)
	toks := p.toks[i:p.lineEnd(i)]
	return len(toks) > 2 && (toks[0].is("rpc") || toks[0].is("stream")) &&
		toks[1].kind == tokIdent && toks[2].is("(")
}

// closesEarly reports whether the block of an item must have ended before the
// line that comes next: its brace was forgotten.
func (p *parser) closesEarly(it *item) bool {
	if it.kind == rowHandler && p.memberShape(p.next) {
		return true
	}
	t, own := p.peek().pos, it.toks[0].pos
	if !p.braces.open || t.Line == p.prevEnd().Line || t.Col > own.Col {
		return false
	}
	if p.peek().is("}") {
		return p.depth > 1 && t.Col < own.Col
	}
	return p.declShape(p.next) || p.codeShape(p.next)
}

// missingClose reports a block without its closing brace. It is not reported
// again for blocks that end at the same place.
func (p *parser) missingClose(it *item) {
	p.ruined = true
	at := p.span(p.prevEnd(), p.prevEnd())
	if n := len(p.diags); n > 0 && p.diags[n-1].Span.End == at.End {
		switch p.diags[n-1].ID {
		case CodeMissingBrace, CodeIllegalChar: // which stands for a brace
			return
		}
	}
	d := p.error(CodeMissingBrace, at, "missing `}` at the end of %s", it.label())
	opener := p.toks[it.first+len(it.toks)-1]
	if it.opened > 0 {
		opener = p.toks[it.opened]
	}
	d.Related = []Related{{Span: p.spanOf(opener), Label: "opened here"}}
	p.insert(d, "close the block", p.comments.lineTail(p.prevEnd()), "\n"+indentOf(it)+"}")
}

// missingOpen deals with a first line that no brace follows. It reports whether
// the lines after it are its block all the same.
func (p *parser) missingOpen(it *item, mode blockMode) bool {
	own := p.ownsNext(it, mode)
	if mode == blockOptional && !own {
		return false
	}
	p.ruined = p.ruined || own
	if p.faults > it.mark {
		return own // what is wrong with the line was said already
	}
	d := p.error(CodeMissingBrace, p.span(p.prevEnd(), p.prevEnd()), "missing `{` after %s", it.label())
	switch {
	case own:
		p.insert(d, "open the block", p.prevEnd(), " {")
	case p.peek().kind == tokEOF || !p.looksLikeMember():
		p.insert(d, "add an empty block", p.prevEnd(), " {}")
	}
	return own
}

// ownsNext guesses by the indentation whether the next line belongs to a block
// that was never opened.
func (p *parser) ownsNext(it *item, mode blockMode) bool {
	t, first := p.peek(), it.toks[0].pos
	switch {
	case t.kind == tokEOF || p.declShape(p.next) || p.codeShape(p.next) || p.memberShape(p.next):
		return false
	case t.is("}"):
		return mode == blockNeeded && (p.depth == 0 || t.pos.Line > first.Line && t.pos.Col == first.Col)
	case it.kind == rowHandler:
		clause := t.is("errors") || t.is("in") || t.is("out")
		return t.pos.Line > first.Line && clause
	case mode == blockOptional && !p.looksLikeMember():
		return false
	}
	return t.pos.Line > first.Line && t.pos.Col > first.Col
}

// braceOnNextLine takes an opening brace that stands alone.
func (p *parser) braceOnNextLine(it *item) {
	p.ruined = true
	brace := p.peek()
	d := p.error(CodeBracePlacement, p.spanOf(brace), "`{` belongs at the end of the line before")
	switch gap := p.span(p.prevEnd(), brace.pos); {
	case !p.comments.within(gap.Start, gap.End):
		p.edit(d, "move the brace up", gap, " ")
	case p.comments.trailing(brace.end()) == "": // which would speak of the first member
		d.Fixes = []Fix{{Message: "move the brace up", Edits: []Edit{
			{Span: p.span(p.prevEnd(), p.prevEnd()), New: " {"},
			{Span: p.spanOf(brace)},
		}}}
	}
	p.endItem(it)
	it.opened = p.next
	p.next++
}

// unexpectedBlock skips a block after a line that has none.
func (p *parser) unexpectedBlock(it *item) {
	p.ruined = true
	if p.faults == it.mark {
		p.error(CodeUnexpectedToken, p.spanOf(p.peek()), "%s has no block", it.label())
	}
	p.skipBlock()
	if t := p.peek(); t.kind != tokEOF && t.pos.Line == p.prevEnd().Line {
		p.next = p.lineEnd(p.next) // the rest of a line that is wrong already
	}
}

// lineMustEnd reports what follows a complete declaration on the same line.
func (p *parser) lineMustEnd() {
	t := p.peek()
	if t.kind == tokEOF || p.next == 0 || t.pos.Line > p.prevEnd().Line || t.is("}") {
		return
	}
	p.ruined = true
	if t.is(";") || t.is(",") {
		p.strayMark(t, p.at(1))
		p.next++
		return
	}
	at := p.span(p.prevEnd(), p.prevEnd())
	d := p.error(CodeMissingNewline, at, "missing line end before %s", quote(t.text))
	if p.annosEndLine(t) {
		d.Help = annosWhere
		return
	}
	p.insert(d, "begin a new line", p.prevEnd(), "\n")
}

// collapse makes one verbatim row of all rows from first on, which begin with
// the token from: their blocks are not sound, so the formatter keeps off.
func (p *parser) collapse(first, from int) {
	p.rows = append(p.rows[:first], row{kind: rowVerbatim, from: from, to: p.next, bad: true})
}

// indentOf is the white space before an item.
func indentOf(it *item) string {
	return spaces(it.toks[0].pos.Col - 1)
}
