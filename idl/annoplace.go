package idl

// dropAnnos reports annotations that do not stand before what has some.
func (p *parser) dropAnnos(help, format string, args ...any) {
	if len(p.annos) > 0 {
		a := p.annos[0]
		d := p.error(CodeDanglingAnno, a.Span, "%s "+format, append([]any{quote("@" + a.Name.Name)}, args...)...)
		d.Help = help
		p.ruined = true
	}
	p.annos, p.badAnno = nil, false
}

// annosWhere is for annotations at the end of a line, after a mark or brace that
// ends what stands there: whose they are only their author knows.
const annosWhere = "annotations come after a field or value, and above anything else"

// annosEndLine reports whether nothing but annotations stands on a line from a
// token on.
func (p *parser) annosEndLine(from token) bool {
	if !from.is("@") {
		return false
	}
	i := p.pastAnnos(p.indexAt(from.pos.Offset))
	for p.toks[i].is(";") || p.toks[i].is(",") {
		i++
	}
	t := p.toks[i]
	return t.kind == tokEOF || t.is("}") || t.pos.Line > from.pos.Line
}

// annosOfLine reports whether an annotation stands at the end of a line that
// something else begins.
func (p *parser) annosOfLine(a *Anno) bool {
	i := p.indexAt(a.Span.Start.Offset)
	before := p.toks[max(i-1, 0)]
	return before.pos.Line == a.Span.Start.Line && !before.is("{") && p.annosEndLine(p.toks[i])
}

// looseAnnos reports annotations that nothing follows.
func (p *parser) looseAnnos() { p.dropAnnos("", "belongs to nothing") }

// annosNowhere reports annotations before something that has none.
func (p *parser) annosNowhere(before token) {
	p.dropAnnos("", "is not allowed before %s", quote(before.text))
}

// annosInBlock reports annotations in the block of a handler.
func (p *parser) annosInBlock(in *item) {
	p.dropAnnos("annotations of "+in.label()+" belong above it", "is not allowed in a block")
}

// annosBefore reports annotations above a field or an enum value.
func (p *parser) annosBefore(it *item) {
	if len(it.meta.Annos) == 0 {
		return
	}
	p.ruined = true
	a := it.meta.Annos[0]
	d := p.error(CodeAnnoPlacement, a.Span, "%s belongs after the member, on the same line", quote("@"+a.Name.Name))
	if p.annosOfLine(a) {
		d.Help = annosWhere
		return
	}
	text := ""
	edits := make([]Edit, 0, len(it.meta.Annos)+1)
	for _, a := range it.meta.Annos {
		text += " " + string(p.file.Source[a.Span.Start.Offset:a.Span.End.Offset])
		edits = append(edits, Edit{Span: a.Span})
	}
	if start := it.toks[0].pos; !p.comments.within(a.Span.Start, start) {
		edits = []Edit{{Span: p.span(a.Span.Start, start)}} // no empty line parts the member from its comment
	}
	last := len(it.toks) - 1
	for last > 0 && (it.toks[last].is(";") || it.toks[last].is(",")) {
		last-- // after such a mark it would belong to the next member
	}
	end := it.toks[last].end()
	edits = append(edits, Edit{Span: p.span(end, end), New: text})
	d.Fixes = []Fix{{Message: "move it after the member", Edits: edits}}
}

// annosBehind reports annotations after a line that has them above. They are
// taken all the same.
func (p *parser) annosBehind(it *item, at int) {
	first := it.toks[at]
	span := p.span(first.pos, it.toks[len(it.toks)-1].end())
	d := p.error(CodeAnnoPlacement, span, "annotations of %s belong above it", it.label())
	text := string(p.file.Source[span.Start.Offset:span.End.Offset])
	start := it.toks[0].pos
	d.Fixes = []Fix{{Message: "move it up", Edits: []Edit{
		{Span: p.span(start, start), New: text + "\n" + indentOf(it)},
		{Span: p.span(it.toks[at-1].end(), span.End)},
	}}}
	for toks := it.toks[at:]; len(toks) > 0; {
		n := annoLen(toks)
		a := p.oneAnno(toks[:n:n])
		if a == nil {
			it.meta.Broken = true
			return
		}
		it.meta.Annos = append(it.meta.Annos, a)
		if toks = toks[n:]; len(toks) > 0 && !toks[0].is("@") {
			p.afterAnno(toks)
			return
		}
	}
}

// afterAnno reports something after an annotation that is no annotation.
func (p *parser) afterAnno(toks []token) {
	if p.illegal(toks) {
		return
	}
	if t := toks[0]; t.is(";") || t.is(",") {
		next := t
		if len(toks) > 1 {
			next = toks[1]
		}
		p.strayMark(t, next)
		return
	}
	p.error(CodeUnexpectedToken, p.spanOf(toks[0]), "unexpected %s after an annotation", quote(toks[0].text))
}
