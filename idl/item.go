package idl

// item is one line that is being read, with what came before it.
type item struct {
	meta   Meta
	kind   rowKind
	first  int // index of its first token
	toks   []token
	mark   int  // how many diagnostics there were before it
	opens  bool // a brace ends it
	opened int  // index of its brace when that is on a later line
	done   bool
}

// item takes the rest of the line.
func (p *parser) item(kind rowKind) *item {
	end := max(p.next+1, p.lineEnd(p.next))
	mark := p.faults
	if kind != rowOpenGroup {
		end = p.joinLines(p.next, end)
	}
	it := p.itemOf(kind, end-p.next)
	it.mark = mark
	return it
}

// itemOf takes n tokens. Annotations read before belong to the item.
func (p *parser) itemOf(kind rowKind, n int) *item {
	it := &item{kind: kind, first: p.next, mark: p.faults}
	it.toks = p.toks[p.next : p.next+n : p.next+n]
	p.next += n
	start := it.toks[0].pos
	if len(p.annos) > 0 || p.badAnno {
		start = p.annoAt
	}
	it.meta.Annos, it.meta.Broken = p.annos, p.badAnno
	p.annos, p.badAnno = nil, false
	it.meta.Doc = p.comments.above(start.Line)
	if it.meta.Doc == nil {
		it.meta.Doc = p.comments.above(it.toks[0].pos.Line)
	}
	it.meta.Span = p.span(start, p.prevEnd())
	return it
}

// endItem records the line for the formatter, and what stands after it.
func (p *parser) endItem(it *item) {
	if it.done {
		return
	}
	it.done = true
	it.meta.Span.End = p.prevEnd()
	it.meta.Comment = p.comments.trailing(p.prevEnd())
	p.rows = append(p.rows, row{kind: it.kind, from: it.first, to: p.next, opens: it.opens, bad: p.faults > it.mark})
}

// blockMode says whether a block must follow.
type blockMode uint8

const (
	blockOptional blockMode = iota
	blockNeeded
)

// block ends an item's first line and reads the block after it, if there is one.
func (p *parser) block(it *item, mode blockMode, member func()) {
	if !p.openBlock(it, mode) {
		p.endItem(it)
		p.lineMustEnd()
		return
	}
	p.endItem(it)
	p.depth++
	early := p.closesEarly(it)
	for !early && p.peek().kind != tokEOF && !p.peek().is("}") {
		member()
		early = p.closesEarly(it)
	}
	p.depth--
	p.looseAnnos()
	p.closeBlock(it, early)
}

// openBlock takes the opening brace.
func (p *parser) openBlock(it *item, mode blockMode) bool {
	t := p.peek()
	if t.is("{") {
		if t.pos.Line == it.toks[0].pos.Line {
			p.next++
			it.opens = true
			return true
		}
		p.braceOnNextLine(it)
		return true
	}
	return p.missingOpen(it, mode)
}

// closeBlock takes the closing brace, or reports that it is missing.
func (p *parser) closeBlock(it *item, early bool) {
	if p.peek().is("}") && !early {
		brace := p.itemOf(rowClose, 1)
		p.endItem(brace)
		p.lineMustEnd()
	} else {
		p.missingClose(it)
	}
	it.meta.Span.End = p.prevEnd()
}

// label names the item in a message.
func (it *item) label() string {
	t := it.toks[0]
	if it.kind == rowField || it.kind == rowValue {
		return quote(t.text)
	}
	if len(it.toks) > 1 && it.toks[1].kind == tokIdent {
		return t.text + " " + quote(it.toks[1].text)
	}
	return quote(t.text)
}

// holdsFields reports whether the members of the item's block are fields.
func (it *item) holdsFields() bool {
	t := it.toks[0]
	return t.is("message") || t.is("union") || t.is("error")
}
