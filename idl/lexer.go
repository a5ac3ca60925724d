package idl

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"
)

// definition is the language's lexer as participle wants to see it.
type definition struct{}

// Symbols implements lexer.Definition.
func (definition) Symbols() map[string]lexer.TokenType { return symbols }

// Lex implements lexer.Definition. Only reading can fail, lexing never does.
func (definition) Lex(_ string, r io.Reader) (lexer.Lexer, error) {
	src, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return &sliceLexer{toks: scan(string(src))}, nil
}

// scanner cuts a source into tokens. White space, line ends included, is
// dropped: lines are told apart by the positions of their tokens.
type scanner struct {
	src  string
	off  int
	line int
	bol  int // offset of the line's first byte
	toks []token
}

// scan returns all tokens, comments included, without the end-of-file token.
func scan(src string) []token {
	s := &scanner{src: src, line: 1, toks: make([]token, 0, len(src)/5+8)}
	if strings.HasPrefix(src, "\ufeff") {
		s.off = len("\ufeff")
	}
	for s.skipSpace(); s.off < len(s.src); s.skipSpace() {
		s.token()
	}
	return s.toks
}

// skipSpace goes to the next token and counts lines on the way.
func (s *scanner) skipSpace() {
	for s.off < len(s.src) {
		switch s.src[s.off] {
		case '\n':
			s.line++
			s.bol = s.off + 1
		case ' ', '\t', '\r':
		default:
			return
		}
		s.off++
	}
}

// token scans one token.
func (s *scanner) token() {
	rest := s.src[s.off:]
	c := rest[0]
	switch {
	case isLetter(c) || c >= utf8.RuneSelf && wordLen(rest) > 0:
		s.emit(tokIdent, wordLen(rest))
	case isDigit(c) || c == '-' && len(rest) > 1 && isDigit(rest[1]):
		s.emit(tokNumber, numberLen(rest))
	case c == '"' || c == '\'' || c == '`':
		s.quoted(rest)
	case strings.HasPrefix(rest, "//"):
		s.emit(tokComment, len(strings.TrimRight(firstLine(rest), " \t\r")))
	case strings.HasPrefix(rest, "/*"):
		s.blockComment(rest)
	case c == '.':
		s.emit(tokPunct, len(rest)-len(strings.TrimLeft(rest, ".")))
	case strings.HasPrefix(rest, "<<"):
		s.emit(tokPunct, 2)
	case strings.IndexByte("{}()[]=,:@?*<>;", c) >= 0:
		s.emit(tokPunct, 1)
	default:
		s.emit(tokIllegal, illegalLen(rest))
	}
}

// emit appends the next n bytes as a token.
func (s *scanner) emit(kind lexer.TokenType, n int) {
	text := s.src[s.off : s.off+n]
	pos := Pos{Offset: s.off, Line: s.line, Col: s.off - s.bol + 1}
	s.toks = append(s.toks, token{kind: kind, text: text, pos: pos})
	s.off += n
	if last := strings.LastIndexByte(text, '\n'); last >= 0 {
		s.line += strings.Count(text, "\n")
		s.bol = s.off - (len(text) - last - 1)
	}
}

// quoted scans a string. One that does not end on its line is illegal and ends
// before a brace that closes the line, so that the block after it survives.
func (s *scanner) quoted(rest string) {
	quote := rest[0]
	for i := 1; i < len(rest) && rest[i] != '\n'; i++ {
		switch {
		case rest[i] == '\\' && quote != '`' && i+1 < len(rest) && rest[i+1] != '\n':
			i++
		case rest[i] == quote && quote == '"':
			s.emit(tokString, i+1)
			return
		case rest[i] == quote:
			s.emit(tokIllegal, i+1)
			return
		}
	}
	open := strings.TrimRight(firstLine(rest), " \t\r")
	if before, found := strings.CutSuffix(open, "{"); found && len(before) > 1 {
		open = strings.TrimRight(before, " \t\r")
	}
	s.emit(tokIllegal, len(open))
}

// blockComment scans a comment of the kind that the language does not have.
func (s *scanner) blockComment(rest string) {
	if end := strings.Index(rest[2:], "*/"); end >= 0 {
		s.emit(tokComment, end+4)
		return
	}
	s.emit(tokComment, len(strings.TrimRight(rest, " \t\r\n")))
}

// firstLine returns the text up to its line end.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// wordLen is the length of the identifier at the start of text. Letters beyond
// ASCII are taken in, so that the parser can say what is wrong with them.
func wordLen(text string) int {
	n := 0
	for n < len(text) {
		if c := text[n]; isLetter(c) || isDigit(c) {
			n++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[n:])
		if size < 2 || r == '\ufeff' {
			break
		}
		n += size
	}
	return n
}

// numberLen takes everything that looks as if it was meant as one number; a
// range's dots end it.
func numberLen(text string) int {
	n := 1
	for n < len(text) {
		c := text[n]
		dot := c == '.' && n+1 < len(text) && isDigit(text[n+1])
		if !dot && !isLetter(c) && !isDigit(c) && !signsExponent(text, n) {
			break
		}
		n++
	}
	return n
}

// signsExponent reports whether the byte at i is the sign in a number such as 1e-9.
func signsExponent(text string, i int) bool {
	return (text[i] == '-' || text[i] == '+') && i+1 < len(text) && isDigit(text[i+1]) && text[i-1]|0x20 == 'e' &&
		strings.Trim(text[:i-1], "-0123456789_.") == ""
}

// illegalLen is the length of a run of characters that no token begins with.
func illegalLen(text string) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		known := size == 1 && r != utf8.RuneError &&
			(isLetter(text[n]) || isDigit(text[n]) || strings.ContainsRune(" \t\r\n\"'`/{}()[]=,:@?*<>;.", r))
		if n > 0 && (known || size > 1 && r != '\ufeff') {
			break
		}
		n += size
	}
	return n
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
