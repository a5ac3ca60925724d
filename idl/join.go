package idl

// maxJoined bounds how many tokens a split line may go on for.
const maxJoined = 256

// joinLines finds lines that were split although a line ends what stands on
// it: it reports that once and returns the index after the last part, so that
// the parts are read as the one line that was meant.
func (p *parser) joinLines(first, end int) int {
	if end == first {
		return end
	}
	var edits []Edit
	last := p.toks[end-1]
	for p.continues(first, end) {
		gap := p.span(p.toks[end-1].end(), p.toks[end].pos)
		edits = append(edits, Edit{Span: gap, New: gapText(p.toks[end-1], p.toks[end])})
		end = p.lineEnd(end)
	}
	if edits == nil {
		return end
	}
	p.ruined = true
	d := p.error(CodeSplitLine, p.spanOf(last), "the line ends after %s", quote(last.text))
	d.Help = "write it on one line"
	if !p.comments.within(edits[0].Span.Start, edits[len(edits)-1].Span.End) {
		d.Fixes = []Fix{{Message: "join the lines", Edits: edits}}
	}
	return end
}

// continues reports whether the line after the tokens from first to end
// belongs to them.
func (p *parser) continues(first, end int) bool {
	last, next := p.toks[end-1], p.toks[end]
	if next.kind == tokEOF || next.is("{") || next.is("}") || next.pos.Line == last.pos.Line || end-first > maxJoined {
		return false
	}
	switch {
	case openParens(p.toks[first:end]) > 0 && (last.is("(") || last.is(",") || next.is(")") || p.toks[first].pos.Line < last.pos.Line):
		return p.parenAhead(end)
	case last.is("=") && (next.kind == tokNumber || next.kind == tokString):
		return true
	case last.is(",") && p.toks[first].is("errors"):
		line := p.toks[end:p.lineEnd(end)]
		return next.kind == tokIdent && (len(line) == 1 || line[1].is(",") || line[1].is("."))
	case last.is(",") && p.toks[first].is("reserved"):
		return next.kind == tokNumber || next.kind == tokString
	}
	return false
}

// openParens counts the parentheses that toks leave open.
func openParens(toks []token) int {
	n := 0
	for _, t := range toks {
		if t.is("(") {
			n++
		} else if t.is(")") {
			n--
		}
	}
	return n
}

// parenAhead reports whether a parenthesis is closed before anything begins
// that cannot be part of the line.
func (p *parser) parenAhead(i int) bool {
	for n := 0; n < maxJoined; n++ {
		t := p.toks[i+n]
		switch {
		case t.is(")"):
			return true
		case t.kind == tokEOF, t.is("{"), t.is("}"), t.is("("), t.is("@"):
			return false
		case t.pos.Line > p.toks[i+n-1].pos.Line && (p.declShape(i+n) || p.memberShape(i+n)):
			return false
		}
	}
	return false
}

// gapText is what stands between two tokens once their lines are joined.
func gapText(before, after token) string {
	if before.is("(") || after.is(")") {
		return ""
	}
	return " "
}
