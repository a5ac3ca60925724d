package compiler

import (
	_ "embed"
	"strings"
	"sync"
)

// Code explains one diagnostic id. Ids are stable: one is never given another
// meaning.
type Code struct {
	ID      string
	Summary string  // what is wrong, and why it is an error
	Wrong   Example // gives exactly this diagnostic
	Right   Example // gives none
}

// Example is a set of .grid files; the first is the one to look at.
type Example []ExampleFile

// ExampleFile is one file of an example.
type ExampleFile struct{ Name, Text string }

// mainFile is the name of the first file of an example.
const mainFile = "main.grid"

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

var parsedCodes = sync.OnceValue(func() []Code { return parseCodes(codesText) })

// Codes are all diagnostic ids with their explanations, in alphabetical order
// within each family.
func Codes() []Code { return parsedCodes() }

// Explain finds the explanation of an id; with an unknown one it gives the id
// that comes nearest, which may be empty.
func Explain(id string) (code Code, near string, ok bool) {
	var ids []string
	for _, c := range Codes() {
		if c.ID == id {
			return c, "", true
		}
		ids = append(ids, c.ID)
	}
	return Code{}, nearest(id, ids), false
}

// parseCodes reads codes.txt: each code is a line "== id", its summary, and the
// files of its examples behind lines "-- wrong" or "-- right", with a file name
// from the second one on.
func parseCodes(text string) []Code {
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
	name := mainFile
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
