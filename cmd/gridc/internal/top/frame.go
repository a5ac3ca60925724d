package top

import (
	"fmt"
	"slices"
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
		x := all[i].laidOut(0, 1)
		for _, line := range x.lines(len(x.rows), 0) {
			b.WriteString(rendered(line, colour) + "\n")
		}
	}
	return b.String()
}

// frame fills a screen: a bar, and of each section as many rows as there is room for.
func (v *view) frame(columns, rows int, every time.Duration, colour bool) []string {
	all := v.chosen()
	blocks := make([]block, len(all))
	tall := tallest
	switch {
	case len(all) == 1:
		tall = tallestAlone
	case rows < shortScreen:
		tall = tallestShort
	}
	for i := range all {
		blocks[i] = all[i].laidOut(columns, tall)
	}
	given, hidden := shares(blocks, rows-1)
	lines := []string{rendered([]cell{{v.bar(columns, every, hidden), bar}}, colour)}
	for i, n := range given {
		if n < 0 {
			continue
		}
		if len(lines) > 1 {
			lines = append(lines, "")
		}
		for _, line := range blocks[i].lines(n, columns) {
			lines = append(lines, rendered(line, colour))
		}
	}
	return lines
}

// chosen are the sections that are to be seen: one, or all.
func (v *view) chosen() []section {
	all := v.sections()
	if v.only > 0 && v.only <= len(all) {
		return all[v.only-1 : v.only]
	}
	return all
}

// bar is the first line of a screen.
func (v *view) bar(columns int, every time.Duration, hidden int) string {
	said := fmt.Sprintf(" gridc top  %s  every %s  sorted by %s (s)  t: one table  q: quit", v.now.Format(time.TimeOnly), every, v.order)
	if hidden > 0 {
		said += fmt.Sprintf("  (%d more)", hidden)
	}
	return pad(cut(said, columns), columns, false)
}

// shares says how many rows of each block there is room for, -1 for one that is left out:
// those at the end in which nothing is wrong, then others at the end. Rows in trouble come
// before others, whichever table they are of.
func shares(all []block, room int) (given []int, hidden int) {
	const besides = 3 // title, columns, an empty line
	given = make([]int, len(all))
	left := room + 1 // the last one has no empty line
	heights := make([]int, len(all))
	for i := range all {
		given[i] = min(max(1, min(all[i].trouble, all[i].eager, room/4)), len(all[i].rows))
		heights[i] = besides
		for row := range given[i] {
			heights[i] += all[i].height(row)
		}
		left -= heights[i]
	}
	for left < 0 && hidden < len(all) {
		i := leastMissed(all, given)
		left += heights[i]
		given[i] = -1
		hidden++
	}
	for _, onlyTrouble := range []bool{true, false} {
		for more := true; more; {
			more = false
			for i := range given {
				n := given[i]
				if n < 0 || n >= len(all[i].rows) || onlyTrouble && n >= all[i].trouble {
					continue
				}
				if h := all[i].height(n); h <= left {
					given[i]++
					left -= h
					more = true
				}
			}
		}
	}
	return given, hidden
}

// height is how many lines a row takes.
func (b *block) height(row int) int {
	if row >= len(b.rows) {
		return 0
	}
	return len(b.rows[row])
}

// leastMissed is the block to leave out next.
func leastMissed(all []block, given []int) int {
	last := -1
	for i := range slices.Backward(all) {
		switch {
		case given[i] < 0:
		case all[i].trouble == 0:
			return i
		case last < 0:
			last = i
		}
	}
	return last
}
