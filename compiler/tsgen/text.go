package tsgen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/ir"
)

// This file is the only place that writes text of a schema into generated code: as a
// comment that nothing in it can end, or as a string.

// docComment is a comment in front of something that begins with the indent, with its line
// end. Without lines it is empty.
func docComment(indent string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	if len(lines) == 1 {
		return indent + "/** " + docLine(lines[0]) + " */\n"
	}
	var b strings.Builder
	b.WriteString(indent + "/**\n")
	for _, line := range lines {
		b.WriteString(strings.TrimRight(indent+" * "+docLine(line), " ") + "\n")
	}
	b.WriteString(indent + " */\n")
	return b.String()
}

// docLine is a line of a comment. TypeScript obeys some that begin with @ts-, and an
// asterisk at the end would end the comment with the slash behind it.
func docLine(text string) string {
	text = strings.TrimRight(emit.CleanComment(text), " ")
	text = strings.ReplaceAll(text, "@ts-", "@ ts-")
	if before, found := strings.CutSuffix(text, "*"); found {
		return before + " *"
	}
	return text
}

// docOf are the lines of the documentation of something: what the schema says, the comment
// behind it, or the fallback, and what is deprecated or secret about it.
func docOf(info *ir.Info, secret bool, fallback ...string) []string {
	lines := emit.DocLines(info.Doc)
	if text := strings.TrimSpace(info.Comment); text != "" {
		lines = withParagraph(lines, text)
	}
	if len(lines) == 0 {
		lines = fallback
	}
	if secret {
		lines = withParagraph(lines, "Secret: not to be logged or shown.")
	}
	return withDeprecation(lines, info)
}

func withDeprecation(lines []string, info *ir.Info) []string {
	if info.Deprecated == "" {
		return lines
	}
	return withParagraph(lines, "@deprecated "+info.Deprecated)
}

// withParagraph is lines with a paragraph behind them.
func withParagraph(lines []string, paragraph ...string) []string {
	if len(paragraph) == 0 {
		return lines
	}
	lines = append([]string{}, lines...)
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	return append(lines, paragraph...)
}

// quoted is a string as TypeScript writes it.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		switch {
		case r == '\'' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f || emit.CleanComment(string(r)) != string(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// digits writes a number with an underscore every three digits, from five digits on.
func digits(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	if len(text) < 5 {
		return sign + text
	}
	var b strings.Builder
	for i, digit := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			b.WriteByte('_')
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// intText writes an integer, big one that is the bits of a uint64.
func intText(n int64, big bool) string {
	if big {
		return digits(strconv.FormatUint(uint64(n), 10))
	}
	return digits(strconv.FormatInt(n, 10))
}
