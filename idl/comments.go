package idl

import (
	"slices"
	"strings"
)

// commentIndex finds the comments of a file by their lines.
type commentIndex struct {
	all     []token
	alone   map[int]int // line → index in all, of comments that have their line to themselves
	behind  map[int]int // line → index in all, of the last comment behind something
	lastTok map[int]int // line → offset just behind the last token that is no comment
}

// splitComments parts the comments from the tokens that carry meaning.
func splitComments(toks []token) ([]token, *commentIndex) {
	ix := &commentIndex{alone: map[int]int{}, behind: map[int]int{}, lastTok: map[int]int{}}
	rest := make([]token, 0, len(toks)+1)
	for _, t := range toks {
		if t.kind != tokComment {
			rest = append(rest, t)
			ix.lastTok[t.pos.Line] = t.end().Offset
			continue
		}
		if _, taken := ix.lastTok[t.pos.Line]; taken {
			ix.behind[t.pos.Line] = len(ix.all)
		} else {
			ix.alone[t.pos.Line] = len(ix.all)
		}
		ix.all = append(ix.all, t)
	}
	return rest, ix
}

// above returns the text of the comment lines straight above a line.
func (ix *commentIndex) above(line int) []string {
	first := line
	for {
		i, ok := ix.alone[first-1]
		if !ok || !isLineComment(ix.all[i]) {
			break
		}
		first--
	}
	var doc []string
	for ; first < line; first++ {
		doc = append(doc, commentText(ix.all[ix.alone[first]].text))
	}
	return doc
}

// trailing returns the text of the comment that follows end on its line with
// nothing in between.
func (ix *commentIndex) trailing(end Pos) string {
	i, ok := ix.behind[end.Line]
	if !ok || ix.lastTok[end.Line] != end.Offset || !isLineComment(ix.all[i]) {
		return ""
	}
	return commentText(ix.all[i].text)
}

func isLineComment(t token) bool { return strings.HasPrefix(t.text, "//") }

// commentText strips the marker and the one space behind it.
func commentText(text string) string {
	text = strings.TrimPrefix(text, "//")
	return strings.TrimPrefix(text, " ")
}

// lineTail is the end of a line: behind pos, and behind the comment there.
func (ix *commentIndex) lineTail(pos Pos) Pos {
	if i, ok := ix.behind[pos.Line]; ok && ix.all[i].pos.Offset >= pos.Offset {
		return ix.all[i].end()
	}
	return pos
}

// within reports whether a comment stands between two places.
func (ix *commentIndex) within(start, end Pos) bool {
	i, _ := slices.BinarySearchFunc(ix.all, start.Offset, func(t token, off int) int {
		return t.pos.Offset - off
	})
	return i < len(ix.all) && ix.all[i].pos.Offset < end.Offset
}
