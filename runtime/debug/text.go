package debug

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// maxShown is how many characters of a name or reason are shown: what a Snapshot has.
const maxShown = 256

// shown is a text of others as the page has it: short, on one line, and without what
// hides or turns around what stands beside it.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\u00b7'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown-1]) + "\u2026"
	}
	return s
}

// duration is d with two or three digits.
func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "\u2013"
	case d < time.Millisecond:
		return digits(float64(d)/float64(time.Microsecond)) + " \u00b5s"
	case d < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	case d < time.Minute:
		return digits(d.Seconds()) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func digits(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// size is a number of bytes.
func size(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1024, 0
	for v >= 1024 && unit < len(units)-1 {
		v, unit = v/1024, unit+1
	}
	return digits(v) + " " + units[unit:unit+1] + "iB"
}

// count is a number with its thousands apart.
func count(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

func rate(perSecond float64) string {
	if perSecond == 0 {
		return "0"
	}
	if perSecond >= 1000 {
		return count(uint64(perSecond))
	}
	return digits(perSecond)
}
