package text

import (
	"slices"
	"sort"
	"unicode/utf8"
)

// Position is a place in a document: Line and Character count from 0, Character in
// UTF-16 code units of the line.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// Range is half open.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// stride is about how many bytes lie between two marks.
const stride = 512

// Text is the content of a document with what finds places in it. It does not change,
// so it is safe for concurrent use.
type Text struct {
	content []byte
	starts  []int  // offsets of the first byte of each line
	ends    []int  // offsets after the last byte of each, line end excluded
	marks   []mark // about one a stride; nil while all is ASCII
}

// mark is a place, at the start of a character, with the UTF-16 code units before it.
type mark struct{ offset, units int }

// New makes a text of content, which must not change any more.
func New(content []byte) *Text {
	t := &Text{content: content, starts: []int{0}}
	for i := 0; i < len(content); i++ {
		switch content[i] {
		case '\r':
			t.ends = append(t.ends, i)
			if i+1 < len(content) && content[i+1] == '\n' {
				i++
			}
			t.starts = append(t.starts, i+1)
		case '\n':
			t.ends = append(t.ends, i)
			t.starts = append(t.starts, i+1)
		}
	}
	t.ends = append(t.ends, len(content))
	t.countUnits()
	return t
}

func (t *Text) countUnits() {
	if !slices.ContainsFunc(t.content, func(c byte) bool { return c >= utf8.RuneSelf }) {
		return
	}
	units := 0
	for at := 0; at < len(t.content); {
		if at >= len(t.marks)*stride {
			t.marks = append(t.marks, mark{at, units})
		}
		r, size := utf8.DecodeRune(t.content[at:])
		units += unitsOf(r)
		at += size
	}
}

// unitsOf is how many code units a character has. A byte that is no UTF-8 is shown as
// one character by editors.
func unitsOf(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// Bytes are the content; the caller must not change it.
func (t *Text) Bytes() []byte { return t.content }

// Lines is the number of lines, which is at least one.
func (t *Text) Lines() int { return len(t.starts) }

// Line is the content of a line without its end; empty for one that is not there.
func (t *Text) Line(n int) string {
	if n < 0 || n >= len(t.starts) {
		return ""
	}
	return string(t.content[t.starts[n]:t.ends[n]])
}

// LineStart is the offset of the first byte of a line.
func (t *Text) LineStart(n int) int { return t.starts[min(max(n, 0), len(t.starts)-1)] }

// End is the position after the last character.
func (t *Text) End() Position { return t.Position(len(t.content)) }

// Position is the place of an offset. One within a character counts as its start, one
// within or after a line end as the end of the line.
func (t *Text) Position(offset int) Position {
	offset = min(max(offset, 0), len(t.content))
	line, found := slices.BinarySearch(t.starts, offset)
	if !found {
		line--
	}
	offset = min(offset, t.ends[line])
	start := t.starts[line]
	if t.marks == nil {
		return Position{line, offset - start}
	}
	return Position{line, t.unitsBefore(offset) - t.unitsBefore(start)}
}

// Range is the range between two offsets.
func (t *Text) Range(from, to int) Range {
	start, end := t.Position(from), t.Position(to)
	if end.Line < start.Line || end.Line == start.Line && end.Character < start.Character {
		end = start
	}
	return Range{start, end}
}

// unitsBefore is the number of code units before an offset.
func (t *Text) unitsBefore(offset int) int {
	m := t.markBefore(func(m mark) bool { return m.offset <= offset })
	for m.offset < offset {
		r, size := utf8.DecodeRune(t.content[m.offset:])
		if m.offset+size > offset {
			break
		}
		m = mark{m.offset + size, m.units + unitsOf(r)}
	}
	return m.units
}

// markBefore is the last mark for which before is true; it is for the first.
func (t *Text) markBefore(before func(mark) bool) mark {
	n := sort.Search(len(t.marks), func(i int) bool { return !before(t.marks[i]) })
	return t.marks[max(n-1, 0)]
}

// Offset is the offset of a position. What lies after the end of its line is its end,
// what lies after the last line the end of the text; half of a surrogate pair is the
// start of its character.
func (t *Text) Offset(p Position) int {
	switch {
	case p.Line < 0:
		return 0
	case p.Line >= len(t.starts):
		return len(t.content)
	}
	at, end := t.starts[p.Line], t.ends[p.Line]
	if t.marks == nil {
		return at + min(max(p.Character, 0), end-at)
	}
	m := mark{at, t.unitsBefore(at)}
	want := m.units + max(p.Character, 0)
	if near := t.markBefore(func(m mark) bool { return m.units <= want }); near.offset > at {
		m = near
	}
	for m.offset < end {
		r, size := utf8.DecodeRune(t.content[m.offset:])
		if m.units += unitsOf(r); m.units > want {
			break
		}
		m.offset += size
	}
	return min(m.offset, end)
}
