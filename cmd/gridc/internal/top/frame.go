package top

import (
	"fmt"
	"strings"
	"time"
)

// page is what is written where there is no screen: all rows, however wide.
func (v *view) page(colour bool) string {
	var b strings.Builder
	all := v.sections()
	for i := range all {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, line := range all[i].lines(len(all[i].rows), 0) {
			b.WriteString(rendered(line, colour) + "\n")
		}
	}
	return b.String()
}

// frame fills a screen: a bar, and of each section as many rows as there is room for.
func (v *view) frame(columns, rows int, every time.Duration, colour bool) []string {
	all := v.sections()
	given := shares(all, rows-1)
	lines := []string{rendered([]cell{{v.bar(columns, every, len(all)-len(given)), bar}}, colour)}
	for i, n := range given {
		if i > 0 {
			lines = append(lines, "")
		}
		for _, line := range all[i].lines(n, columns) {
			lines = append(lines, rendered(line, colour))
		}
	}
	return lines
}

// bar is the first line of a screen.
func (v *view) bar(columns int, every time.Duration, hidden int) string {
	said := fmt.Sprintf(" gridc top  %s  every %s  sorted by %s (s: the next)  q: quit", v.now.Format(time.TimeOnly), every, v.order)
	if hidden > 0 {
		said += fmt.Sprintf("  %d tables need more lines", hidden)
	}
	return pad(cut(said, columns), columns, false)
}

// shares says how many rows of each section there is room for. Sections at the end for
// which there is none are left out.
func shares(all []section, room int) []int {
	const besides = 3 // title, columns, an empty line
	n := len(all)
	for n > 0 && n*(besides+1) > room+1 { // the last one has no empty line
		n--
	}
	given := make([]int, n)
	room += 1 - n*besides
	for more := true; more; {
		more = false
		for i := range given {
			if room > 0 && given[i] < len(all[i].rows) {
				given[i]++
				room--
				more = true
			}
		}
	}
	return given
}
