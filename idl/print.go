package idl

import (
	"bytes"
	"slices"
	"strings"
)

// indent is one level of it.
const indent = "    "

// Format returns the canonical form of a file, and the diagnostics of Parse.
// Nothing is reordered, every comment is kept, and literals stay as they were
// written. Lines end with LF; see [LikeLines]. Parts of the file that are not sound
// stay as they are; where they would be read otherwise beside the others, so does the
// whole file.
func Format(path string, src []byte) ([]byte, []*Diagnostic) {
	p := parse(path, src)
	if p.rows == nil && len(p.toks) != 1 {
		return bytes.Clone(src), p.diags // nothing in it can be trusted
	}
	pr := &printer{p: p}
	for _, l := range p.layout() {
		pr.line(l)
	}
	pr.flush()
	if len(p.diags) > 0 && !sameFaults(p.diags, parse(path, pr.out.Bytes()).diags) {
		return bytes.Clone(src), p.diags
	}
	return pr.out.Bytes(), p.diags
}

// sameFaults reports whether two parses found the same. Where a declaration is
// broken its extent is told by the columns of its lines, so a file may read
// otherwise once its sound parts have moved: then nothing is moved.
func sameFaults(a, b []*Diagnostic) bool {
	return slices.EqualFunc(a, b, func(a, b *Diagnostic) bool { return a.ID == b.ID })
}

// printer turns lines into text. Lines whose columns depend on each other wait
// in section until it is complete.
type printer struct {
	p       *parser
	out     bytes.Buffer
	section []printed
}

// line takes the next line.
func (pr *printer) line(l printed) {
	if !l.aligned() || l.blank {
		pr.flush()
	}
	if l.blank {
		pr.out.WriteByte('\n')
	}
	if l.aligned() {
		pr.section = append(pr.section, l)
		return
	}
	if l.row.kind == rowVerbatim && !l.alone {
		text := pr.p.file.Source[l.first.Offset:l.last.Offset]
		pr.out.WriteString(unixLines(string(text)))
		pr.out.WriteByte('\n')
		return
	}
	pr.write(l.depth, pr.text(l))
}

// aligned reports whether the line has columns.
func (l *printed) aligned() bool {
	if l.alone || l.row.opens || l.depth == 0 {
		return false
	}
	switch l.row.kind {
	case rowField, rowValue, rowReserved, rowClause, rowSpec, rowHandler:
		return true
	}
	return false
}

// text is the text of a line without columns.
func (pr *printer) text(l printed) string {
	if l.alone {
		return unixLines(l.comment)
	}
	text := join(pr.p.toks[l.row.from:l.row.to])
	if l.row.kind == rowOpenGroup {
		text = "import ("
	}
	switch {
	case l.empty && l.row.kind == rowOpenGroup:
		text += ")"
	case l.empty:
		text += "}"
	}
	if l.comment != "" {
		text += " " + l.comment
	}
	return text
}

// flush writes the section that is complete.
func (pr *printer) flush() {
	if len(pr.section) == 0 {
		return
	}
	all := make([]cells, len(pr.section))
	comments := make([]string, len(pr.section))
	for i, l := range pr.section {
		all[i], comments[i] = pr.p.cellsOf(l.row), l.comment
	}
	for _, text := range align(all, comments) {
		pr.write(pr.section[0].depth, text)
	}
	pr.section = pr.section[:0]
}

// write writes one line.
func (pr *printer) write(depth int, text string) {
	for range depth {
		pr.out.WriteString(indent)
	}
	pr.out.WriteString(text)
	pr.out.WriteByte('\n')
}

// unixLines ends lines with a newline alone.
func unixLines(text string) string {
	if !strings.Contains(text, "\r\n") {
		return text
	}
	lines := strings.Split(text, "\n")
	for i := range len(lines) - 1 {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return strings.Join(lines, "\n")
}
