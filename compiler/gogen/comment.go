package gogen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/ir"
)

// This file is the only place that writes a comment into generated code. Text
// of a schema is data: nothing in it may end a comment, or be read as an
// instruction by a Go tool.

// CommentLine returns text as one Go line comment. Whatever the text holds, the
// result is a single line that is a comment and nothing else.
func CommentLine(text string) string {
	text = strings.TrimRight(cleanComment(text), " ")
	if text == "" {
		return "//"
	}
	// The space is what keeps "go:generate", "line x:1" and "export F" from
	// being directives; +build is one in spite of it.
	return "// " + text
}

// cleanComment is a line that no Go tool reads as an instruction, either.
func cleanComment(text string) string {
	text = emit.CleanComment(text)
	trimmed := strings.TrimLeft(text, " \t")
	if rest, found := strings.CutPrefix(trimmed, "+build"); found {
		return "+ build" + rest
	}
	return text
}

// comment returns a statement that begins with the lines as comments, each on a
// line of its own, and goes on with what is added to it: a declaration, a
// field, a method. Without lines it is empty.
func comment(lines ...string) *jen.Statement {
	s := &jen.Statement{}
	for _, line := range lines {
		s.Comment(CommentLine(line)).Line()
	}
	return s
}

// docComment begins a declaration or member with its documentation: the lines
// of the schema, or fallback where it has none, and the paragraph that Go tools
// know a deprecated thing by.
func docComment(info *ir.Info, fallback ...string) *jen.Statement {
	lines := emit.DocLines(info.Doc)
	if len(lines) == 0 {
		lines = fallback
	}
	return comment(withDeprecation(lines, info.Deprecated)...)
}

// blockDoc is docComment for a declaration with a block: the comment behind its
// opening brace has no place in Go, so it closes the documentation.
func blockDoc(info *ir.Info, fallback ...string) *jen.Statement {
	lines := emit.DocLines(info.Doc)
	if text := strings.TrimSpace(info.Comment); text != "" {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, text)
	}
	if len(lines) == 0 {
		lines = fallback
	}
	return comment(withDeprecation(lines, info.Deprecated)...)
}

// withDeprecation appends the deprecation paragraph for reason, if there is one.
func withDeprecation(lines []string, reason string) []string {
	if reason == "" {
		return lines
	}
	out := append([]string{}, lines...)
	if len(out) > 0 {
		out = append(out, "")
	}
	return append(out, "Deprecated: "+reason)
}

// trailingComment puts the comment that stood behind a member behind its line.
func trailingComment(s *jen.Statement, text string) *jen.Statement {
	if strings.TrimSpace(text) == "" {
		return s
	}
	return s.Comment(CommentLine(strings.TrimSpace(text)))
}
