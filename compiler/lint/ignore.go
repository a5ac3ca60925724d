package lint

import (
	"bytes"
	"strings"

	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// ignore is one such comment.
type ignore struct {
	rule, reason string
	at           idl.Span
	from, to     int // the lines that it speaks of
	used         bool
}

// applyIgnores removes what the comments of a source silence, and adds what is
// wrong with these comments themselves.
func applyIgnores(s *load.File, found []*idl.Diagnostic, enabled map[string]bool) []*idl.Diagnostic {
	l := &linter{}
	var sound []*ignore
	ignores := ignoresIn(s)
	if len(ignores) == 0 {
		return found
	}
	for _, ig := range ignores {
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
				Help("remove the comment")
		}
	}
	return l.found
}

func silenced(s *load.File, d *idl.Diagnostic, ignores []*ignore) bool {
	if d.Span.File != s.Path {
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
	case !IsRule(ig.rule):
		f := l.warn("lint/ignore-invalid", ig.at, "there is no lint rule `%s`", ig.rule)
		if near := idl.Nearest(strings.TrimPrefix(ig.rule, "lint/"), lintRuleIDs()); near != "" {
			f.Help("did you mean `lint/%s`?", near)
		} else {
			f.Help("write `//%s lint/RULE reason`", load.IgnoreDirective)
		}
	case ig.reason == "":
		l.warn("lint/ignore-invalid", ig.at, "`%s` is ignored without a reason", ig.rule).
			Help("write `//%s %s reason`", load.IgnoreDirective, ig.rule)
	default:
		return true
	}
	return false
}

// ignoresIn finds the comments of a source. One after code speaks of its line;
// one on a line of its own speaks of what follows: up to the first line that is
// neither a comment nor an annotation.
func ignoresIn(s *load.File) []*ignore {
	if !bytes.Contains(s.Tree.Source, []byte(load.IgnoreDirective)) {
		return nil
	}
	var list []*ignore
	lines := strings.Split(string(s.Tree.Source), "\n")
	offset := 0
	for i, line := range lines {
		col := commentStart(line)
		if text, ok := strings.CutPrefix(line[col:], "//"+load.IgnoreDirective); ok {
			line = strings.TrimRight(line, "\r")
			ig := &ignore{from: i + 1, to: i + 1, at: idl.Span{
				File:  s.Path,
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
