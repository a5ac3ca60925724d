package idl

import (
	"strings"
	"unicode/utf8"
)

// join writes tokens with the white space that belongs between them.
func join(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 && spaced(toks[i-1], t) {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// spaced reports whether a space stands between two tokens of a line.
func spaced(a, b token) bool {
	switch {
	case a.kind == tokPunct && strings.ContainsAny(a.text, "([].@"):
		return false
	case b.kind != tokPunct:
		return true
	case b.is("<<"):
		return true
	case b.is("["):
		return !a.is("map")
	case b.is("("):
		return a.kind != tokIdent
	}
	return strings.Contains("={@", b.text)
}

// width is the number of columns that a text takes.
func width(text string) int { return utf8.RuneCountInString(text) }

// pad fills a text up to a number of columns.
func pad(text string, n int) string { return text + spaces(n-width(text)) }
