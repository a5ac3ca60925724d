package idl

// cells are the columns of a line. Those of a field or an enum value stand
// below each other; a keyword with its list only lines up with the names.
type cells struct {
	name, typ, key, annos string
	rest                  string // of a keyword, after its own column
	list                  bool   // rest is set
	columns               bool   // typ and key are columns
}

// cellsOf cuts a row into its columns.
func (p *parser) cellsOf(r row) cells {
	toks := p.toks[r.from:r.to]
	switch r.kind {
	case rowField, rowValue:
		eq, at := index(toks, "="), index(toks, "@")
		c := cells{name: toks[0].text, typ: join(toks[1:eq]), key: join(toks[eq:at]), columns: true}
		c.annos = join(toks[at:])
		return c
	case rowReserved:
		return cells{name: toks[0].text, rest: join(toks[1:]), list: true}
	case rowClause:
		head := 1
		if toks[1].is("(") {
			head = index(toks, ")") + 1
		}
		return cells{name: join(toks[:head]), rest: join(toks[head:]), list: true}
	}
	return cells{name: join(toks)}
}

// index is the place of a mark in toks, or their number.
func index(toks []token, mark string) int {
	for i, t := range toks {
		if t.is(mark) {
			return i
		}
	}
	return len(toks)
}

// widths are the widths of the columns of a section.
type widths struct{ name, typ, key int }

// align returns the texts of a section, a line each, comments included.
func align(section []cells, comments []string) []string {
	w := measure(section)
	out := make([]string, len(section))
	for i := 0; i < len(section); {
		end := i + 1
		for end < len(section) && (comments[end] != "") == (comments[i] != "") {
			end++
		}
		run := section[i:end]
		if comments[i] == "" {
			for j, c := range run {
				out[i+j] = w.text(c, 0)
			}
		} else {
			w.withComments(run, comments[i:end], out[i:end])
		}
		i = end
	}
	return out
}

// measure finds the widths of a section's columns.
func measure(section []cells) widths {
	var w widths
	for _, c := range section {
		if c.columns || c.list {
			w.name = max(w.name, width(c.name))
		}
		w.typ = max(w.typ, width(c.typ))
		w.key = max(w.key, width(c.key))
	}
	return w
}

// text lays out one line. A field's annotations are padded to the width annos.
func (w widths) text(c cells, annos int) string {
	switch {
	case c.list:
		return pad(c.name, w.name) + " " + c.rest
	case !c.columns:
		return c.name
	}
	s := pad(c.name, w.name)
	if w.typ > 0 {
		s += " " + pad(c.typ, w.typ)
	}
	s += " " + c.key
	if c.annos != "" || annos > 0 {
		s += spaces(w.key-width(c.key)) + " " + pad(c.annos, annos)
	}
	return s
}

// withComments lays out neighbouring lines that all have a comment. As with
// gofmt, the comments stand after the annotations only when one of these very
// lines has some.
func (w widths) withComments(run []cells, comments, out []string) {
	annos, column, lists := 0, 0, 0
	for _, c := range run {
		annos = max(annos, width(c.annos))
	}
	for i, c := range run {
		out[i] = w.text(c, annos)
		if c.list {
			lists = max(lists, width(out[i]))
		} else {
			column = max(column, width(out[i]))
		}
	}
	if w.key > 0 {
		column = w.name + 1 + w.key
		if w.typ > 0 {
			column += 1 + w.typ
		}
		if annos > 0 {
			column += 1 + annos
		}
	} else {
		column = max(column, lists)
	}
	for i := range run {
		out[i] = pad(out[i], column) + " " + comments[i]
	}
}
