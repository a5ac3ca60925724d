package idl

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// The kinds of token. tokIllegal is the lexer's only way to say that something
// is wrong: it never fails.
const (
	tokEOF     = lexer.EOF
	tokIdent   = lexer.TokenType(1)
	tokString  = lexer.TokenType(2)
	tokNumber  = lexer.TokenType(3)
	tokPunct   = lexer.TokenType(4)
	tokComment = lexer.TokenType(5)
	tokIllegal = lexer.TokenType(6)
	// tokGhost is a token that is not in the source: a habit's fix put it there.
	tokGhost = lexer.TokenType(7)
)

// symbols are the names under which grammars know the kinds.
var symbols = map[string]lexer.TokenType{
	"EOF":     tokEOF,
	"Ident":   tokIdent,
	"String":  tokString,
	"Number":  tokNumber,
	"Punct":   tokPunct,
	"Comment": tokComment,
	"Illegal": tokIllegal,
	"Ghost":   tokGhost,
}

// token is one token with its text as written, or as a habit's fix writes it.
type token struct {
	kind lexer.TokenType
	text string
	pos  Pos
	// until is the place just after what the token stands for in the source, when
	// a habit has changed its text.
	until Pos
}

// end is the place just after the token.
func (t token) end() Pos {
	if t.until.Line > 0 {
		return t.until
	}
	if t.kind == tokGhost {
		return t.pos
	}
	return advance(t.pos, t.text)
}

// is reports whether the token is the given mark or word.
func (t token) is(text string) bool {
	return t.text == text && (t.kind == tokPunct || t.kind == tokIdent || t.kind == tokGhost)
}

// advance moves a position over a text.
func advance(pos Pos, text string) Pos {
	pos.Offset += len(text)
	if last := strings.LastIndexByte(text, '\n'); last >= 0 {
		pos.Line += strings.Count(text, "\n")
		pos.Col = len(text) - last
		return pos
	}
	pos.Col += len(text)
	return pos
}

// shift moves a position along its line, by a negative count too.
func shift(pos Pos, n int) Pos {
	pos.Offset += n
	pos.Col += n
	return pos
}

// toLexer gives participle its form of a token, with its index for an offset.
func (t token) toLexer(i int) lexer.Token {
	return lexer.Token{Type: t.kind, Value: t.text, Pos: lexer.Position{Offset: i}}
}

// fromLexer takes a token of the last line back from participle.
func (p *parser) fromLexer(t lexer.Token) token {
	return token{kind: t.Type, text: t.Value, pos: p.line[t.Pos.Offset].pos}
}

// sliceLexer feeds tokens that are there already to participle.
type sliceLexer struct {
	toks []token
	next int
}

// Next implements lexer.Lexer; it never fails.
func (l *sliceLexer) Next() (lexer.Token, error) {
	if l.next == len(l.toks) {
		return token{kind: tokEOF}.toLexer(l.next), nil
	}
	t := l.toks[l.next].toLexer(l.next)
	l.next++
	return t, nil
}
