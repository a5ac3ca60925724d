package goname

import (
	"iter"
	"strings"
)

// initialisms are the words that Go writes in capitals throughout: those that golint,
// revive and staticcheck agree on, and `gid`, which stands beside `uid`.
var initialisms = nameSet(`
	ACL API ASCII CPU CSS DNS EOF GID GUID HTML HTTP HTTPS ID IP JSON QPS RAM RPC SLA SMTP SQL SSH TCP TLS TTL
	UDP UI UID UUID URI URL UTF8 VM XML XMPP XSRF XSS
`)

// initialism is a word as Go writes it: id is ID, ids IDs, http2 HTTP2. A word that is no
// initialism stays as it is.
func initialism(word string) string {
	upper := strings.ToUpper(word)
	switch singular, isPlural := strings.CutSuffix(upper, "S"); {
	case initialisms[upper], initialisms[strings.TrimRight(upper, "0123456789")]:
		return upper
	case isPlural && initialisms[singular]:
		return singular + "s"
	}
	return word
}

// camelWords parts a name before each capital that begins a word: userId is user and Id,
// HTTPProxy is HTTP and Proxy.
func camelWords(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := 0
		for i := 1; i < len(name); i++ {
			if startsWord(name, i) {
				if !yield(name[start:i]) {
					return
				}
				start = i
			}
		}
		yield(name[start:])
	}
}

// startsWord reports whether the byte at i, which is not the first, begins a word.
func startsWord(name string, i int) bool {
	if !isUpperASCII(name[i]) {
		return false
	}
	return !isUpperASCII(name[i-1]) || i+1 < len(name) && isLowerASCII(name[i+1]) && !isPlural(name, i+1)
}

// isPlural reports whether the byte at i is the s of a plural such as URLs: it follows
// capitals, and a word ends with it.
func isPlural(name string, i int) bool {
	return i > 1 && name[i] == 's' && isUpperASCII(name[i-1]) && isUpperASCII(name[i-2]) &&
		(i+1 == len(name) || isUpperASCII(name[i+1]) || name[i+1] == '_')
}
