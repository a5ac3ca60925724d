package idl

// printed is one line of the canonical form before its columns are aligned.
type printed struct {
	row         row
	comment     string // after the line, or all of it when alone is set
	alone       bool   // the line is a comment
	blank       bool   // an empty line goes before it
	empty       bool   // `{}`: the block closes on the line that opens it
	depth       int
	first, last Pos // where it begins and ends in the source
}

func (l *printed) opens() bool {
	return !l.alone && !l.empty && (l.row.opens || l.row.kind == rowOpenGroup)
}

func (l *printed) closes() bool { return !l.alone && l.row.kind == rowClose }

// layout makes the lines of a file: its rows, with the comments among them.
func (p *parser) layout() []printed {
	lines := joinEmpty(p.merge(p.verbatimRows()))
	depth := 0
	for i := range lines {
		l := &lines[i]
		if l.closes() {
			depth--
		}
		l.depth = depth
		if l.opens() {
			depth++
		}
		l.blank = i > 0 && p.blankBetween(&lines[i-1], l)
	}
	return lines
}

// merge puts the comments among the rows.
func (p *parser) merge(rows []row) []printed {
	lines := make([]printed, 0, len(rows)+len(p.comments.all))
	comments := p.comments.all
	for _, r := range rows {
		from, to := p.extent(r)
		for len(comments) > 0 && comments[0].pos.Offset < from.Offset {
			lines = addComment(lines, comments[0])
			comments = comments[1:]
		}
		for len(comments) > 0 && comments[0].pos.Offset < to.Offset {
			comments = comments[1:] // part of a verbatim text
		}
		lines = append(lines, printed{row: r, first: from, last: to})
	}
	for _, c := range comments {
		lines = addComment(lines, c)
	}
	return lines
}

// extent is where a row begins and ends. A verbatim one takes the white space
// before it and the comments after it along.
func (p *parser) extent(r row) (from, to Pos) {
	from, to = p.toks[r.from].pos, p.toks[r.to-1].end()
	if r.kind != rowVerbatim {
		return from, to
	}
	return p.lineHead(from), p.comments.lineTail(to)
}

// lineHead moves a position back over white space, if only that stands before
// it on its line.
func (p *parser) lineHead(pos Pos) Pos {
	n := 0
	for n < pos.Offset && (p.file.Source[pos.Offset-n-1] == ' ' || p.file.Source[pos.Offset-n-1] == '\t') {
		n++
	}
	if n == pos.Offset || p.file.Source[pos.Offset-n-1] == '\n' {
		return shift(pos, -n)
	}
	return pos
}

// addComment adds a comment: after the line before, when it stands there in
// the source, or else as a line of its own.
func addComment(lines []printed, c token) []printed {
	if n := len(lines); n > 0 {
		l := &lines[n-1]
		if l.last.Line == c.pos.Line && !l.alone && l.comment == "" && l.row.kind != rowVerbatim {
			l.comment, l.last = c.text, c.end()
			return lines
		}
	}
	return append(lines, printed{comment: c.text, alone: true, first: c.pos, last: c.end()})
}

// joinEmpty writes blocks without anything in them on one line.
func joinEmpty(lines []printed) []printed {
	out := lines[:0]
	for _, l := range lines {
		if n := len(out); n > 0 && l.closes() && out[n-1].opens() && out[n-1].comment == "" && out[n-1].row.kind != rowVerbatim {
			out[n-1].empty, out[n-1].comment, out[n-1].last = true, l.comment, l.last
			continue
		}
		out = append(out, l)
	}
	return out
}

// blankBetween decides about an empty line between two lines: it is kept where
// there was one, but never just inside of braces, and always stands after the
// package clause and after the imports.
func (p *parser) blankBetween(a, b *printed) bool {
	if a.opens() || b.closes() {
		return false
	}
	if b.first.Line > a.last.Line+1 {
		return true
	}
	return p.begins(a, "package") || p.isImport(a) && !p.isImport(b)
}

// begins reports whether a sound line of the top level begins with a keyword.
func (p *parser) begins(l *printed, keyword string) bool {
	return !l.alone && l.depth == 0 && l.row.kind == rowSingle && p.toks[l.row.from].is(keyword)
}

// isImport reports whether a line is an import, or the end of a group of them.
func (p *parser) isImport(l *printed) bool {
	if l.alone || l.depth > 0 {
		return false
	}
	return p.begins(l, "import") || l.row.kind == rowOpenGroup || l.closes() && p.toks[l.row.from].is(")")
}
