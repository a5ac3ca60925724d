package idl

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A habit looks for one thing that people write because another language has
// it. It reports what it finds and returns the tokens as if its fix had been
// made, so that the line still reaches the tree.
type habit func(p *parser, want shape, toks []token) []token

// habitTable lists the habits, those that clear the way for others first.
var habitTable = []habit{
	habitQuotes, habitMarks, habitPublic, habitHyphens, habitUnits, habitOptions, habitNumberFirst, habitSuffixList, habitNameMark, habitProtoTypes, habitGenerics,
	habitPointers, habitColon,
	habitModifier, habitTypeFirst, habitUntyped, habitReturns, habitRange,
}

// habits runs the table over a line.
func (p *parser) habits(want shape, toks []token) []token {
	if len(toks) > maxNesting*maxNesting {
		return toks // nothing that a person wrote by habit
	}
	for _, h := range habitTable {
		toks = h(p, want, toks)
	}
	return toks
}

// replace returns toks with those from i to j replaced; toks stays as it is. The
// new ones stand for the same text: whatever is found later, and edits them, edits
// all of it.
func replace(toks []token, i, j int, with ...token) []token {
	if n := len(with); n > 0 && j > i {
		with = slices.Clone(with)
		with[n-1].until = toks[j-1].end()
	}
	return slices.Concat(toks[:i], with, toks[j:])
}

// ghost is a token that a fix adds at a place.
func ghost(text string, at Pos) token { return token{kind: tokGhost, text: text, pos: at} }

// between is the span of toks, in whatever order a habit has put them.
func (p *parser) between(toks []token) Span {
	first, last := toks[0].pos, toks[0].end()
	for _, t := range toks[1:] {
		if t.pos.Offset < first.Offset {
			first = t.pos
		}
		if end := t.end(); end.Offset > last.Offset {
			last = end
		}
	}
	return p.span(first, last)
}

// edit adds a fix with one edit.
func (p *parser) edit(d *Diagnostic, message string, at Span, text string) {
	d.Fixes = append(d.Fixes, Fix{Message: message, Edits: []Edit{{Span: at, New: text}}})
}

// habitQuotes takes 'x' and `x` for "x", and drops the struct tags of Go.
func habitQuotes(p *parser, want shape, toks []token) []token {
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		switch {
		case t.kind != tokIllegal || !wrongQuotes(t.text):
		case want.name == "field" && i > 1 && t.text[0] == '`' && !toks[i-1].is("="):
			p.structTag(t)
			toks = replace(toks, i, i+1)
			i--
		default:
			p.illegalToken(t)
			text, _ := doubleQuoted(t.text)
			toks = replace(toks, i, i+1, token{kind: tokString, text: text, pos: t.pos})
		}
	}
	return toks
}

// structTag reports a struct tag of Go. One that says how msgpack names the field
// is no ornament: what it says belongs right of the `=`.
func (p *parser) structTag(t token) {
	d := p.error(CodeUnexpectedToken, p.spanOf(t), "a field cannot have a struct tag")
	for _, key := range []string{"msg", "msgpack", "codec"} {
		if name := reflect.StructTag(t.text[1 : len(t.text)-1]).Get(key); name != "" {
			name, _, _ = strings.Cut(name, ",")
			d.Help = "a field that other msgpack code calls so is written `= " + strconv.Quote(name) + "`, in place of a number"
			return
		}
	}
	d.Help = "the generated code needs none; the number comes after `=`"
	p.fix(d, "remove it", t, "")
}

// wrongQuotes reports whether a token is a string but for its quotes.
func wrongQuotes(text string) bool {
	last := len(text) - 1
	return last > 0 && text[0] != '"' && (text[0] == '\'' || text[0] == '`') && text[last] == text[0]
}

// habitMarks drops `;` and `,` at the end of a line.
func habitMarks(p *parser, _ shape, toks []token) []token {
	for len(toks) > 1 {
		t := toks[len(toks)-1]
		if !t.is(";") && !t.is(",") {
			break
		}
		p.strayMark(t, p.tokenAfter(t))
		toks = toks[:len(toks)-1]
	}
	for i := 1; i+1 < len(toks); i++ {
		if toks[i].is(",") && toks[i+1].is(")") && toks[i+1].pos.Line > toks[i].pos.Line {
			toks = replace(toks, i, i+1) // the split line was reported
		}
	}
	return toks
}

// tokenAfter is the token that follows t in the file.
func (p *parser) tokenAfter(t token) token {
	return p.toks[min(p.indexAt(t.pos.Offset+1), len(p.toks)-1)]
}

// indexAt is the index of the first token at or after an offset.
func (p *parser) indexAt(offset int) int {
	i, _ := slices.BinarySearchFunc(p.toks, offset, func(t token, off int) int { return t.pos.Offset - off })
	return i
}

// strayMark reports a semicolon or a comma that ends nothing.
func (p *parser) strayMark(t, next token) {
	id := CodeSemicolon
	if t.is(",") {
		id = CodeTrailingComma
	}
	d := p.error(id, p.spanOf(t), "unexpected %s", quote(t.text))
	d.Help = "the end of the line is enough"
	if next.kind == tokEOF || next.pos.Line > t.pos.Line || next.is("}") || next == t {
		p.fix(d, "remove it", t, "")
		return
	}
	p.ruined = true
	switch {
	case !p.annosEndLine(next):
		d.Help = "put the next member on a line of its own"
		p.fix(d, "begin a new line", t, "\n")
	case t.is(","):
		p.fix(d, "remove it", t, "") // on a line of their own they would be those of the next
	default:
		d.Help = annosWhere
	}
}

// habitPointers takes `*T` for `T?` where a field has it, and for `T` elsewhere.
func habitPointers(p *parser, want shape, toks []token) []token {
	for i := 0; i < len(toks); i++ {
		if !toks[i].is("*") {
			continue
		}
		n := typeLen(toks[i+1:])
		if n == 0 {
			return toks
		}
		target := toks[i+1 : i+1+n]
		d := p.error(CodePointer, p.spanOf(toks[i]), "there are no pointers")
		edits := []Edit{{Span: p.spanOf(toks[i])}}
		with := slices.Clone(target)
		if end := target[n-1].end(); want.name == "field" && i < 2 && want.mayMark(target) {
			d.Help = "a field that may be absent has a type that ends in `?`"
			edits = append(edits, Edit{Span: p.span(end, end), New: "?"})
			with = append(with, ghost("?", end))
		}
		d.Fixes = []Fix{{Message: "write " + quote(joinType(with)), Edits: edits}}
		toks = replace(toks, i, i+1+n, with...)
	}
	return toks
}

// habitColon drops a colon between a name and its type.
func habitColon(p *parser, want shape, toks []token) []token {
	at := map[string]int{"field": 1, "const": 2, "enum": 2}[want.name]
	if at == 0 || len(toks) <= at+1 || !toks[at].is(":") || toks[at-1].kind != tokIdent {
		return toks
	}
	d := p.error(CodeColon, p.spanOf(toks[at]), "unexpected `:` after %s", quote(toks[at-1].text))
	d.Help = "write the type directly after the name: `name string = 1`"
	gap := ""
	if toks[at+1].pos == toks[at].end() {
		gap = " " // else the name and the type would become one word
	}
	p.fix(d, "remove it", toks[at], gap)
	return replace(toks, at, at+1)
}

// habitRange takes `1-5`, `1 to 5`, `1:5` and `1...5` for `1..5`.
func habitRange(p *parser, want shape, toks []token) []token {
	if want.name != "reserved" {
		return toks
	}
	for i := 1; i < len(toks); i++ {
		from, mid := toks[i-1], toks[i]
		if from.kind != tokNumber {
			continue
		}
		var to token
		if i+1 < len(toks) {
			to = toks[i+1]
		}
		switch {
		case to.is("max") && (mid.is("to") || mid.is("..")):
			d := p.error(CodeRange, p.between(toks[i-1:i+2]), "a range has no `max`")
			d.Help = "write the greatest number that there is, as in `" + from.text + "..65535`"
			toks = replace(toks, i, i+2)
		case mid.kind == tokNumber && mid.text[0] == '-' && mid.pos == from.end():
			dash := token{kind: tokPunct, text: "-", pos: mid.pos}
			num := token{kind: tokNumber, text: mid.text[1:], pos: shift(mid.pos, 1)}
			toks = p.rangeHabit(replace(toks, i, i+1, dash, num), i)
		case to.kind == tokNumber && (mid.is("to") || mid.is("...") || mid.is(":") || mid.text == "-"):
			toks = p.rangeHabit(toks, i)
		}
	}
	return toks
}

// rangeHabit replaces the mark at i.
func (p *parser) rangeHabit(toks []token, i int) []token {
	d := p.error(CodeRange, p.between(toks[i-1:i+2]), "a range is written with two dots")
	text := toks[i-1].text + ".." + toks[i+1].text
	p.edit(d, "write "+quote(text), p.between(toks[i-1:i+2]), text)
	return replace(toks, i, i+1, ghost("..", toks[i].pos))
}
