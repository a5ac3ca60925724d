package top

import (
	"fmt"
	"strconv"
	"time"
	"unicode"
)

// none stands where there is nothing to show.
const none = "-"

// short is d with two or three digits, none for 0.
func short(d time.Duration) string {
	unit := time.Nanosecond
	for unit < time.Second && d >= 100*unit { // 1.23ms, 12.3ms, 123ms
		unit *= 10
	}
	switch {
	case d <= 0:
		return none
	case d >= 48*time.Hour:
		return strconv.Itoa(int(d.Hours()/24)) + "d"
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(unit).String()
}

// age is a time that has passed, in seconds.
func age(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	return short(d.Truncate(time.Second))
}

// size is a number of bytes.
func size(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for n >= 1024 && i < len(units)-1 {
		n, i = n/1024, i+1
	}
	if i > 0 && n < 10 {
		return fmt.Sprintf("%.1f%s", n, units[i])
	}
	return fmt.Sprintf("%.0f%s", n, units[i])
}

// rate is how often something happens in a second.
func rate(perSecond float64) string {
	switch {
	case perSecond < 0:
		return none // not known yet
	case perSecond == 0 || perSecond >= 10:
		return fmt.Sprintf("%.0f", perSecond)
	}
	return fmt.Sprintf("%.1f", perSecond)
}

// wide are the characters that take two places on a terminal.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{{0x1100, 0x115f, 1}, {0x2e80, 0xa4cf, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f300, 0x1faff, 1}, {0x20000, 0x3fffd, 1}},
}

// places is how many places of a terminal's line a character takes.
func places(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

func width(s string) (n int) {
	for _, r := range s {
		n += places(r)
	}
	return n
}

// cut shortens s to so many places.
func cut(s string, most int) string {
	if width(s) <= most {
		return s
	}
	if most <= 0 {
		return ""
	}
	left := most - 1
	for i, r := range s {
		if left -= places(r); left < 0 {
			return s[:i] + "…"
		}
	}
	return s // not reached: it is too wide
}

// pad fills s up to so many places, at the left if it is a number.
func pad(s string, to int, right bool) string {
	blanks := to - width(s)
	if blanks <= 0 {
		return s
	}
	fill := fmt.Sprintf("%*s", blanks, "")
	if right {
		return fill + s
	}
	return s + fill
}
