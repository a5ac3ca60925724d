package idl

import (
	"slices"
	"strconv"
)

// The habits that come from Thrift and Cap'n Proto.

// dropThrows reports `throws E` after an rpc.
func (p *parser) dropThrows(toks []token) []token {
	at := slices.IndexFunc(toks, func(t token) bool { return t.is("throws") || t.is("raises") })
	if at < 3 || at+1 >= len(toks) || !toks[at-1].is(")") && toks[at-1].kind != tokIdent && toks[at-1].kind != tokNumber && !toks[at-1].is("]") {
		return toks
	}
	end := at + 1
	var errs []token // names alone: `(1: E e, 2: F f)` has more
	for i := at + 1; i < len(toks) && !toks[i].is("=") && !toks[i].is("{"); i++ {
		end = i + 1
		if toks[i].kind == tokIdent && (toks[i-1] == toks[at] || toks[i-1].is("(") || toks[i-1].is(",") || toks[i-1].is(":") || toks[i-1].is(".")) {
			errs = append(errs, toks[i])
		}
	}
	d := p.error(CodeUnexpectedToken, p.between(toks[at:end]), "the errors of a handler are listed in its block")
	d.Help = "write `{ errors " + namesOf(errs) + " }` after its id"
	return replace(toks, at, end)
}

// namesOf lists names as `errors` does.
func namesOf(toks []token) string {
	text := ""
	for i, t := range toks {
		if i > 0 {
			text += ", "
		}
		text += t.text
	}
	return text
}

// habitNumberFirst takes `1: string name` for `name string = 1`.
func habitNumberFirst(p *parser, want shape, toks []token) []token {
	if want.name != "field" || len(toks) < 4 || toks[0].kind != tokNumber || !toks[1].is(":") {
		return toks
	}
	rest := toks[2:]
	if value := slices.IndexFunc(rest, func(t token) bool { return t.is("=") }); value > 0 {
		rest = rest[:value] // what it is unless it is set: nothing here has that
	}
	modifier := ""
	if isModifier(rest[0]) && len(rest) > 2 {
		modifier, rest = rest[0].text, rest[1:]
	}
	name, typ := rest[len(rest)-1], rest[:len(rest)-1]
	if p.shallow(typ) {
		if plain := ungeneric(typ); plain != nil {
			typ = plain
		}
	}
	if name.kind != tokIdent || len(typ) == 0 || typeLen(typ) != len(typ) {
		return toks
	}
	at := p.between(toks)
	typ = p.nativeType(want.modifiedType(modifier, typ))
	with := slices.Concat([]token{name}, typ, []token{ghost("=", name.end()), {kind: tokNumber, text: toks[0].text, pos: toks[0].pos}})
	text := name.text + " " + joinType(typ) + " = " + toks[0].text
	d := p.error(CodeProtoOrder, at, "the name comes first, and the number last")
	p.edit(d, "write "+quote(text), at, text)
	d.Fixes[0].Guess = len(rest)+2 < len(toks)-1 && modifier == "" // a value was dropped
	return with
}

// capnpField reports `name @0 :Text`, and whether the next line of a block is one. Its
// numbers count from 0, and here from 1.
func (p *parser) capnpField(in *item) bool {
	toks := p.toks[p.next:p.lineEnd(p.next)]
	if len(toks) < 5 || toks[0].kind != tokIdent || !toks[1].is("@") || toks[2].kind != tokNumber || toks[2].pos != toks[1].end() || !toks[3].is(":") {
		return false
	}
	it := p.item(rowVerbatim)
	in.meta.Broken = true
	d := p.error(CodeProtoOrder, p.between(it.toks), "the number comes after `=`")
	d.Help = "a field is written " + shapeField.form + ", and numbers count from 1"
	typ := toks[4:]
	for len(typ) > 0 && (typ[len(typ)-1].is(";") || typ[len(typ)-1].is(",")) {
		typ = typ[:len(typ)-1]
	}
	if typ = p.capnpType(typ); typ != nil {
		if n, err := strconv.ParseUint(toks[2].text, 10, 16); err == nil {
			text := toks[0].text + " " + joinType(typ) + " = " + strconv.FormatUint(n+1, 10)
			p.edit(d, "write "+quote(text), p.between(it.toks), text)
			d.Fixes[0].Guess = true // of a union, or of what is sent already, the numbers mean more
		}
	}
	p.endMember(it)
	return true
}

// capnpType is a type of Cap'n Proto as it is written here, or nil.
func (p *parser) capnpType(toks []token) []token {
	if len(toks) > 3 && toks[0].is("List") && toks[1].is("(") && toks[len(toks)-1].is(")") {
		if elem := p.capnpType(toks[2 : len(toks)-1]); elem != nil {
			return listOf(elem)
		}
		return nil
	}
	if len(toks) == 0 || typeLen(toks) != len(toks) {
		return nil
	}
	return p.nativeType(toks)
}

// foreignLine reports a line in a block that says something about the block in another
// language, and whether it was one.
func (p *parser) foreignLine(in *item) bool {
	toks := p.toks[p.next:p.lineEnd(p.next)]
	t := toks[0]
	var message, help string
	switch {
	case len(toks) < 2 || t.kind != tokIdent:
		return false
	case t.is("option") && isOption(toks):
		message, help = "there are no options", "write `@deprecated(\"why\")` above "+in.label()+" where it is, and leave out the others"
	case t.is("extensions") && toks[1].kind == tokNumber:
		message, help = "there are no extensions", "leave it out: add the field where the message is declared"
	default:
		return false
	}
	p.ruined = true
	it := p.item(rowVerbatim)
	d := p.error(CodeUnknownKeyword, p.spanOf(t), "%s", message)
	d.Help = help
	p.endMember(it)
	return true
}

// isOption reports whether a line sets an option, of proto: `option deprecated = true`, or
// with a name in parentheses.
func isOption(toks []token) bool {
	if toks[1].is("(") {
		return true
	}
	return len(toks) > 3 && toks[1].kind == tokIdent && toks[2].is("=") && toks[3].kind != tokNumber && toks[3].kind != tokString
}
