package idl

import (
	"strings"
	"unicode/utf8"
)

// readable checks what must hold before the text is looked at in detail. When
// it does not, the tree stays empty.
func (p *parser) readable(src []byte) bool {
	start := Pos{Line: 1, Col: 1}
	if len(src) > maxSource {
		d := p.error(CodeFileTooLarge, p.span(start, start), "the file is larger than 1 MiB")
		d.Help = "split it: files can import each other"
		return false
	}
	if text := string(src); strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		p.error(CodeInvalidUTF8, p.span(start, start), "the file is UTF-16, not UTF-8")
		return false
	}
	return true
}

// checkText reports what is wrong with single characters wherever they stand,
// comments included, and comments of the wrong kind.
func (p *parser) checkText(toks []token) {
	for i, t := range toks {
		p.checkUTF8(t)
		switch {
		case t.kind == tokComment && !isLineComment(t):
			p.blockComment(toks, i)
		case t.kind == tokIdent && !isASCII(t.text):
			p.error(CodeNonASCIIName, p.spanOf(t), "%s has letters that are not ASCII", quote(t.text))
		}
	}
}

// checkUTF8 reports the first place of the file that is not UTF-8, or is NUL
// in a comment or a string.
func (p *parser) checkUTF8(t token) {
	for i, r := range t.text {
		if r == utf8.RuneError && !strings.HasPrefix(t.text[i:], "\ufffd") && !p.said[CodeInvalidUTF8] {
			p.said[CodeInvalidUTF8] = true
			at := advance(t.pos, t.text[:i])
			p.error(CodeInvalidUTF8, p.span(at, shift(at, 1)), "the file is not UTF-8 here")
		}
		if r == 0 && t.kind != tokIllegal {
			at := advance(t.pos, t.text[:i])
			p.error(CodeIllegalChar, p.span(at, shift(at, 1)), "illegal character U+0000")
			return
		}
	}
}

// blockComment reports a comment between /* and */, with the same text as a
// line comment where that is possible.
func (p *parser) blockComment(toks []token, i int) {
	t := toks[i]
	if len(t.text) < 4 || !strings.HasSuffix(t.text, "*/") {
		p.error(CodeUnclosedComment, p.span(t.pos, shift(t.pos, 2)), "unterminated comment")
		return
	}
	d := p.error(CodeBlockComment, p.spanOf(t), "comments begin with `//`")
	if i+1 < len(toks) && toks[i+1].pos.Line == t.end().Line {
		return // code after it on its line: no edit is safe
	}
	var lines []string
	for text := range strings.SplitSeq(t.text[2:len(t.text)-2], "\n") {
		text = strings.Trim(text, " \t\r*")
		if text != "" {
			text = " " + text
		}
		lines = append(lines, "//"+text)
	}
	for len(lines) > 1 && lines[0] == "//" {
		lines = lines[1:]
	}
	for len(lines) > 1 && lines[len(lines)-1] == "//" {
		lines = lines[:len(lines)-1]
	}
	sep := "\n" + spaces(t.pos.Col-1)
	if i > 0 && toks[i-1].end().Line == t.pos.Line {
		// Below, the rest of it would be read as the comment of the next line.
		sep = " "
		for j := 1; j < len(lines); j++ {
			lines[j] = strings.TrimSpace(strings.TrimPrefix(lines[j], "//"))
		}
	}
	p.fix(d, "make it a line comment", t, strings.Join(lines, sep))
}

// shallow reports whether a line is nested so little that a recursive parser
// may read it.
func (p *parser) shallow(toks []token) bool {
	depth := 0
	for _, t := range toks {
		if t.is("[") || t.is("(") || t.is("<") {
			if depth++; depth > maxNesting {
				p.error(CodeNestingTooDeep, p.spanOf(t), "nested more than %d deep", maxNesting)
				return false
			}
		}
		if t.is(")") || t.is("@") || t.is("=") {
			depth = 0
		}
	}
	return true
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }
