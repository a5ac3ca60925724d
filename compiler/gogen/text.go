package gogen

import (
	"strconv"
	"strings"
)

// intText writes an integer with an underscore every three digits, from five
// digits on.
func intText(n int64) string {
	if n < 0 {
		return "-" + uintText(uint64(-n))
	}
	return uintText(uint64(n))
}

// uintText is intText for all of uint64.
func uintText(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	if len(digits) < 5 {
		return digits
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte('_')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
