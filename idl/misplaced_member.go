package idl

import (
	"slices"
	"strings"
)

// handlerWords maps words that other languages begin a handler with.
var handlerWords = map[string]string{"func": "rpc", "method": "rpc", "call": "rpc", "fn": "rpc", "def": "rpc", "throws": "errors", "raises": "errors"}

// clauseWords maps words that people begin a clause with.
var clauseWords = map[string]string{
	"error": "errors", "throws": "errors", "raises": "errors", "input": "in", "output": "out",
}

// notMember deals with a line that cannot stand in any block, and reports
// whether it took it.
func (p *parser) notMember(in *item) bool {
	t := p.peek()
	switch {
	case t.is(";"), t.is(","):
		p.loneMark(t)
	case t.is("{") && p.toks[p.next-1].is("{"):
		p.ruined = true
		d := p.error(CodeUnexpectedBrace, p.spanOf(t), "a second `{`")
		p.fix(d, "remove it", t, "")
		p.next++
	case t.is("{"):
		p.ruined = true
		p.error(CodeUnexpectedBrace, p.spanOf(t), "`{` without a declaration before it")
		p.skipBlock()
		p.lineMustEnd()
	case in.holdsFields() && p.oneofShape():
		p.oneof(in)
	case p.foreignLine(in):
	case p.declShape(p.next) || !in.holdsFields() && p.codeShape(p.next):
		p.nested(in)
	case p.memberShape(p.next) && in.toks[0].text != "service":
		p.ruined = true
		p.error(CodeMisplacedMember, p.spanOf(t), "%s is outside of a service", quote(t.text))
		p.item(rowVerbatim)
		if p.peek().is("{") {
			p.skipBlock()
		}
	default:
		return false
	}
	return true
}

// nested reports a declaration in a block, and reads it all the same.
func (p *parser) nested(in *item) {
	p.ruined = true
	t := p.peek()
	d := p.error(CodeNestedDecl, p.spanOf(t), "%s is not allowed inside %s", quote(t.text), in.label())
	d.Help = "declarations do not nest: move it out of the block"
	if !p.bareEnum(p.next) {
		p.topLevel()
		return
	}
	// What else it lacks is said here: it has to be written anew anyway.
	d.Help += ", as " + quote("enum "+p.at(1).text+" "+p.baseOf(p.at(1)))
	mark := len(p.diags)
	p.topLevel()
	for i, d := range p.diags[mark:] {
		if d.ID == CodeMissingBase {
			p.diags = slices.Delete(p.diags, mark+i, mark+i+1)
			break
		}
	}
}

// oneofShape reports whether the next line begins a oneof of proto.
func (p *parser) oneofShape() bool {
	return p.peek().is("oneof") && p.at(1).kind == tokIdent && p.at(2).is("{") && p.at(2).pos.Line == p.peek().pos.Line
}

// oneof reports a oneof among fields and skips it: its numbers are those of the
// message, so what to make of its lines is for people to say.
func (p *parser) oneof(in *item) {
	p.ruined = true
	in.meta.Broken = true
	name := p.at(1).text
	typ := strings.ToUpper(name[:1]) + name[1:]
	d := p.error(CodeNestedDecl, p.span(p.peek().pos, p.at(1).end()), "a `oneof` is a `union`, which is outside of %s", in.label())
	d.Help = "declare `union " + typ + " { … }` beside it, and here one field: `" + name + " " + typ + " = 1`"
	p.item(rowVerbatim)
	p.skipBlock()
	p.lineMustEnd()
}

// unknownMember deals with a line of a service that no keyword begins.
func (p *parser) unknownMember(in *item, handler func()) {
	t := p.peek()
	words := []string{"rpc", "stream", "subroute", "reserved", "errors"}
	if t.kind == tokIdent && p.respell(words, handlerWords) {
		if p.peek().is("rpc") || p.peek().is("stream") {
			handler()
		}
		return
	}
	p.unknownLine(in, "a service holds "+list(words))
}

// unknownClause deals with a line of a handler's block that no keyword begins.
func (p *parser) unknownClause(in *item) {
	words := []string{"in", "out", "errors"}
	if in.toks[0].is("rpc") {
		words = words[2:]
	}
	if p.peek().kind == tokIdent && p.respell(words, clauseWords) {
		return
	}
	if len(words) == 1 {
		p.unknownLine(in, "the block of an rpc holds `errors`")
		return
	}
	p.unknownLine(in, "the block of a stream holds "+list(words))
}

// unknownLine reports and skips a line, with a block if it has one.
func (p *parser) unknownLine(in *item, help string) {
	in.meta.Broken = true
	it := p.item(rowVerbatim)
	if !p.settingLine(in, it) && !p.illegal(it.toks) {
		t := it.toks[0]
		d := p.error(CodeUnknownKeyword, p.spanOf(t), "%s does not begin a line of %s", quote(t.text), in.label())
		d.Help = help
		if t.kind == tokIdent && len(it.toks) > 1 && it.toks[1].is("(") && in.toks[0].is("service") {
			p.insert(d, "add the keyword", t.pos, "rpc ")
			d.Fixes[0].Guess = p.peek().is("{") && p.streams(p.next)
		}
	}
	p.endMember(it)
}

// streams reports whether the block that begins at i holds what a stream has.
func (p *parser) streams(i int) bool {
	closer := p.braces.closer[i]
	for j := i + 1; j < closer; j++ {
		if t := p.toks[j]; (t.is("in") || t.is("out")) && t.pos.Line > p.toks[j-1].pos.Line {
			return true
		}
	}
	return false
}

// duplicateClause reports a clause that a handler has already.
func (p *parser) duplicateClause(it *item, first Span) {
	t := it.toks[0]
	d := p.error(CodeDuplicateClause, p.spanOf(t), "a second %s", quote(t.text))
	d.Related = []Related{{Span: first, Label: "the first is here"}}
	if t.is("errors") {
		d.Help = "one line names all errors: `errors A, B`"
	}
}

// flowInRPC reports `in` or `out` in an rpc.
func (p *parser) flowInRPC(it *item) {
	t := it.toks[0]
	d := p.error(CodeFlowInRPC, p.spanOf(t), "an rpc has no %s", quote(t.text))
	d.Help = "a handler that streams begins with `stream`"
}

// streamResponse reports a response that a stream cannot have: one beside `out`, or one
// of a stream that takes nothing.
func (p *parser) streamResponse(h *Handler) {
	switch {
	case h.Out != nil:
		d := p.error(CodeStreamResponse, h.Response.Span, "a stream with `out` has no response beside it")
		d.Help = "send the response as the last message of `out`, for example as a variant of a union"
		d.Related = []Related{{Span: h.Out.Span, Label: "what it streams out"}}
		h.Response = nil
	case h.In == nil:
		d := p.error(CodeStreamResponse, h.Response.Span, "a stream without `in` has no response")
		d.Help = "a handler with one request and one response is an `rpc`"
		h.Response = nil
	}
}
