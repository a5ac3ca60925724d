package idl

import (
	"slices"
	"strings"
)

// The habit of marking a name as optional, and not its type.

// nameMark is the number of tokens of the `?` or `?:` that toks begin with.
func nameMark(toks []token) int {
	switch {
	case len(toks) == 0 || !toks[0].is("?"):
		return 0
	case len(toks) > 1 && toks[1].is(":"):
		return 2
	}
	return 1
}

// habitNameMark takes `name? T` and `name?: T` for `name T?`, and drops the mark
// where nothing is ever optional. It comes before the habits that rewrite types:
// they have to see the mark where it belongs.
func habitNameMark(p *parser, want shape, toks []token) []token {
	at := p.markedName(want, toks)
	if at < 0 {
		return toks
	}
	from := at + 1 + nameMark(toks[at+1:])
	name, marks, rest := toks[at], toks[at+1:from], toks[from:]
	typ := markableType(rest)
	d := p.error(CodeNameMark, p.between(marks), "the question mark belongs to the type")
	drop := Edit{Span: p.between(marks)}
	if rest[0].pos == marks[len(marks)-1].end() {
		drop.New = " "
	}
	edits, text := []Edit{drop}, name.text+" "+joinType(typ)
	switch {
	case want.never != "":
		d.Message = want.never
	case typ == nil:
		d.Help = "a field that may be absent is written `name T?`"
		return slices.Concat(toks[:at+1], rest)
	case isCollection(typ):
		d.Message = "a list or a map is never optional: it may be empty"
	case !typ[len(typ)-1].is("?") && !isOptionGeneric(typ):
		end := typ[len(typ)-1].end()
		text += "?"
		edits = append(edits, Edit{Span: p.span(end, end), New: "?"})
		rest = slices.Concat(typ, []token{ghost("?", end)}, rest[len(typ):])
	}
	d.Fixes = []Fix{{Message: "write " + quote(strings.TrimSpace(text)), Edits: edits}}
	return slices.Concat(toks[:at+1], rest)
}

// markedName is the index of the name that has a mark, or -1.
func (p *parser) markedName(want shape, toks []token) int {
	at := 0
	switch {
	case want.name == "const":
		at = 1
	case want.name != "field" && want.name != "value" || len(toks) < 2:
		return -1
	case want.name == "field" && isModifier(toks[0]) && toks[1].kind == tokIdent:
		at = 1
	}
	if len(toks) < at+2 || toks[at].kind != tokIdent {
		return -1
	}
	n := nameMark(toks[at+1:])
	rest := toks[at+1+n:]
	switch {
	case n == 0 || len(rest) == 0:
		return -1
	case want.name == "value" && rest[0].is("="):
		return at
	case want.name == "value" || rest[0].kind != tokIdent && !rest[0].is("[") && !rest[0].is("*"):
		return -1
	case n == 1 && len(rest) > 1 && rest[0].kind == tokIdent && rest[1].is("=") && p.optionalFirst(toks[at], rest[0]):
		return -1
	}
	return at
}

// optionalFirst reports whether `first? second` is a type before a name. Where the
// file declares neither, the type may be misspelt: their first letters tell then.
func (p *parser) optionalFirst(first, second token) bool {
	if p.isType(first.text) || p.isType(second.text) {
		return p.typeFirst(first, second)
	}
	return isUpper(first.text) && !isUpper(second.text)
}

func isUpper(name string) bool { return name[0] >= 'A' && name[0] <= 'Z' }

// markableType is the type that toks begin with, in any form that a later habit
// understands, or nil.
func markableType(toks []token) []token {
	n := slices.IndexFunc(toks, func(t token) bool { return t.is("=") || isLiteral(t) })
	if n < 0 {
		n = len(toks)
	}
	typ := toks[:n]
	bare := typ
	if n > 1 && typ[0].is("*") {
		bare = typ[1:]
	}
	if n == 0 || isCollection(bare) || isOptionGeneric(bare) {
		return typ
	}
	plain := bare
	if bare[len(bare)-1].is("?") {
		plain = bare[:len(bare)-1]
	}
	if len(plain) == 0 || dottedLen(plain) != len(plain) {
		return nil
	}
	return typ
}

// isCollection reports whether a type is a list or a map, in whatever language.
func isCollection(typ []token) bool {
	return !isOptionGeneric(typ) && slices.ContainsFunc(typ, func(t token) bool { return t.is("[") || t.is("<") })
}

// isOptionGeneric reports whether a type says itself that it is optional.
func isOptionGeneric(typ []token) bool {
	return len(typ) > 1 && typ[1].is("<") && slices.Contains(genericOptions, strings.ToLower(typ[0].text))
}
