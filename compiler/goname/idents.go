package goname

import (
	"strconv"
	"strings"
)

// IdentTable hands out identifiers, each once.
type IdentTable map[string]bool

// Pick returns want, or want with the first number after it that is free.
func (t IdentTable) Pick(want string) string {
	name := want
	for n := 2; t[name]; n++ {
		name = want + strconv.Itoa(n)
	}
	t[name] = true
	return name
}

// SnakeName is the lower-case name of a file: HTTPProxy becomes http_proxy.
func SnakeName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if i > 0 && startsWord(name, i) && name[i-1] != '_' {
			b.WriteByte('_')
		}
		b.WriteByte(name[i])
	}
	return strings.ToLower(b.String())
}

func isUpperASCII(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLowerASCII(c byte) bool { return c >= 'a' && c <= 'z' }
