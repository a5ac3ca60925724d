package idl

import (
	"slices"
	"strings"
)

// habitReturns takes `returns (X)`, `returns X`, `(X)`, `-> X` and `(X, error)`
// for `X`, and says what to do about `stream X` in parentheses.
func habitReturns(p *parser, want shape, toks []token) []token {
	if want.name != "rpc" && want.name != "stream" {
		return toks
	}
	toks = p.dropThrows(dropStreams(p, toks))
	at := slices.IndexFunc(toks, func(t token) bool { return t.is(")") }) + 1
	if at == 0 || at >= len(toks) {
		return toks
	}
	r, ok := p.result(toks[at:])
	if !ok {
		return toks
	}
	d := p.error(CodeReturns, p.between(toks[at:at+r.length]), "the response follows the request without parentheses")
	message := "write " + quote(joinType(r.typ))
	if len(r.typ) == 0 {
		d.Message = "a handler without a response ends after its request; any may return an error"
		message = "remove it"
	}
	text := joinType(r.typ)
	if text != "" && toks[at].pos == toks[at-1].end() {
		text = " " + text
	}
	p.edit(d, message, p.between(toks[at:at+r.length]), text)
	return replace(toks, at, at+r.length, r.typ...)
}

// result is a response as other languages write it.
type result struct {
	typ    []token // the type alone; none when there is no response
	length int     // how many tokens there are in all
}

// result reads a response that is not written as it should be.
func (p *parser) result(toks []token) (result, bool) {
	open := arrowLen(toks)
	if open == 0 && toks[0].is("returns") && len(toks) > 1 && !toks[1].is("=") {
		open = 1
	}
	rest := toks[open:]
	if len(rest) > 0 && rest[0].is("(") {
		typ, n := p.inParens(rest)
		return result{typ, open + n}, n > 0
	}
	n := typeLen(rest)
	if n == 1 && (p.isError(rest[0]) || p.isVoid(rest[0])) {
		return result{nil, open + n}, true
	}
	return result{rest[:n], open + n}, open > 0 && n > 0
}

// arrowLen is the number of tokens of the `->`, `=>` or `:` that toks begin with.
func arrowLen(toks []token) int {
	switch {
	case len(toks) > 2 && (toks[0].text == "-" || toks[0].is("=")) && toks[1].is(">"):
		return 2
	case len(toks) > 1 && toks[0].is(":"):
		return 1
	}
	return 0
}

// inParens reads `(X)`, `(X, error)`, `(error)` and `()`: the type and the number of
// tokens, which is 0 when it is something else.
func (p *parser) inParens(toks []token) (typ []token, length int) {
	if len(toks) > 1 && toks[1].is(")") {
		return nil, 2
	}
	n := typeLen(toks[1:])
	rest := toks[1+n:]
	if n == 0 || len(rest) == 0 {
		return nil, 0
	}
	typ = toks[1 : 1+n]
	if n == 1 && (p.isError(typ[0]) || p.isVoid(typ[0])) {
		typ = nil
	}
	switch {
	case rest[0].is(")"):
		return typ, n + 2
	case len(rest) > 2 && rest[0].is(",") && p.isError(rest[1]) && rest[2].is(")"):
		return typ, n + 4
	}
	return nil, 0
}

// isError reports whether a token is the error of Go.
func (p *parser) isError(t token) bool { return t.is("error") && !p.names["error"] }

// isVoid reports whether a token is what other languages write for no type.
func (p *parser) isVoid(t token) bool { return (t.is("void") || t.is("Void")) && !p.names[t.text] }

// dropStreams reports `stream` before the type of a request or a response, once, and
// says how the handler is written.
func dropStreams(p *parser, toks []token) []token {
	var d *Diagnostic
	in, out := false, false
	for i := 1; i+1 < len(toks); i++ {
		if !toks[i].is("stream") || !beforePayload(toks[i-1]) || typeLen(toks[i+1:]) == 0 {
			continue
		}
		at := p.between(toks[i : i+1+typeLen(toks[i+1:])])
		if d == nil {
			d = p.error(CodeProtoStream, at, "a stream is not a parameter")
		}
		d.Span.End = at.End
		if slices.ContainsFunc(toks[:i], func(t token) bool { return t.is(")") }) {
			out = true
		} else {
			in = true
		}
		toks = replace(toks, i, i+1)
		i--
	}
	if d == nil {
		return toks
	}
	toks = p.bareResponse(toks)
	d.Help = streamForm(toks, in, out)
	return toks
}

// bareResponse is a handler's line whose response stands bare, whatever was around it.
func (p *parser) bareResponse(toks []token) []token {
	at := slices.IndexFunc(toks, func(t token) bool { return t.is(")") }) + 1
	if at == 0 || at >= len(toks) {
		return toks
	}
	if r, ok := p.result(toks[at:]); ok {
		return replace(toks, at, at+r.length, r.typ...)
	}
	return toks
}

// streamForm is how a handler is written that takes or gives streams: its line is
// `rpc Name(In) Out = 1`.
func streamForm(toks []token, in, out bool) string {
	const form = "write `stream Name(Payload) = 1 {`, and `in T` and `out T` in its block"
	open := slices.IndexFunc(toks, func(t token) bool { return t.is("(") })
	if open != 2 {
		return form
	}
	request := toks[3 : 3+typeLen(toks[3:])]
	rest := toks[3+len(request):]
	if len(rest) == 0 || !rest[0].is(")") {
		return form
	}
	response := rest[1 : 1+typeLen(rest[1:])]
	payload := joinType(request)
	var lines []string
	answer := ""
	if in && len(request) > 0 {
		payload = ""
		lines = append(lines, "`in "+joinType(request)+"`")
	}
	switch {
	case len(response) == 0:
	case out:
		lines = append(lines, "`out "+joinType(response)+"`")
	case in:
		answer = " " + joinType(response)
	}
	id := "1"
	if last := toks[len(toks)-1]; last.kind == tokNumber {
		id = last.text
	}
	where := " on a line of its own, before `}`"
	if len(lines) > 1 {
		where = ", each on a line of its own, before `}`"
	}
	return "write `stream " + toks[1].text + "(" + payload + ")" + answer + " = " + id + " {`, " + strings.Join(lines, " and ") + where
}

// beforePayload reports whether a request or a response may follow a token.
func beforePayload(t token) bool {
	return t.is("(") || t.is(")") || t.is("returns") || t.is(">") || t.is(":")
}
