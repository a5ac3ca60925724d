package idl

import (
	"fmt"
	"slices"
)

// Limits on what is read at all; both are checked before any recursion starts.
const (
	maxSource  = 1 << 20
	maxNesting = 64
)

// Parse reads one .grid file. It always returns a tree, which holds every part
// that is sound, and one diagnostic for each mistake, in the order of the file.
// The path is only used in positions.
func Parse(path string, src []byte) (*File, []*Diagnostic) {
	p := parse(path, src)
	return p.file, p.diags
}

// parser is the driver: it walks the file line by line, gives each line to the
// parser of its kind and keeps going whatever happens.
type parser struct {
	file     *File
	diags    []*Diagnostic
	toks     []token // all tokens but comments, closed by an end-of-file token
	next     int     // index in toks
	line     []token // of the line that was parsed last, see fromLexer
	comments *commentIndex
	braces   braceMap
	rows     []row   // what the formatter prints, in the order of the file
	annos    []*Anno // read, and waiting for what they belong to
	annoAt   Pos     // where the first of them begins
	names    map[string]bool
	badAnno  bool            // one of them was wrong
	ruined   bool            // the blocks of the current declaration are not sound
	depth    int             // how many blocks are open
	faults   int             // counts what is wrong, reported or not
	said     map[string]bool // codes that are reported only once per file
}

// parse does the work of Parse and keeps what the formatter needs besides.
func parse(path string, src []byte) *parser {
	p := &parser{file: &File{Path: path, Source: src}, said: map[string]bool{}}
	if !p.readable(src) {
		return p
	}
	toks := scan(string(src))
	p.checkText(toks)
	p.toks, p.comments = splitComments(toks)
	p.toks = append(p.toks, token{kind: tokEOF, pos: endOf(src)})
	p.braces = matchBraces(p.toks)
	p.names = declaredNames(p.toks)
	if deep := p.braces.deepest; deep.kind != 0 {
		p.error(CodeNestingTooDeep, p.spanOf(deep), "nested more than %d deep", maxNesting)
	} else {
		p.parseFile()
	}
	p.finish()
	return p
}

// finish sorts the diagnostics, of which some are found ahead of their place, and
// looks at their fixes together.
func (p *parser) finish() {
	p.keepComments()
	WithholdFixes(p.diags)
	slices.SortStableFunc(p.diags, func(a, b *Diagnostic) int {
		return a.Span.Start.Offset - b.Span.Start.Offset
	})
}

// endOf is the place after the last byte.
func endOf(src []byte) Pos { return advance(Pos{Line: 1, Col: 1}, string(src)) }

// peek returns the next token; at the end of the file that is tokEOF for ever.
func (p *parser) peek() token { return p.toks[p.next] }

// at returns the i-th token from here, or the end of the file.
func (p *parser) at(i int) token { return p.toks[min(p.next+i, len(p.toks)-1)] }

// prevEnd is the place after the last token that was taken.
func (p *parser) prevEnd() Pos {
	if p.next == 0 {
		return Pos{Line: 1, Col: 1}
	}
	return p.toks[p.next-1].end()
}

// span makes a span of this file.
func (p *parser) span(start, end Pos) Span {
	return Span{File: p.file.Path, Start: start, End: end}
}

// spanOf is the span of one token.
func (p *parser) spanOf(t token) Span { return p.span(t.pos, t.end()) }

// lineEnd is the index after the last token of the item that begins at i: the
// first one that is a brace or on a later line. A semicolon ends it too.
func (p *parser) lineEnd(i int) int {
	for end := i; ; end++ {
		t := p.toks[end]
		if end > i && p.toks[end-1].is(";") {
			return end
		}
		if t.kind == tokEOF || t.is("{") || t.is("}") || t.pos.Line > p.toks[i].pos.Line {
			return end
		}
	}
}

// error reports an error.
func (p *parser) error(id string, at Span, format string, args ...any) *Diagnostic {
	d := &Diagnostic{ID: id, Severity: SeverityError, Message: fmt.Sprintf(format, args...), Span: at}
	p.diags = append(p.diags, d)
	p.faults++
	return d
}

// fix adds a fix that replaces one token.
func (p *parser) fix(d *Diagnostic, message string, t token, text string) {
	d.Fixes = append(d.Fixes, Fix{Message: message, Edits: []Edit{{Span: p.spanOf(t), New: text}}})
}

// insert adds a fix that puts text in at a place.
func (p *parser) insert(d *Diagnostic, message string, at Pos, text string) {
	d.Fixes = append(d.Fixes, Fix{Message: message, Edits: []Edit{{Span: p.span(at, at), New: text}}})
}

// quote puts a name in backticks.
func quote(text string) string { return "`" + text + "`" }

// line runs the parser of one kind of line over its tokens. When the line is
// not sound it is explained, and nil returned. The tokens in the tree are those of this
// line until the next one is parsed.
func line[G any](p *parser, kind *lineKind[G], want shape, toks []token) *G {
	toks = p.habits(want, toks)
	if !p.shallow(toks) {
		return nil
	}
	tree := kind.parse(toks)
	if tree == nil {
		p.faults++
		p.explain(want, toks)
		return nil
	}
	p.line = toks
	return tree
}
