package emit

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gridrpc/gridc/compiler/ir"
)

// CleanComment replaces in one line of a schema what no comment must hold: line ends
// become spaces, and what can make code look like something else than what it is goes
// away. A "*/" cannot end a line comment, but it can once somebody wraps the line in a
// block comment.
func CleanComment(text string) string {
	text = strings.Map(commentRune, strings.ToValidUTF8(text, string(utf8.RuneError)))
	return strings.ReplaceAll(text, "*/", "* /")
}

// commentRune turns line ends into spaces, and drops control characters and the
// marks that change the direction of text.
func commentRune(r rune) rune {
	switch {
	case r == '\t':
		return r
	case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
		return ' '
	case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff':
		return -1
	}
	return r
}

// DocLines drops the lines that speak to gridc, and the empty ones at both ends.
func DocLines(doc []string) []string {
	var lines []string
	for _, line := range doc {
		if !strings.HasPrefix(strings.TrimSpace(line), "gridc:") {
			lines = append(lines, line)
		}
	}
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// Sources are the names of the .grid files of a package, for the second line of what is
// generated from them.
func Sources(p *ir.Package) string {
	var names []string
	for _, file := range p.AllFiles() {
		names = append(names, path.Base(file))
	}
	return strings.Join(names, ", ")
}
