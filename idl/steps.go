package idl

import "sort"

// The steps from which the shapes of lines are made.

// word skips the keyword or mark that the driver chose the shape by.
func word(w *walk) bool {
	w.i++
	return true
}

func name(w *walk) bool {
	if w.more() && w.cur().kind == tokIdent {
		w.i++
		return true
	}
	if w.want.name == "anno" && w.cur().kind == tokNumber {
		d := w.p.error(CodeExpectedName, w.p.spanOf(w.cur()), "types have no ids")
		d.Help = "leave it out: a type is known by its package and its name"
		return false
	}
	return w.fail(CodeExpectedName, "a name")
}

// dottedName walks over a name that may have dots.
func dottedName(w *walk) bool {
	for {
		if !name(w) {
			return false
		}
		if !w.take(".") {
			return true
		}
	}
}

func maybeName(w *walk) bool {
	if w.more() && w.cur().kind == tokIdent {
		w.i++
	}
	return true
}

func nameOrText(w *walk) bool {
	if w.more() && (w.cur().kind == tokIdent || w.cur().kind == tokString) {
		w.i++
		return true
	}
	return w.fail(CodeExpectedName, "a name or a quoted text")
}

// typ walks over a type and reports where it breaks off.
func typ(w *walk) bool {
	t := w.cur()
	switch {
	case t.is("="):
		return w.missing(CodeMissingType, "missing type after %s", quote(w.last().text))
	case t.is("["):
		w.i++
		if w.cur().kind == tokNumber {
			d := w.p.error(CodeExpectedType, w.p.spanOf(w.cur()), "a list has no fixed length")
			d.Help = fixedLength(w.toks[w.i:])
			return false
		}
		return w.bracket() && typ(w)
	case t.is("map") && w.i+1 < len(w.toks) && w.toks[w.i+1].is("["):
		w.i += 2
		return typ(w) && w.bracket() && typ(w)
	case t.kind != tokIdent:
		return w.fail(CodeExpectedType, "a type")
	}
	return w.ref() && (w.take("?") || true)
}

// fixedLength says what to write instead of a list of fixed length, whose number toks
// begin with.
func fixedLength(toks []token) string {
	n := toks[0].text
	elem := toks[min(2, len(toks)):]
	elem = elem[:typeLen(elem)]
	switch {
	case len(elem) == 0:
		return "write `[]T`, and `@limit(" + n + ")` after the field"
	case len(elem) == 1 && (elem[0].is("byte") || elem[0].is("uint8")) && n == "16":
		return "16 bytes are a `uuid`, or `bytes` with `@limit(16)` after the field"
	case len(elem) == 1 && (elem[0].is("byte") || elem[0].is("uint8")):
		return "write `bytes`, and `@limit(" + n + ")` after the field"
	}
	return "write `[]" + joinType(elem) + "`, and `@limit(" + n + ")` after the field"
}

// bracket takes the bracket that closes a list's or a map's.
func (w *walk) bracket() bool {
	if w.take("]") {
		return true
	}
	return w.missing(CodeMissingBracket, "missing `]` after %s", quote(w.last().text))
}

// ref walks over a name, qualified or not.
func (w *walk) ref() bool {
	if !name(w) {
		return false
	}
	return !w.take(".") || name(w)
}

func maybeType(w *walk) bool {
	if !w.more() || w.cur().is("=") || w.cur().kind == tokNumber {
		return true
	}
	return typ(w)
}

func base(w *walk) bool {
	if w.more() {
		return name(w)
	}
	d := w.p.error(CodeMissingBase, w.here(), "missing integer type after %s", quote(w.last().text))
	d.Help = "an enum names the integer that carries it, `uint8` for most"
	if base := w.p.baseOf(w.last()); base != "" && !w.p.annotationFollows(w.last()) {
		w.p.insert(d, "write "+quote("enum "+w.last().text+" "+base), w.here().Start, " "+base)
	}
	return false
}

// annotationFollows reports whether an annotation stands after a token, on its line: the
// type may be after that.
func (p *parser) annotationFollows(t token) bool {
	i := sort.Search(len(p.toks), func(i int) bool { return p.toks[i].pos.Offset > t.pos.Offset })
	return i < len(p.toks) && p.toks[i].is("@") && p.toks[i].pos.Line == t.pos.Line
}

// equals takes the equals sign. When the rest of the line is missing too, it is
// the value that people miss.
func equals(id, what string) step {
	return func(w *walk) bool {
		switch {
		case w.take("="):
			return true
		case !w.more():
			return w.missing(id, "missing %s of %s", what, quote(w.subject()))
		case w.cur().kind == tokNumber || w.cur().kind == tokString:
			at := w.here()
			d := w.p.error(CodeMissingEquals, at, "missing `=` after %s", quote(w.last().text))
			w.p.insert(d, "add it", at.Start, " =")
			return false
		}
		return w.fail(CodeUnexpectedToken, "`=`")
	}
}

// subject is the name that the line is about.
func (w *walk) subject() string {
	if w.want.name == "field" || w.want.name == "value" {
		return w.toks[0].text
	}
	return w.toks[1].text
}

func number(id string) step {
	return func(w *walk) bool {
		switch {
		case !w.more():
			return w.missing(id, "missing number after %s", quote(w.last().text))
		case w.cur().kind == tokNumber:
			w.i++
			return w.shift()
		}
		return w.fail(CodeExpectedNumber, "a number")
	}
}

// shift walks over what shifts the number before it, if anything does.
func (w *walk) shift() bool {
	if w.last().kind != tokNumber || !w.take("<<") {
		return true
	}
	if w.more() && w.cur().kind == tokNumber {
		w.i++
		return true
	}
	return w.fail(CodeExpectedNumber, "a number")
}

func key(w *walk) bool {
	if w.cur().kind == tokString {
		w.i++
		return true
	}
	return number(CodeMissingNumber)(w)
}

func text(id, what string) step {
	return func(w *walk) bool {
		if w.more() && w.cur().kind == tokString {
			w.i++
			return true
		}
		if w.more() {
			id = CodeExpectedString
		}
		return w.fail(id, what)
	}
}

func value(w *walk) bool {
	switch w.cur().kind {
	case tokString, tokNumber, tokIdent:
		w.i++
		return w.shift()
	}
	return w.fail(CodeMissingValue, "a value")
}

// params walks over the parentheses of a handler.
func params(w *walk) bool {
	if !w.take("(") {
		return w.missing(CodeMissingParen, "missing `(` after %s", quote(w.last().text))
	}
	if w.take(")") {
		return true
	}
	if w.more() && !w.cur().is("=") && !typ(w) {
		return false
	}
	if w.take(")") {
		return true
	}
	if t := w.cur(); t.is(",") || t.is(":") || t.kind == tokIdent {
		d := w.p.error(CodeParams, w.p.spanOf(t), "a handler takes one request, without a name")
		d.Help = "put what it needs into one message"
		return false
	}
	at := w.here()
	d := w.p.error(CodeMissingParen, at, "missing `)` after %s", quote(w.last().text))
	w.p.insert(d, "add it", at.Start, ")")
	return false
}

func capacity(w *walk) bool {
	if !w.take("(") {
		return true
	}
	return number(CodeExpectedNumber)(w) && w.paren()
}

// paren takes a closing parenthesis.
func (w *walk) paren() bool {
	if w.take(")") {
		return true
	}
	return w.missing(CodeMissingParen, "missing `)` after %s", quote(w.last().text))
}

func refs(w *walk) bool {
	for {
		if !w.ref() {
			return false
		}
		if !w.take(",") {
			return w.comma()
		}
	}
}

// comma reports two items of a list with nothing in between.
func (w *walk) comma() bool {
	if !w.more() || w.cur().kind == tokPunct {
		return true
	}
	at := w.here()
	d := w.p.error(CodeMissingComma, at, "missing `,` after %s", quote(w.last().text))
	w.p.insert(d, "add it", at.Start, ",")
	return false
}

func ranges(w *walk) bool {
	for {
		switch w.cur().kind {
		case tokString, tokNumber:
			w.i++
		default:
			return w.fail(CodeExpectedNumber, "a number or a quoted key")
		}
		if w.take("..") && !number(CodeExpectedNumber)(w) {
			return false
		}
		if !w.take(",") {
			return w.comma()
		}
	}
}

func args(w *walk) bool {
	if w.more() && isLiteral(w.cur()) {
		d := w.p.error(CodeMissingParen, w.p.spanOf(w.cur()), "the argument of an annotation must be in parentheses")
		closing := ")"
		if w.i+1 < len(w.toks) {
			closing = "" // it is there
		}
		w.p.fix(d, "add them", w.cur(), "("+w.cur().text+closing)
		return false
	}
	if !w.take("(") || w.take(")") {
		return true
	}
	for {
		if w.i+1 < len(w.toks) && w.cur().kind == tokIdent && w.toks[w.i+1].is(":") {
			w.i += 2
		}
		if !value(w) || w.last().kind == tokIdent && w.take(".") && !name(w) {
			return false
		}
		if !w.take(",") {
			named := w.last().kind == tokIdent && isLiteral(w.cur()) // `name "X"`, which lacks a colon
			return (!w.more() || w.cur().is(")") || named || w.comma()) && w.paren()
		}
	}
}

func annoName(w *walk) bool { return w.ref() }

// noteParams walks over the parameters of an annotation's declaration, if it has some.
func noteParams(w *walk) bool {
	if !w.take("(") || w.take(")") {
		return true
	}
	for {
		if !name(w) || !typ(w) {
			return false
		}
		if !w.take(",") {
			return (!w.more() || w.cur().is(")") || w.comma()) && w.paren()
		}
	}
}

// onPlaces walks over what an annotation may stand at.
func onPlaces(w *walk) bool {
	if !w.more() || !w.cur().is("on") {
		return w.missing(CodeExpectedName, "missing what it is allowed at after %s", quote(w.last().text))
	}
	w.i++
	for {
		if !name(w) {
			return false
		}
		if !w.take(",") {
			return w.comma()
		}
	}
}
