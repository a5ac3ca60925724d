package proto

import (
	"fmt"
	"strconv"
	"strings"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokWord
	tokNumber
	tokText
	tokMark
)

// token is one token, with the comments around it.
type token struct {
	kind tokenKind
	text string // of a text its value
	line int

	doc      []string // comments straight above, line by line
	trailing string   // comment after it on its line
}

// lexer cuts a file into tokens.
type lexer struct {
	name string
	src  string
	at   int
	line int
	toks []token

	doc     []string // comments read since the last token
	docLine int      // the line that the last of them ends on
}

// scan returns the tokens of a file, the last of which is its end.
func scan(name, src string) ([]token, error) {
	l := &lexer{name: name, src: strings.TrimPrefix(src, "\ufeff"), line: 1}
	for {
		if err := l.space(); err != nil {
			return nil, err
		}
		if l.at == len(l.src) {
			l.emit(tokEnd, "")
			return l.toks, nil
		}
		if err := l.token(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) fault(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", l.name, l.line, fmt.Sprintf(format, args...))
}

// emit appends a token; a comment belongs to it when it ends on the line before.
func (l *lexer) emit(kind tokenKind, text string) {
	t := token{kind: kind, text: text, line: l.line}
	if l.docLine >= l.line-1 {
		t.doc = l.doc
	}
	l.doc = nil
	l.toks = append(l.toks, t)
}

// space passes over white space and comments.
func (l *lexer) space() error {
	for l.at < len(l.src) {
		rest := l.src[l.at:]
		switch c := rest[0]; {
		case c == '\n':
			l.line++
			l.at++
			if l.docLine < l.line-1 {
				l.doc = nil // an empty line parts it from what follows
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.at++
		case strings.HasPrefix(rest, "//"):
			text, _, _ := strings.Cut(rest, "\n")
			l.comment([]string{commentLine(strings.TrimLeft(text, "/"))})
			l.at += len(text)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				return l.fault("an unterminated comment")
			}
			text := rest[:end+4]
			l.line += strings.Count(text, "\n")
			l.comment(blockLines(text))
			l.at += len(text)
		default:
			return nil
		}
	}
	return nil
}

// comment keeps the lines of a comment: of the token before it on its line, or of the next.
func (l *lexer) comment(lines []string) {
	if n := len(l.toks); n > 0 && len(l.doc) == 0 && l.toks[n-1].line == l.line && len(lines) == 1 && l.toks[n-1].trailing == "" {
		l.toks[n-1].trailing = lines[0]
		return
	}
	l.doc = append(l.doc, lines...)
	l.docLine = l.line
}

func commentLine(text string) string {
	return strings.TrimRight(strings.TrimPrefix(text, " "), " \t\r")
}

// blockLines are the lines of a block comment, without the stars in front.
func blockLines(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimLeft(text[2:len(text)-2], "*"), "\n") {
		line = strings.TrimSpace(line)
		line = commentLine(strings.TrimPrefix(line, "*"))
		if line != "" || len(lines) > 0 {
			lines = append(lines, line)
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// token reads one token.
func (l *lexer) token() error {
	rest := l.src[l.at:]
	switch c := rest[0]; {
	case isLetter(c):
		l.take(tokWord, length(rest, func(c byte) bool { return isLetter(c) || isDigit(c) }))
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		l.take(tokNumber, numberLength(rest))
	case c == '"' || c == '\'':
		return l.text(rest)
	case strings.IndexByte("{}()[]<>=;,:.-+/", c) >= 0:
		l.take(tokMark, 1)
	default:
		return l.fault("unexpected %q", rest[:1])
	}
	return nil
}

func (l *lexer) take(kind tokenKind, n int) {
	l.emit(kind, l.src[l.at:l.at+n])
	l.at += n
}

// text reads a quoted string. Its escapes are those of C, most of which are Go's.
func (l *lexer) text(rest string) error {
	for i := 1; i < len(rest) && rest[i] != '\n'; i++ {
		switch rest[i] {
		case '\\':
			i++
		case rest[0]:
			inner := rest[1:i]
			value, err := strconv.Unquote(`"` + strings.ReplaceAll(strings.ReplaceAll(inner, `\'`, `'`), `"`, `\"`) + `"`)
			if err != nil {
				value = inner
			}
			l.emit(tokText, value)
			l.at += i + 1
			return nil
		}
	}
	return l.fault("an unterminated string")
}

// numberLength takes what may belong to a number, with the sign of an exponent.
func numberLength(rest string) int {
	n := 1
	for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n]) || rest[n] == '.' ||
		(rest[n] == '-' || rest[n] == '+') && rest[n-1]|0x20 == 'e' && !strings.HasPrefix(rest, "0x")) {
		n++
	}
	return n
}

func length(text string, fits func(byte) bool) int {
	n := 0
	for n < len(text) && fits(text[n]) {
		n++
	}
	return n
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
