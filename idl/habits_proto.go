package idl

import (
	"slices"
	"strings"
)

// The habits that come from proto files.

// protoTypes are the types that proto files import, and what is built in here.
var protoTypes = map[string]string{
	"Timestamp": "time", "Duration": "duration", "Any": "raw", "Struct": "raw", "Value": "raw", "ListValue": "raw",
	"BoolValue": "bool?", "Int32Value": "int32?", "Int64Value": "int64?", "UInt32Value": "uint32?", "UInt64Value": "uint64?",
	"FloatValue": "float32?", "DoubleValue": "float64?", "StringValue": "string?", "BytesValue": "bytes?",
}

// habitProtoTypes takes `google.protobuf.Timestamp` for `time`.
func habitProtoTypes(p *parser, want shape, toks []token) []token {
	for i := 0; i < len(toks); i++ {
		name := joinType(toks[i : i+dottedLen(toks[i:])])
		base, found := strings.CutPrefix(name, "google.protobuf.")
		switch {
		case !found:
		case protoTypes[base] != "":
			toks = p.protoType(want, toks, i, protoTypes[base])
		case base == "Empty" && (want.name == "rpc" || want.name == "stream"):
			d := p.error(CodeExpectedType, p.between(toks[i:i+5]), "there is no %s", quote(name))
			p.edit(d, "write nothing", p.between(toks[i:i+5]), "")
			toks = replace(toks, i, i+5)
		}
	}
	return toks
}

// dottedLen is the number of tokens of the names with dots in between that toks
// begin with.
func dottedLen(toks []token) int {
	if toks[0].kind != tokIdent {
		return 0
	}
	n := 1
	for n+1 < len(toks) && toks[n].is(".") && toks[n+1].kind == tokIdent {
		n += 2
	}
	return n
}

// protoType reports the five tokens at i, and puts a type in their place.
func (p *parser) protoType(want shape, toks []token, i int, typ string) []token {
	name, at, end := toks[i:i+5], toks[i].pos, i+5
	d := p.error(CodeExpectedType, p.between(name), "there is no %s", quote(joinType(name)))
	bare, optional := strings.CutSuffix(typ, "?")
	with := []token{{kind: tokIdent, text: bare, pos: at}}
	switch {
	case !optional:
	case end < len(toks) && toks[end].is("?"), !wholeType(want, toks, i):
		typ = bare // the mark stands there already, or has no place
	default:
		with = append(with, ghost("?", at))
	}
	if rest := toks[end:]; want.name == "field" && i == 0 && len(rest) > 1 && rest[0].kind == tokIdent && rest[1].is("=") {
		// The type first, as proto has it, is the same habit.
		typ = rest[0].text + " " + typ
		with = slices.Concat(rest[:1], with)
		end++
	}
	p.edit(d, "write "+quote(typ), p.between(toks[i:end]), typ)
	return replace(toks, i, end, with...)
}

// wholeType reports whether the type at index i is all of a field's type, so that
// it may be optional: no part of a list or a map, and no variant.
func wholeType(want shape, toks []token, i int) bool {
	return want.name == "field" && want.never == "" && (i == 0 || toks[i-1].kind == tokIdent && !toks[i-1].is("repeated") || toks[i-1].is(":"))
}

// twoDots reports the first name with more than one dot, and whether there is one.
func (p *parser) twoDots(toks []token) bool {
	for i := range toks {
		if n := dottedLen(toks[i:]); n > 3 {
			name := toks[i : i+n]
			d := p.error(CodeUnexpectedToken, p.between(name), "%s has too many dots", quote(joinType(name)))
			d.Help = "a type of another package has one name before it, as in `" + qualifierOf(toks[i:i+n]) + "." + toks[i+n-1].text + "`; its file is imported"
			return true
		}
	}
	return false
}

// qualifierOf is the name before the type that a name with dots would have here: the last
// part of the package, with the one before it where that is a version.
func qualifierOf(toks []token) string {
	last := toks[len(toks)-3].text
	if len(toks) > 5 && len(last) > 1 && last[0] == 'v' && isDigit(last[1]) {
		return toks[len(toks)-5].text + last
	}
	return last
}

// habitOptions drops the options in brackets that proto has after a number.
func habitOptions(p *parser, want shape, toks []token) []token {
	if want.name != "field" && want.name != "value" {
		return toks
	}
	for i := 2; i < len(toks); i++ {
		if !toks[i].is("[") || toks[i-1].kind != tokNumber || !toks[i-2].is("=") {
			continue
		}
		d := p.error(CodeUnexpectedToken, p.between(toks[i:]), "there are no options in brackets")
		d.Help = "only annotations such as `@limit(256)` are allowed here"
		if slices.ContainsFunc(toks[i:], func(t token) bool { return t.is("deprecated") }) {
			d.Help = "write `@deprecated(\"why\")`"
		}
		return toks[:i:i]
	}
	return toks
}
