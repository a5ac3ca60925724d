package idl

import (
	"strconv"
	"strings"
	"time"
)

// variableWords are how other languages begin what is a constant here.
var variableWords = map[string]bool{"var": true, "let": true, "val": true, "final": true}

// variable reports `var A = 1` and `var A T = 1`, and skips the line.
func (p *parser) variable() {
	p.ruined = true
	p.annos = nil
	it := p.item(rowVerbatim)
	word, toks := it.toks[0], habitMarks(p, shapeConst, it.toks)
	d := p.error(CodeUnknownKeyword, p.spanOf(word), "there are no variables")
	typ := ""
	if len(toks) > 3 && toks[2].is("=") {
		typ = literalType(toks[3])
	}
	switch {
	case typ != "" && len(toks) == 4 && soundLiteral(toks[3]):
		text := "const " + toks[1].text + " " + typ
		p.edit(d, "write "+quote(text+" = "+toks[3].text), p.between(toks[:2]), text)
	case len(toks) > 4 && toks[3].is("=") && toks[2].kind == tokIdent && p.typeFirst(toks[1], toks[2]):
		text := "const " + toks[2].text + " " + toks[1].text // as C and Java have it
		p.edit(d, "write "+quote(text+" = "+toks[4].text), p.between(toks[:3]), text)
	case len(toks) > 3 && !toks[2].is("="):
		p.fix(d, "write `const`", word, "const")
	default:
		d.Help = "a constant is written " + shapeConst.form
	}
	p.lost(it)
	p.endItem(it)
	p.lineMustEnd()
}

// habitUntyped takes `const A = 1` for `const A int64 = 1`.
func habitUntyped(p *parser, want shape, toks []token) []token {
	if want.name != "const" || len(toks) != 4 || toks[1].kind != tokIdent || !toks[2].is("=") {
		return toks
	}
	typ := literalType(toks[3])
	if typ == "" {
		return toks
	}
	end := toks[1].end()
	d := p.error(CodeMissingType, p.span(end, end), "missing type after %s", quote(toks[1].text))
	d.Help = "a constant is written " + shapeConst.form
	if soundLiteral(toks[3]) {
		p.insert(d, "write "+quote("const "+toks[1].text+" "+typ+" = "+toks[3].text), end, " "+typ)
	}
	return replace(toks, 2, 2, token{kind: tokIdent, text: typ, pos: end})
}

// literalType is the type that a literal most likely has, or nothing where the
// literal does not tell.
func literalType(t token) string {
	switch {
	case t.kind == tokString:
		return "string"
	case t.is("true"), t.is("false"):
		return "bool"
	case t.kind != tokNumber:
		return ""
	}
	switch unit := strings.TrimLeft(t.text, "-0123456789_."); {
	case unit == "" && strings.Contains(t.text, "."):
		return "float64"
	case strings.HasSuffix(unit, "s"), strings.HasSuffix(unit, "m"), strings.HasSuffix(unit, "h"):
		return "duration"
	}
	if _, err := strconv.ParseUint(strings.ReplaceAll(t.text, "_", ""), 10, 64); err == nil && !fitsInt64(t.text) {
		return "uint64"
	}
	return "int64"
}

// soundLiteral reports whether a literal is one of the language, but for its unit:
// of which type `1e3` is meant to be only its author knows.
func soundLiteral(t token) bool {
	if isBased(t.text) {
		return true
	}
	digits, unit := splitUnit(t.text)
	_, err := time.ParseDuration(strings.ReplaceAll(t.text, "_", ""))
	return t.kind != tokNumber || wellFormed(digits) && (unit == "" || sizeUnits[unit] != 0 || misspeltUnit(unit) != "" || err == nil)
}

// fitsInt64 reports whether a plain number fits the integer that most have.
func fitsInt64(text string) bool {
	_, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	return err == nil
}
