package top

import (
	"fmt"
	"slices"
	"strings"
)

// style is how a cell looks where there are colours.
type style string

const (
	plain style = ""
	good  style = "32"
	warn  style = "33"
	bad   style = "31"
	soft  style = "2"
	head  style = "1"
	bar   style = "7"
)

// cell is a text in a table.
type cell struct {
	text  string
	style style
}

func text(s string) cell { return cell{text: s} }

// section is a table with a title.
type section struct {
	title   string
	columns []string // a name that begins with > is that of numbers
	rows    [][]cell
	left    int // rows that are not shown, besides
	trouble int // of the rows, so many at the beginning somebody should look at
	eager   int // of those, so many come before any row of a table further down
	// Columns that a narrow screen can do without, those first that are missed least.
	spare []string
}

const (
	// widest is how wide a column but the last may be on a terminal.
	widest = 44
	// narrowest is how little room is left to the last column at least.
	narrowest = 24
	// tallest is how many lines a row may take, tallestAlone where its table is alone, and
	// tallestShort on a screen of less than shortScreen lines.
	tallest      = 4
	tallestAlone = 8
	tallestShort = 2
	shortScreen  = 30
)

// block is a section that is laid out: a line for its columns, and some for each row.
type block struct {
	title   string
	names   []cell
	rows    [][][]cell
	left    int
	trouble int
	eager   int
}

// laidOut lays the section out for a screen so wide, with rows so tall at most; 0 is as wide
// as it takes.
func (s *section) laidOut(wide, tallest int) block {
	b := block{title: s.title, left: s.left, trouble: s.trouble, eager: s.eager}
	if len(s.rows) == 0 {
		return b
	}
	x := s.fitted(wide)
	widths := x.widths(x.rows, wide)
	b.names = x.line(x.names(), widths, wide, 1)[0]
	for _, row := range x.rows {
		b.rows = append(b.rows, x.line(row, widths, wide, tallest))
	}
	return b
}

func (s *section) names() []cell {
	names := make([]cell, len(s.columns))
	for i, name := range s.columns {
		names[i] = cell{strings.TrimPrefix(name, ">"), soft}
	}
	return names
}

// lines are its title, its columns, and so many of its rows.
func (b *block) lines(rows, wide int) [][]cell {
	title := b.title
	if left := len(b.rows) - rows + b.left; left > 0 {
		title += fmt.Sprintf(" (%d more)", left)
	}
	if wide > 0 {
		title = cut(title, wide)
	}
	all := [][]cell{{{title, head}}}
	if rows == 0 {
		return all
	}
	all = append(all, b.names)
	for _, row := range b.rows[:rows] {
		all = append(all, row...)
	}
	return all
}

// fitted is the section without the columns that there is no room for: first those that
// say nothing, then the others that can be spared.
func (s *section) fitted(wide int) section {
	x := *s
	for _, quiet := range []bool{true, false} {
		for _, name := range s.spare {
			if wide == 0 || x.wants(wide) <= wide {
				return x
			}
			if at := slices.Index(x.columns, name); at >= 0 && (!quiet || x.isQuiet(at)) {
				x = x.without(at)
			}
		}
	}
	return x
}

// wants is how wide a screen would have to be for all columns, where the last one may have
// half of this one.
func (s *section) wants(wide int) (n int) {
	widths := s.widths(s.rows, 1)
	last := len(widths) - 1
	for _, w := range widths[:last] {
		n += w + 2
	}
	return n + min(widths[last], max(narrowest, wide/2))
}

// isQuiet reports whether nothing is to be seen in a column.
func (s *section) isQuiet(at int) bool {
	return !slices.ContainsFunc(s.rows, func(row []cell) bool {
		return at < len(row)-1 && !slices.Contains([]string{"", none, "0", "0B"}, row[at].text)
	})
}

// without is the section without a column, which is not the last.
func (s *section) without(at int) section {
	x := *s
	x.columns = slices.Delete(slices.Clone(s.columns), at, at+1)
	x.rows = make([][]cell, len(s.rows))
	for i, row := range s.rows {
		if at < len(row)-1 { // a short row ends in a sentence
			row = slices.Delete(slices.Clone(row), at, at+1)
		}
		x.rows[i] = row
	}
	return x
}

// widths are those of the columns.
func (s *section) widths(rows [][]cell, wide int) []int {
	widths := make([]int, len(s.columns))
	for _, row := range append([][]cell{s.names()}, rows...) {
		for i, c := range row {
			if i < len(row)-1 || len(row) == len(s.columns) { // a short row ends in a sentence
				widths[i] = max(widths[i], width(c.text))
			}
		}
	}
	if wide > 0 {
		for i := range widths[:len(widths)-1] {
			widths[i] = min(widths[i], widest)
		}
	}
	return widths
}

// line lays out one row. What is too wide for the last column goes on below.
func (s *section) line(row []cell, widths []int, wide, tallest int) [][]cell {
	used := 0
	out := make([]cell, 0, len(row))
	for i, c := range row {
		last := i == len(row)-1
		if wide > 0 && !last {
			c.text = cut(c.text, widths[i])
		}
		if right := strings.HasPrefix(s.columns[i], ">"); !last || right {
			c.text = pad(c.text, widths[i], right)
		}
		if !last {
			c.text += "  "
		}
		if room := wide - used; wide > 0 && width(c.text) > room {
			if last {
				return folded(out, c, used, wide, tallest)
			}
			c.text = cut(strings.TrimRight(c.text, " "), max(room, 0))
		}
		used += width(c.text)
		out = append(out, c)
	}
	return [][]cell{out}
}

// folded puts a cell that is too wide after a line, and what is left of it below.
func folded(line []cell, c cell, used, wide, tallest int) [][]cell {
	all := [][]cell{line}
	if wide-used < min(narrowest, width(c.text)) && wide > 2*narrowest {
		used = 4
		all = append(all, []cell{text(strings.Repeat(" ", used))})
	}
	room := wide - used
	if room <= 0 {
		return all
	}
	parts := wrapped(c.text, room)
	if len(parts) > tallest {
		parts = append(parts[:tallest-1], cut(strings.Join(parts[tallest-1:], " "), room))
	}
	for i, part := range parts {
		if i > 0 {
			all = append(all, []cell{text(strings.Repeat(" ", used))})
		}
		all[len(all)-1] = append(all[len(all)-1], cell{part, c.style})
	}
	return all
}

// wrapped breaks s into lines of so many places, between words where it can.
func wrapped(s string, room int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && width(line)+1+width(word) > room {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
		for width(line) > room {
			head := cut(line, room+1)
			head = strings.TrimSuffix(head, "…")
			if head == "" {
				return append(lines, cut(line, room)) // not one character fits
			}
			lines, line = append(lines, head), line[len(head):]
		}
	}
	return append(lines, line)
}

// rendered is a line as it is written, without blanks at its end.
func rendered(line []cell, colour bool) string {
	line = slices.Clone(line)
	for n := len(line); n > 0; n-- {
		c := &line[n-1]
		if c.style != bar {
			c.text = strings.TrimRight(c.text, " ")
		}
		if c.text != "" {
			break
		}
	}
	var b strings.Builder
	for _, c := range line {
		if !colour || c.style == plain || c.text == "" {
			b.WriteString(c.text)
			continue
		}
		b.WriteString("\x1b[" + string(c.style) + "m" + c.text + "\x1b[0m")
	}
	return b.String()
}
