package idl

import "github.com/alecthomas/participle/v2/lexer"

// fieldMember reads one line of a message, a union or an error.
func (p *parser) fieldMember(in *item, fields *[]*Field, reserved *[]*Reserved) {
	switch {
	case p.peek().is("@"):
		p.readAnnos()
	case p.notMember(in), p.capnpField(in):
	case p.isReserved():
		p.reserved(in, reserved)
	case in.toks[0].is("union"):
		p.variant(in, fields)
	default:
		p.field(in, fields)
	}
}

// field reads `name Type = 1`, and the annotations after it.
func (p *parser) field(in *item, fields *[]*Field) {
	it := p.item(rowField)
	member(p, in, it, parseField, shapeField, p.tailAnnos(it), func(l *fieldLine) *Meta {
		f := &Field{Name: p.ident(l.Name), Type: p.typ(l.Type), Key: p.key(l.Key)}
		*fields = append(*fields, f)
		return &f.Meta
	})
}

// variant reads `name Type = 1` or `name = 1`, and the annotations after it.
func (p *parser) variant(in *item, fields *[]*Field) {
	it := p.item(rowField)
	member(p, in, it, parseVariant, shapeVariant, p.tailAnnos(it), func(l *variantLine) *Meta {
		f := &Field{Name: p.ident(l.Name), Type: p.typ(l.Type), Key: p.key(l.Key)}
		*fields = append(*fields, f)
		return &f.Meta
	})
}

// key turns what stands right of the `=` of a field into a literal.
func (p *parser) key(t lexer.Token) *Lit {
	if t.Type == tokString {
		return p.lit(t)
	}
	return p.whole(t, "a field's number")
}

// enumMember reads one line of an enum.
func (p *parser) enumMember(in *item, d *Enum) {
	switch {
	case p.peek().is("@"):
		p.readAnnos()
	case p.notMember(in):
	case p.isReserved():
		p.reserved(in, &d.Reserved)
	default:
		p.enumValue(in, d)
	}
}

// enumValue reads `name = 1`.
func (p *parser) enumValue(in *item, d *Enum) {
	it := p.item(rowValue)
	member(p, in, it, parseValue, shapeValue, p.tailAnnos(it), func(l *valueLine) *Meta {
		sound := len(p.diags)
		v := &EnumValue{Name: p.ident(l.Name), Number: p.mustBeWhole(sound, p.value(l.Number), "an enum value")}
		d.Values = append(d.Values, v)
		return &v.Meta
	})
}

// isReserved tells a reserved line from a member that is called `reserved`.
func (p *parser) isReserved() bool {
	if !p.peek().is("reserved") {
		return false
	}
	next := p.at(1)
	return next.kind == tokString || next.kind == tokNumber || p.lineEnd(p.next) == p.next+1
}

// reserved reads `reserved 1, 4..7`.
func (p *parser) reserved(in *item, list *[]*Reserved) {
	it := p.item(rowReserved)
	member(p, in, it, parseReserved, shapeReserved, it.toks, func(l *reservedLine) *Meta {
		r := &Reserved{Items: p.reservedItems(l)}
		*list = append(*list, r)
		return &r.Meta
	})
}

// member parses a line of a block, which has no block itself. take puts what the
// line says into the tree, and returns where its meta goes.
func member[G any](p *parser, in, it *item, kind *lineKind[G], want shape, toks []token, take func(*G) *Meta) {
	meta := &Meta{}
	if l := line(p, kind, want, toks); l != nil {
		meta = take(l)
	} else {
		in.meta.Broken = true
	}
	p.endMember(it)
	*meta = it.meta
}

// endMember ends a line that has no block.
func (p *parser) endMember(it *item) {
	p.endItem(it)
	if p.peek().is("{") && p.peek().pos.Line == it.toks[0].pos.Line {
		p.unexpectedBlock(it)
	}
}

// readAnnos reads annotations that stand before something.
func (p *parser) readAnnos() {
	for p.peek().is("@") {
		if len(p.annos) == 0 && !p.badAnno {
			p.annoAt = p.peek().pos
		}
		mark, first := p.faults, p.next
		p.next += max(1, annoLen(p.toks[p.next:p.joinLines(p.next, p.lineEnd(p.next))]))
		if a := p.oneAnno(p.toks[first:p.next:p.next]); a != nil {
			p.annos = append(p.annos, a)
		} else {
			p.badAnno = true
		}
		p.rows = append(p.rows, row{kind: rowAnno, from: first, to: p.next, bad: p.faults > mark})
	}
}

// annoLen is the number of tokens of the annotation that toks begin with: up
// to its closing parenthesis, or to the end of the line when that is missing.
func annoLen(toks []token) int {
	if len(toks) > 3 && toks[2].is(".") && toks[3].kind == tokIdent { // of another package
		return 2 + annoLen(toks[2:])
	}
	if len(toks) < 2 || toks[1].kind != tokIdent {
		return len(toks)
	}
	switch {
	case len(toks) == 2:
		return 2
	case isLiteral(toks[2]): // its parentheses are missing
		n := 3
		if unitApart(toks[2:]) {
			n++
		}
		if len(toks) > n && toks[n].is(")") {
			n++
		}
		return n
	case !toks[2].is("("):
		return 2
	}
	for i := 3; i < len(toks); i++ {
		if toks[i].is(")") {
			return i + 1
		}
		if toks[i].is("@") {
			return i
		}
	}
	return len(toks)
}

// isLiteral reports whether a token is a value that nothing else begins with.
func isLiteral(t token) bool { return t.kind == tokNumber || t.kind == tokString }

// oneAnno parses the tokens of one annotation.
func (p *parser) oneAnno(toks []token) *Anno {
	l := line(p, parseAnno, shapeAnno, toks)
	if l == nil {
		return nil
	}
	return p.anno(l, p.span(toks[0].pos, toks[len(toks)-1].end()))
}

// tailAnnos parts the annotations from the end of a member's line.
func (p *parser) tailAnnos(it *item) []token {
	p.annosBefore(it)
	rest := it.toks
	for i, t := range it.toks {
		if t.is("@") {
			rest = it.toks[:i:i]
			break
		}
	}
	for at := len(rest); at < len(it.toks); {
		toks := it.toks[at:]
		if !toks[0].is("@") {
			p.afterAnno(toks)
			break
		}
		n := annoLen(toks)
		if a := p.oneAnno(toks[:n:n]); a != nil {
			it.meta.Annos = append(it.meta.Annos, a)
		} else {
			it.meta.Broken = true
		}
		at += n
	}
	return rest
}

// headAnnos parts annotations from the end of a first line, where they do not
// belong: what has a block has its annotations above.
func (p *parser) headAnnos(it *item) []token {
	for i, t := range it.toks {
		if t.is("@") {
			p.annosBehind(it, i)
			return it.toks[:i:i]
		}
	}
	return it.toks
}
