package compiler

import (
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// ignoreDirective, straight behind `//`, starts a comment that silences a rule.
const ignoreDirective = "gridc:ignore"

// ignore is one such comment.
type ignore struct {
	rule, reason string
	at           idl.Span
	from, to     int // the lines that it speaks of
	used         bool
}

// applyIgnores removes what the comments of a source silence, and adds what is
// wrong with these comments themselves.
func applyIgnores(s *source, found []*idl.Diagnostic, enabled map[string]bool) []*idl.Diagnostic {
	l := &linter{}
	var sound []*ignore
	for _, ig := range ignoresIn(s) {
		if l.checkIgnore(ig) {
			sound = append(sound, ig)
		}
	}
	for _, d := range found {
		if !silenced(s, d, sound) {
			l.found = append(l.found, d)
		}
	}
	for _, ig := range sound {
		if !ig.used && enabled[ig.rule] {
			l.warn("lint/ignore-unused", ig.at, "there is no `%s` here to ignore", ig.rule).
				help("remove the comment")
		}
	}
	return l.found
}

func silenced(s *source, d *idl.Diagnostic, ignores []*ignore) bool {
	if d.Span.File != s.path {
		return false
	}
	for _, ig := range ignores {
		if line := d.Span.Start.Line; ig.rule == d.ID && ig.from <= line && line <= ig.to {
			ig.used = true
			return true
		}
	}
	return false
}

// checkIgnore says whether a comment names a rule and a reason.
func (l *linter) checkIgnore(ig *ignore) bool {
	switch {
	case !IsLintRule(ig.rule):
		f := l.warn("lint/ignore-invalid", ig.at, "there is no lint rule `%s`", ig.rule)
		if near := nearest(strings.TrimPrefix(ig.rule, "lint/"), lintRuleIDs()); near != "" {
			f.help("did you mean `lint/%s`?", near)
		} else {
			f.help("write `//%s lint/RULE reason`", ignoreDirective)
		}
	case ig.reason == "":
		l.warn("lint/ignore-invalid", ig.at, "`%s` is ignored without a reason", ig.rule).
			help("write `//%s %s reason`", ignoreDirective, ig.rule)
	default:
		return true
	}
	return false
}

// ignoresIn finds the comments of a source. One behind code speaks of its line;
// one on a line of its own speaks of what follows: up to the first line that is
// neither a comment nor an annotation.
func ignoresIn(s *source) []*ignore {
	if !strings.Contains(string(s.file.Source), ignoreDirective) {
		return nil
	}
	var list []*ignore
	lines := strings.Split(string(s.file.Source), "\n")
	offset := 0
	for i, line := range lines {
		col := commentStart(line)
		if text, ok := strings.CutPrefix(line[col:], "//"+ignoreDirective); ok {
			line = strings.TrimRight(line, "\r")
			ig := &ignore{from: i + 1, to: i + 1, at: idl.Span{
				File:  s.path,
				Start: idl.Pos{Offset: offset + col, Line: i + 1, Col: col + 1},
				End:   idl.Pos{Offset: offset + len(line), Line: i + 1, Col: len(line) + 1},
			}}
			ig.rule, ig.reason, _ = strings.Cut(strings.TrimSpace(text), " ")
			if strings.TrimSpace(line[:col]) == "" {
				ig.to = lineOfCode(lines, i+1)
			}
			list = append(list, ig)
		}
		offset += len(lines[i]) + 1
	}
	return list
}

// lineOfCode is the number of the first line from index i on that is neither
// empty, nor a comment, nor an annotation.
func lineOfCode(lines []string, i int) int {
	for i < len(lines) {
		line := strings.TrimSpace(lines[i])
		if line != "" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "@") {
			break
		}
		i++
	}
	return i + 1
}

// commentStart is the index of the comment in a line, or the line's length.
func commentStart(line string) int {
	inString := false
	for i := 0; i < len(line); i++ {
		switch {
		case inString && line[i] == '\\':
			i++
		case line[i] == '"':
			inString = !inString
		case !inString && strings.HasPrefix(line[i:], "//"):
			return i
		}
	}
	return len(line)
}
