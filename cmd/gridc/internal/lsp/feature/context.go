package feature

import (
	"slices"
	"strings"

	"github.com/gridrpc/gridc/idl"
)

// cursor is what stands before an offset, as far as its own line and the blocks around
// it tell. It looks at tokens, for a line that is being written is in no tree.
type cursor struct {
	offset int
	block  string      // the keyword of the innermost block that is open; "" at the top
	owner  string      // the name of the declaration that is open
	before []idl.Token // of the line, without the word that is being written
	word   string      // the part of a name that stands straight before
	start  int         // where that word begins
	inText bool        // in a comment, or in a string
	quoted *idl.Token  // the string that is being written
}

// blockWords are the keywords that open a block.
var blockWords = []string{"message", "union", "enum", "error", "service", "rpc", "stream", "import"}

// topWords are the keywords that begin a line outside of all blocks. Those of members are
// not among them: who lets the editor indent the lines later writes them at the margin.
var topWords = []string{"package", "import", "const", "enum", "message", "union", "error", "extern", "annotation", "service"}

// lookBefore makes the cursor of an offset.
func lookBefore(src []byte, offset int) cursor {
	offset = min(max(offset, 0), len(src))
	c := cursor{offset: offset, start: offset}
	toks := idl.Tokens(src[:offset])
	first := c.blocks(toks, lineOf(src, offset))
	for i := first; i < len(toks); i++ {
		if t := toks[i]; t.Kind == idl.TokenComment {
			c.inText = true // it reaches to the end of the line
		} else {
			c.before = append(c.before, t)
		}
	}
	c.takeWord()
	return c
}

// lineOf is the number of the line of an offset, as idl counts.
func lineOf(src []byte, offset int) int { return 1 + strings.Count(string(src[:offset]), "\n") }

// blocks finds the blocks that are open where a line begins, and returns the index of
// its first token. A declaration at the margin begins anew: what is above it may lack
// its brace as long as it is being written.
func (c *cursor) blocks(toks []idl.Token, line int) (first int) {
	type block struct{ word, owner string }
	var open []block
	lineFirst := 0
	for i, t := range toks {
		if i > 0 && t.Pos.Line != toks[i-1].Pos.Line {
			lineFirst = i
		}
		switch {
		case t.Pos.Line == line && t.Kind == idl.TokenComment && strings.HasPrefix(t.Text, "/*"):
			c.inText = true
		case t.Is("{") || t.Is("(") && toks[lineFirst].Is("import"):
			word, owner := blockOf(toks[lineFirst:i])
			open = append(open, block{word, owner})
		case len(open) > 0 && (t.Is("}") || t.Is(")") && open[len(open)-1].word == "import"):
			open = open[:len(open)-1]
		case t.Pos.Col == 1 && t.Kind == idl.TokenIdent && slices.Contains(topWords, t.Text):
			open = nil
		}
	}
	for len(toks) > 0 && first < len(toks) && toks[first].Pos.Line < line {
		first++
	}
	// What the line itself opens is around the cursor all the same.
	if len(open) > 0 {
		c.block, c.owner = open[len(open)-1].word, open[0].owner
		for _, b := range open {
			if b.word == "service" {
				c.owner = b.owner
			}
		}
	}
	for i := len(toks) - 1; i >= first; i-- {
		if toks[i].Is("{") || toks[i].Is("}") {
			return i + 1
		}
	}
	return first
}

// blockOf is the keyword that opens a block, and the name after it.
func blockOf(line []idl.Token) (word, owner string) {
	for i, t := range line {
		if t.Kind == idl.TokenIdent && slices.Contains(blockWords, t.Text) && (i == 0 || !line[i-1].Is("@")) {
			if i+1 < len(line) {
				owner = line[i+1].Text
			}
			return t.Text, owner
		}
	}
	return "?", ""
}

// takeWord parts the name or string that is being written from what stands before it.
func (c *cursor) takeWord() {
	if len(c.before) == 0 {
		return
	}
	last := c.before[len(c.before)-1]
	switch {
	case last.End().Offset != c.offset:
	case last.Kind == idl.TokenIllegal && strings.HasPrefix(last.Text, `"`):
		c.quoted, c.start = &last, last.Pos.Offset
		c.word = last.Text[1:]
		c.before = c.before[:len(c.before)-1]
	case last.Kind == idl.TokenIdent || last.Kind == idl.TokenNumber:
		c.word, c.start = last.Text, last.Pos.Offset
		c.before = c.before[:len(c.before)-1]
	}
}

// last is the i-th token before the word, counting from 0; an empty one where there is
// none.
func (c *cursor) last(i int) idl.Token {
	if i >= len(c.before) {
		return idl.Token{}
	}
	return c.before[len(c.before)-1-i]
}

// first is the first token of the line, or the word while it is the only one.
func (c *cursor) first() string {
	if len(c.before) == 0 {
		return ""
	}
	return c.before[0].Text
}

// has reports whether a mark or word stands on the line before.
func (c *cursor) has(text string) bool {
	return slices.ContainsFunc(c.before, func(t idl.Token) bool { return t.Is(text) })
}

// annotation is the name of the annotation whose parentheses the cursor is in; ok is
// false outside of any.
func (c *cursor) annotation() (name string, ok bool) {
	for i := len(c.before) - 1; i >= 0; i-- {
		switch {
		case c.before[i].Is(")"):
			return "", false
		case c.before[i].Is("("):
			if i < 2 || !c.before[i-2].Is("@") {
				return "", false
			}
			return c.before[i-1].Text, true
		}
	}
	return "", false
}
