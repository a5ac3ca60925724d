package diag

import (
	"regexp"
	"strings"
)

// Article puts "a" or "an" before a word, which may be a name: by how people say
// it, not by its first letter alone.
func Article(word string) string {
	if vowelSound(word) {
		return "an " + word
	}
	return "a " + word
}

// consonantSounds begin like "you" or "one".
var consonantSounds = regexp.MustCompile(`^(uni([^nm]|$)|us[aeu]|ut[efi]|uu|uint|uid|url|eu|one|once)`)

// vowelSound reports whether a word begins with the sound of a vowel.
func vowelSound(word string) bool {
	name := strings.Trim(word, "`\"")
	if spelt(name) {
		return strings.IndexByte("AEFHILMNORSX", name[0]&^0x20) >= 0 // an RPC, a URL
	}
	name = strings.ToLower(name)
	return name != "" && strings.IndexByte("aeiou", name[0]) >= 0 && !consonantSounds.MatchString(name)
}

// spelt reports whether people say the letters of a name one by one at its start:
// it begins with capitals, and more than the one of its first word.
func spelt(name string) bool {
	upper := len(name) - len(strings.TrimLeft(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	first, _, _ := strings.Cut(name, " ")
	return upper > 2 || upper == 2 && len(name) == 2 || upper == 2 && !isLowerASCII(name[2]) || first == "rpc"
}

func isLowerASCII(c byte) bool { return c >= 'a' && c <= 'z' }
