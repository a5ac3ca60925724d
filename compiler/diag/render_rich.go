package diag

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gridrpc/gridc/idl"
)

// richRenderer shows diagnostics in frames of source.
type richRenderer struct {
	*sourceLines
	out   *bufio.Writer
	paint palette
}

// mark is one stretch that a frame underlines.
type mark struct {
	span    idl.Span
	label   string
	primary bool
}

func (r *richRenderer) diagnostic(d *idl.Diagnostic) {
	color := severityColor(d.Severity)
	fmt.Fprintf(r.out, "%s%s\n",
		r.paint.paint(color, fmt.Sprintf("%s[%s]", d.Severity, d.ID)),
		r.paint.paint(bold, ": "+expand(d.Message)))
	marks := []mark{{d.Span, d.Label, true}}
	for _, other := range d.Related {
		marks = append(marks, mark{other.Span, other.Label, false})
	}
	gutter := gutterWidth(marks)
	r.frames(marks, gutter, color)
	if help := HelpText(d); help != "" {
		indent := strings.Repeat(" ", gutter)
		fmt.Fprintf(r.out, "%s %s\n", indent, r.paint.paint(blue, "|"))
		fmt.Fprintf(r.out, "%s %s help: %s\n", indent, r.paint.paint(blue, "="), expand(help))
	}
}

// HelpText is what to do: the help, or else the fix that is offered.
func HelpText(d *idl.Diagnostic) string {
	if d.Help == "" && len(d.Fixes) > 0 {
		return d.Fixes[0].Message
	}
	return d.Help
}

// gutterWidth is the width of the largest line number.
func gutterWidth(marks []mark) int {
	width := 1
	for _, m := range marks {
		width = max(width, len(strconv.Itoa(m.span.Start.Line)))
	}
	return width
}

// frames shows the marks of each file together, the file of the primary first.
func (r *richRenderer) frames(marks []mark, gutter int, color string) {
	primary := marks[0].span.File
	slices.SortStableFunc(marks, func(a, b mark) int {
		if c := cmp.Compare(btoi(a.span.File != primary), btoi(b.span.File != primary)); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.span.File, b.span.File), cmp.Compare(a.span.Start.Line, b.span.Start.Line))
	})
	for len(marks) > 0 {
		file := marks[0].span.File
		n := 1
		for n < len(marks) && marks[n].span.File == file {
			n++
		}
		r.frame(marks[:n], gutter, color)
		marks = marks[n:]
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// frame shows the marks of one file, by line.
func (r *richRenderer) frame(marks []mark, gutter int, color string) {
	at, arrow := marks[0].span, ":::"
	for _, m := range marks {
		if m.primary {
			at, arrow = m.span, "-->"
		}
	}
	indent := strings.Repeat(" ", gutter)
	fmt.Fprintf(r.out, "%s%s %s\n", indent, r.paint.paint(blue, arrow), placeText(at))
	bar := r.paint.paint(blue, "|")
	fmt.Fprintf(r.out, "%s %s\n", indent, bar)
	last := 0
	for _, m := range marks {
		line := m.span.Start.Line
		text := r.line(m.span.File, line)
		if line != last {
			if last != 0 && line > last+1 {
				fmt.Fprintln(r.out, r.paint.paint(blue, "..."))
			}
			number := r.paint.paint(blue, fmt.Sprintf("%*d", gutter, line))
			fmt.Fprintln(r.out, strings.TrimRight(fmt.Sprintf("%s %s %s", number, bar, expand(text)), " "))
			last = line
		}
		fmt.Fprintf(r.out, "%s %s %s\n", indent, bar, r.underline(m, text, color))
	}
}

// underline draws below a line what the mark covers of it.
func (r *richRenderer) underline(m mark, text, color string) string {
	start := min(max(m.span.Start.Col-1, 0), len(text))
	end := len(text)
	if m.span.End.Line == m.span.Start.Line {
		end = min(max(m.span.End.Col-1, start), len(text))
	}
	sign := "-"
	if m.primary {
		sign = "^"
	} else {
		color = blue
	}
	width := max(1, utf8.RuneCountInString(expand(text[start:end])))
	drawn := strings.Repeat(sign, width)
	if m.label != "" {
		drawn += " " + expand(m.label)
	}
	return strings.Repeat(" ", utf8.RuneCountInString(expand(text[:start]))) + r.paint.paint(color, drawn)
}

// expand makes a line safe to show: tabs become four spaces, what would move the
// cursor or reorder the line becomes a replacement character.
func expand(text string) string {
	text = strings.ReplaceAll(text, "\t", "    ")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
