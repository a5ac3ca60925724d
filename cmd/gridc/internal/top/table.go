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
}

// widest is how wide a column but the last may be on a terminal.
const widest = 44

// lines lays the section out: its title, the columns, and at most so many rows. A width of
// 0 is as wide as it takes.
func (s *section) lines(rows, wide int) [][]cell {
	shown := s.rows[:min(rows, len(s.rows))]
	left := len(s.rows) - len(shown) + s.left
	title := s.title
	if left > 0 {
		title += fmt.Sprintf(" (%d more)", left)
	}
	if wide > 0 {
		title = cut(title, wide)
	}
	all := [][]cell{{{title, head}}}
	if len(shown) == 0 {
		return all
	}
	names := make([]cell, len(s.columns))
	for i, name := range s.columns {
		names[i] = cell{strings.TrimPrefix(name, ">"), soft}
	}
	table := append([][]cell{names}, shown...)
	widths := s.widths(table, wide)
	for _, row := range table {
		all = append(all, s.line(row, widths, wide))
	}
	return all
}

// widths are those of the columns.
func (s *section) widths(table [][]cell, wide int) []int {
	widths := make([]int, len(s.columns))
	for _, row := range table {
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

// line lays out one row.
func (s *section) line(row []cell, widths []int, wide int) []cell {
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
			if room > 0 {
				out = append(out, cell{cut(c.text, room), c.style})
			}
			return out
		}
		used += width(c.text)
		out = append(out, c)
	}
	return out
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
