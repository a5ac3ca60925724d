package diag

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/gridrpc/gridc/idl"
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

//go:embed codes_breaking.txt
var breakingCodesText string

var allCodes = sync.OnceValue(func() []Code {
	codes := slices.Concat(parseCodes(codesText), parseCodes(breakingCodesText), syntaxCodes())
	slices.SortFunc(codes, func(a, b Code) int {
		return cmp.Or(cmp.Compare(Family(a.ID), Family(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return codes
})

// Codes are all diagnostic ids with their explanations, those of the parser
// included: errors first, then each family, in alphabetical order.
func Codes() []Code { return slices.Clone(allCodes()) }

// ChangeCodes are those of Codes that changes between two revisions have, and the
// files that accept them, in the order in which they are listed.
func ChangeCodes() []Code { return parseCodes(breakingCodesText) }

// Family is what stands before the `/` of an id; errors have none.
func Family(id string) string {
	before, _, found := strings.Cut(id, "/")
	if !found {
		return ""
	}
	return before
}

// syntaxCodes are the ids of the parser, in the form of this package.
func syntaxCodes() []Code {
	var codes []Code
	for _, c := range idl.Codes {
		codes = append(codes, Code{
			ID:      c.ID,
			Summary: strings.ToUpper(c.Summary[:1]) + c.Summary[1:] + ". " + c.Explanation,
			Wrong:   Example{{MainFile, c.Wrong}},
			Right:   Example{{MainFile, c.Right}},
		})
	}
	return codes
}

// Explain finds the explanation of an id; with an unknown one it gives the id
// that comes nearest, which may be empty.
func Explain(id string) (code Code, near string, ok bool) {
	var ids []string
	for _, c := range allCodes() {
		if c.ID == id {
			return c, "", true
		}
		ids = append(ids, c.ID)
	}
	return Code{}, idl.Nearest(id, ids), false
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
