package idl

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// Code explains one diagnostic id. Ids are stable: one is never given another
// meaning.
type Code struct {
	ID      string
	Summary string  // what is wrong, and why it is an error
	Wrong   Example // gives exactly this diagnostic
	Right   Example // gives none, or passes as something milder
}

// Example is a set of .grid files; the first is the one to look at.
type Example []ExampleFile

// ExampleFile is one file of an example.
type ExampleFile struct{ Name, Text string }

// MainFile is the name of the first file of an example.
const MainFile = "main.grid"

// String is the text of the example, with file names where there are several.
func (e Example) String() string {
	if len(e) == 1 {
		return e[0].Text
	}
	var b strings.Builder
	for _, f := range e {
		b.WriteString("// file " + f.Name + "\n" + f.Text)
	}
	return b.String()
}

//go:embed codes.txt
var codesText string

var codes = sync.OnceValue(func() []Code {
	codes := ParseCodes(codesText)
	for i := range codes {
		codes[i].complete()
	}
	return codes
})

// Codes describe every id that Parse can report, in alphabetical order.
func Codes() []Code { return slices.Clone(codes()) }

// complete puts into an example what a text had better not hold.
func (c *Code) complete() {
	switch text := &c.Wrong[0].Text; c.ID {
	case CodeFileTooLarge:
		*text += strings.Repeat("// the same line again\n", 49_999)
	case CodeInvalidUTF8:
		*text = strings.Replace(*text, "é", "\xe9", 1)
	}
}

// ParseCodes reads a text of codes. Each is a line "== id", its summary, and the
// files of its examples after lines "-- wrong" or "-- right", with a file name
// from the second one on. What stands before the first code is the head of the text.
func ParseCodes(text string) []Code {
	var codes []Code
	var body *string
	for line := range strings.Lines(text) {
		if id, ok := strings.CutPrefix(line, "== "); ok {
			codes = append(codes, Code{ID: strings.TrimSpace(id)})
			body = &codes[len(codes)-1].Summary
			continue
		}
		if body == nil {
			continue // the head of the file
		}
		if head, ok := strings.CutPrefix(line, "-- "); ok {
			body = codes[len(codes)-1].startFile(strings.Fields(head))
			continue
		}
		*body += line
	}
	for i := range codes {
		codes[i].trim()
	}
	return codes
}

// startFile adds an empty file to one of the examples and returns its text.
func (c *Code) startFile(head []string) *string {
	name := MainFile
	if len(head) > 1 {
		name = head[1]
	}
	example := &c.Wrong
	if head[0] == "right" {
		example = &c.Right
	}
	*example = append(*example, ExampleFile{Name: name})
	return &(*example)[len(*example)-1].Text
}

func (c *Code) trim() {
	c.Summary = strings.TrimSpace(c.Summary)
	for _, example := range []Example{c.Wrong, c.Right} {
		for i := range example {
			example[i].Text = strings.TrimSpace(example[i].Text) + "\n"
		}
	}
}
