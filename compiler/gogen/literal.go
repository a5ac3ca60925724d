package gogen

import (
	"strings"
)

// literal is a Go value that is data only, and writes itself as gofmt has it.
// The table of a schema is a literal. It does not pass through jennifer and gofmt,
// because gofmt prints what is nested once more for each level of nesting. In 100
// files of 12,600 lines the tables are a fifth of the text, and were 0.33 s of
// the 0.8 s of formatting: all of gen takes 0.95 s of CPU instead of 1.33 s.
type literal struct {
	head   string // all of a simple value; what stands before the brace of others
	body   []entry
	braces bool
	lines  bool // an entry a line
}

// entry is an element of a literal.
type entry struct {
	comment string // on a line of its own before an element without a key
	key     string // a field's name: gofmt aligns values behind very long keys otherwise
	value   literal
}

// simple is a value without a body.
func simple(text string) literal { return literal{head: text} }

// inline is a composite literal on one line; so must be what is in it.
func inline(head string, body []entry) literal {
	return literal{head: head, body: body, braces: true}
}

// multiline is a composite literal with an entry a line.
func multiline(head string, body []entry) literal {
	return literal{head: head, body: body, braces: true, lines: len(body) > 0}
}

// append appends the text of l, whose first line is indented so far.
func (l literal) append(b []byte, indent int) []byte {
	b = append(b, l.head...)
	switch {
	case !l.braces:
		return b
	case l.lines:
		b = append(b, '{', '\n')
		b = l.appendLines(b, indent+1)
		b = appendTabs(b, indent)
	default:
		b = append(b, '{')
		for i, e := range l.body {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = e.append(b, 0, indent)
		}
	}
	return append(b, '}')
}

// appendLines appends the entries, the values of neighbours on one line each
// below each other.
func (l literal) appendLines(b []byte, indent int) []byte {
	width, aligned := 0, 0 // of the entries before aligned
	for i, e := range l.body {
		if i >= aligned {
			width, aligned = keyWidth(l.body[i:])
			aligned += i
		}
		if e.comment != "" {
			b = append(appendTabs(b, indent), CommentLine(e.comment)+"\n"...)
		}
		b = e.append(appendTabs(b, indent), width, indent)
		b = append(b, ",\n"...)
	}
	return b
}

// keyWidth is the width of the longest key of the first n entries, which are
// those that gofmt aligns: a value of many lines stands alone.
func keyWidth(body []entry) (width, n int) {
	for n < len(body) && !body[n].value.lines {
		width = max(width, len(body[n].key))
		n++
	}
	return width, max(n, 1)
}

// append appends the entry, its value behind a key of at least that width.
func (e entry) append(b []byte, width, indent int) []byte {
	if e.key != "" {
		b = append(b, e.key...)
		b = append(b, ": "...)
		for range width - len(e.key) {
			b = append(b, ' ')
		}
	}
	return e.value.append(b, indent)
}

func appendTabs(b []byte, n int) []byte { return append(b, strings.Repeat("\t", n)...) }
