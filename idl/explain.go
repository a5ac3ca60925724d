package idl

import "slices"

// shape is what a line should look like: the steps that explain walks to find
// out where a line goes wrong, in words that people know.
type shape struct {
	name  string // keys the habits; never shown
	what  string // "a field"
	form  string // what one looks like
	steps []step
	never string // why its name has no `?`, when its type has none either
	prev  token  // what stands before the line, when it is not complete itself
}

// step is one part of a line. It either goes on, or reports and returns false.
type step func(*walk) bool

// annotationWords are the annotations that there are.
var annotationWords = map[string]bool{
	"deprecated": true, "limit": true, "timeout": true, "priority": true, "idempotent": true, "reuse": true, "go": true,
	"json": true, "secret": true, "tuple": true, "keep": true, "sorted": true, "required": true, "range": true, "pattern": true, "check": true,
}

// mayMark reports whether a `?` may be put after a type: it has none, it is no
// list or map, and what has it may be optional at all.
func (s shape) mayMark(typ []token) bool {
	return s.never == "" && len(typ) > 0 && !typ[len(typ)-1].is("?") && !isCollection(typ)
}

// after returns the shape for a line that continues one begun by prev.
func (s shape) after(prev token) shape {
	s.prev = prev
	return s
}

var (
	shapePackage  = shape{name: "package", what: "the package clause", form: "`package name` or `package name.v1`", steps: []step{word, dottedName}}
	shapeSpec     = shape{name: "spec", what: "an import", form: "`import \"other.grid\"`", steps: []step{maybeName, text(CodeExpectedString, "the quoted path of a file")}}
	shapeConst    = shape{name: "const", what: "a constant", form: "`const Name uint32 = 5`", steps: []step{word, name, typ, equals(CodeMissingValue, "value"), value}, never: "a constant is never optional"}
	shapeEnum     = shape{name: "enum", what: "an enum", form: "`enum Name uint8 {`", steps: []step{word, name, base}}
	shapeBlock    = shape{name: "block", what: "this line", form: "`message Name {`, `union Name {` or `service Name {`", steps: []step{word, name}}
	shapeError    = shape{name: "error", what: "an error", form: "`error Name = \"package.name\"`", steps: []step{word, name, equals(CodeMissingCode, "code"), text(CodeMissingCode, "its code in quotes")}}
	shapeExtern   = shape{name: "extern", what: "an extern", form: "`extern Name = \"import/path.Type\"`", steps: []step{word, name, equals(CodeExpectedString, "Go type"), text(CodeExpectedString, "a Go type in quotes")}}
	shapeNote     = shape{name: "annotation", what: "an annotation's declaration", form: "`annotation name(param string) on message, field`", steps: []step{word, name, noteParams, onPlaces}}
	shapeField    = shape{name: "field", what: "a field", form: "`name string = 1`", steps: []step{name, typ, equals(CodeMissingNumber, "number"), key}}
	shapeVariant  = shape{name: "field", what: "a variant", form: "`name Type = 1`, or `name = 1` without a value", steps: []step{name, maybeType, equals(CodeMissingNumber, "number"), key}, never: "a variant is never optional: the union itself may be empty"}
	shapeValue    = shape{name: "value", what: "an enum value", form: "`name = 1`", steps: []step{name, equals(CodeMissingNumber, "number"), number(CodeMissingNumber)}, never: "an enum value is never optional"}
	shapeSubroute = shape{name: "subroute", what: "a subroute", form: "`subroute disk` or `subroute \"admin\"`", steps: []step{word, nameOrText}}
	shapeRPC      = shape{name: "rpc", what: "an rpc", form: "`rpc Name(Request) Response = 1`", steps: []step{word, name, params, maybeType, equals(CodeMissingNumber, "id"), number(CodeMissingNumber)}}
	shapeStream   = shape{name: "stream", what: "a stream", form: "`stream Name(Payload) = 1 {`", steps: []step{word, name, params, maybeType, equals(CodeMissingNumber, "id"), number(CodeMissingNumber)}}
	shapeFlow     = shape{name: "flow", what: "this line", form: "`in(16) Type` or `out(16) Type`", steps: []step{word, capacity, typ}}
	shapeErrors   = shape{name: "errors", what: "this line", form: "`errors NotFound, Denied`", steps: []step{word, refs}}
	shapeReserved = shape{name: "reserved", what: "this line", form: "`reserved 4, 8..9, \"key\"`", steps: []step{word, ranges}}
	shapeAnno     = shape{name: "anno", what: "an annotation", form: "`@name` or `@name(value)`", steps: []step{word, annoName, args}}
)

// walk is the state of one explanation.
type walk struct {
	p    *parser
	want shape
	toks []token
	i    int
}

// explain reports the one thing that is wrong with a line.
func (p *parser) explain(want shape, toks []token) {
	if p.illegal(toks) || want.name != "package" && p.twoDots(toks) {
		return
	}
	w := &walk{p: p, want: want, toks: toks}
	for _, s := range want.steps {
		if !s(w) {
			return
		}
	}
	w.leftover()
}

// more reports whether tokens are left.
func (w *walk) more() bool { return w.i < len(w.toks) }

// cur is the current token; after the last one it is the end of the file.
func (w *walk) cur() token {
	if w.more() {
		return w.toks[w.i]
	}
	return token{kind: tokEOF}
}

// last is the token before the current one.
func (w *walk) last() token {
	if w.i > 0 {
		return w.toks[w.i-1]
	}
	return w.want.prev
}

// here is where a missing token is shown: after the one before it.
func (w *walk) here() Span {
	if w.i == 0 && w.want.prev.text == "" && w.more() {
		return w.p.span(w.cur().pos, w.cur().pos)
	}
	end := w.last().end()
	return w.p.span(end, end)
}

// missing reports that something should stand here.
func (w *walk) missing(id, format string, args ...any) bool {
	w.show(w.p.error(id, w.here(), format, args...))
	return false
}

// show adds what the line should look like, unless it was said already.
func (w *walk) show(d *Diagnostic) {
	if d.Help == "" {
		d.Help = w.want.what + " is written " + w.want.form
	}
}

// fail reports the current token, or the end of the line, for what was expected.
func (w *walk) fail(id, expected string) bool {
	if !w.more() {
		return w.missing(id, "missing %s after %s", expected, quote(w.last().text))
	}
	w.show(w.p.error(id, w.p.spanOf(w.cur()), "expected %s, found %s", expected, quote(w.cur().text)))
	return false
}

// take goes on when the current token is the given mark.
func (w *walk) take(mark string) bool {
	if w.more() && w.cur().is(mark) {
		w.i++
		return true
	}
	return false
}

// leftover reports what follows a line that is complete.
func (w *walk) leftover() {
	if !w.more() {
		w.p.error(CodeUnexpectedToken, w.here(), "%s cannot be read", w.want.what)
		return
	}
	t := w.cur()
	rest := w.toks[w.i:]
	switch {
	case w.want.name == "flow" && (t.is("in") || t.is("out") || t.is("errors")) && len(rest) > 1:
		d := w.p.error(CodeMissingNewline, w.here(), "missing line end before %s", quote(t.text))
		w.p.insert(d, "begin a new line", w.here().Start, "\n")
	case t.kind == tokIdent && len(rest) > 2 && slices.ContainsFunc(rest, func(t token) bool { return t.is("=") }):
		d := w.p.error(CodeMissingNewline, w.here(), "missing line end before %s", quote(t.text))
		w.p.insert(d, "begin a new line", w.here().Start, "\n")
	case t.kind == tokIdent && (w.want.name == "field" || w.want.name == "value"):
		d := w.p.error(CodeMissingAt, w.p.spanOf(t), "unexpected %s after %s", quote(t.text), w.want.what)
		d.Help = "annotations begin with `@`"
		w.p.insert(d, "make it an annotation", t.pos, "@")
		d.Fixes[0].Guess = !annotationWords[t.text]
	case t.is(",") && len(rest) > 1 && rest[1].kind == tokIdent && slices.Contains([]string{"field", "value", "rpc"}, w.want.name):
		d := w.p.error(CodeTrailingComma, w.p.spanOf(t), "unexpected `,` after %s", w.want.what)
		d.Help = "put the next member on a line of its own"
		w.p.fix(d, "begin a new line", t, "\n")
	default:
		w.show(w.p.error(CodeUnexpectedToken, w.p.spanOf(t), "unexpected %s after %s", quote(t.text), quote(w.last().text)))
	}
}
