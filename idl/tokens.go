package idl

import "github.com/alecthomas/participle/v2/lexer"

// TokenKind says what a [Token] is.
type TokenKind uint8

// The kinds of token. What is none of the others is TokenIllegal.
const (
	TokenIdent TokenKind = iota + 1
	TokenString
	TokenNumber
	TokenPunct
	TokenComment
	TokenIllegal
)

// Token is one word, literal, mark or comment of a file.
type Token struct {
	Kind TokenKind
	Text string // as written
	Pos  Pos
}

// End is the place just after the token.
func (t Token) End() Pos { return advance(t.Pos, t.Text) }

// Is reports whether the token is the given mark or word, and no literal or comment.
func (t Token) Is(text string) bool {
	return t.Text == text && (t.Kind == TokenPunct || t.Kind == TokenIdent)
}

// Tokens cuts a text into tokens, comments included, in their order. It is for tools
// that look at a text which need not be sound, as at a line that is being written.
func Tokens(src []byte) []Token {
	scanned := scan(string(src))
	tokens := make([]Token, len(scanned))
	for i, t := range scanned {
		tokens[i] = Token{Kind: tokenKinds[t.kind], Text: t.text, Pos: t.pos}
	}
	return tokens
}

var tokenKinds = map[lexer.TokenType]TokenKind{
	tokIdent: TokenIdent, tokString: TokenString, tokNumber: TokenNumber, tokPunct: TokenPunct,
	tokComment: TokenComment, tokIllegal: TokenIllegal,
}
