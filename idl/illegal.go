package idl

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// illegal reports every token of a line that the lexer could not make sense
// of, and whether there was one.
func (p *parser) illegal(toks []token) bool {
	found := false
	for _, t := range toks {
		if t.kind == tokIllegal {
			found = true
			p.illegalToken(t)
		}
	}
	return found
}

func (p *parser) illegalToken(t token) {
	switch c := t.text[0]; {
	case c == '"':
		p.error(CodeUnclosedString, p.span(t.pos, shift(t.pos, 1)), "unterminated string")
	case (c == '\'' || c == '`') && len(t.text) > 1 && t.text[len(t.text)-1] == c:
		d := p.error(CodeStringQuotes, p.spanOf(t), "strings need double quotes")
		if text, ok := doubleQuoted(t.text); ok {
			p.fix(d, "use double quotes", t, text)
		}
	case !utf8.ValidString(t.text) && p.said[CodeInvalidUTF8]:
	default:
		p.error(CodeIllegalChar, p.spanOf(t), "illegal character %s", charName(t.text))
	}
}

// doubleQuoted is a string in other quotes as the language writes it: in single
// quotes a backslash escapes as it does here, in backticks it is a character. It
// reports false where the text has an escape that is none here.
func doubleQuoted(text string) (string, bool) {
	inner := text[1 : len(text)-1]
	if text[0] == '`' {
		return strconv.Quote(inner), true
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] == '\\' && i+1 < len(inner) && inner[i+1] == '\'':
			b.WriteByte('\'')
			i++
		case inner[i] == '\\' && i+1 < len(inner):
			b.WriteString(inner[i : i+2])
			i++
		case inner[i] == '"':
			b.WriteString(`\"`)
		default:
			b.WriteByte(inner[i])
		}
	}
	b.WriteByte('"')
	_, err := strconv.Unquote(b.String())
	return b.String(), err == nil
}

// charName shows the first character of a text, or its number when it is none
// that can be seen.
func charName(text string) string {
	r, _ := utf8.DecodeRuneInString(text)
	if strconv.IsPrint(r) {
		return quote(string(r))
	}
	hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return "U+" + strings.Repeat("0", max(0, 4-len(hex))) + hex
}
