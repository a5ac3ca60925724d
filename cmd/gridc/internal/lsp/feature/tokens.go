package feature

import (
	"cmp"
	"slices"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/index"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/idl"
)

// TokenTypes and TokenModifiers are the legend of Tokens.
var (
	TokenTypes = []string{
		"namespace", "type", "class", "enum", "interface", "struct", "parameter", "property", "enumMember", "event", "method",
		"keyword", "comment", "string", "number", "decorator", "variable",
	}
	TokenModifiers = []string{"declaration", "deprecated", "readonly", "defaultLibrary"}
)

// Bits of TokenModifiers.
const (
	declarationBit = 1 << iota
	deprecatedBit
	readonlyBit
	libraryBit
)

var tokenTypes = map[index.Kind]string{
	index.Package: "namespace", index.Alias: "namespace", index.Const: "variable", index.Enum: "enum", index.Value: "enumMember",
	index.Message: "struct", index.Field: "property", index.Union: "interface", index.Variant: "property", index.Error: "event",
	index.Extern: "type", index.Annotation: "decorator", index.Service: "class", index.RPC: "method", index.Stream: "method", index.Subroute: "parameter",
}

// painted is a token with its colour.
type painted struct {
	from, to  int
	kind      string
	modifiers int
}

// Tokens colours what stands between two offsets: names by what they mean, all else by
// what it is.
func Tokens(v *View, from, to int) proto.SemanticTokens {
	names := map[int]painted{}
	for _, o := range v.Index.Occurrences(v.File) {
		names[o.At.Start.Offset] = paintName(o)
	}
	keywords := v.keywordPlaces()
	var all []painted
	for _, t := range idl.Tokens(v.Text.Bytes()) {
		p, known := names[t.Pos.Offset]
		if !known {
			p = paint(t, keywords)
		}
		if p.from, p.to = t.Pos.Offset, t.End().Offset; p.kind != "" && p.to >= from && p.from <= to {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b painted) int { return cmp.Compare(a.from, b.from) })
	return proto.SemanticTokens{Data: v.encode(all)}
}

func paintName(o index.Occurrence) painted {
	p := painted{kind: tokenTypes[o.Symbol.Kind]}
	if o.Decl {
		p.modifiers |= declarationBit
	}
	if _, is := deprecated(o.Symbol); is {
		p.modifiers |= deprecatedBit
	}
	if o.Symbol.Kind == index.Const || o.Symbol.Kind == index.Value {
		p.modifiers |= readonlyBit
	}
	return p
}

func paint(t idl.Token, keywords map[int]bool) painted {
	switch {
	case t.Kind == idl.TokenComment:
		return painted{kind: "comment"}
	case t.Kind == idl.TokenString:
		return painted{kind: "string"}
	case t.Kind == idl.TokenNumber:
		return painted{kind: "number"}
	case t.Kind == idl.TokenIdent && keywords[t.Pos.Offset]:
		return painted{kind: "keyword"}
	case t.Kind == idl.TokenIdent && slices.Contains(check.BuiltinTypes(), t.Text):
		return painted{kind: "type", modifiers: libraryBit}
	}
	return painted{}
}

// keywordPlaces are the offsets of the words that are keywords where they stand: the
// first of a line that is no name, and `map`; and of annotations, which look like it.
func (v *View) keywordPlaces() map[int]bool {
	places := map[int]bool{}
	toks := idl.Tokens(v.Text.Bytes())
	for i, t := range toks {
		first := i == 0 || toks[i-1].Pos.Line != t.Pos.Line || toks[i-1].Is("{")
		switch {
		case t.Kind != idl.TokenIdent:
		case t.Text == "map" && i+1 < len(toks) && toks[i+1].Is("["):
			places[t.Pos.Offset] = true
		case first && slices.Contains(idl.Keywords(), t.Text), i > 0 && toks[i-1].Is("@"):
			places[t.Pos.Offset] = true
		}
	}
	return places
}

// encode writes tokens as the protocol has them: each relative to the one before, and
// none longer than its line.
func (v *View) encode(all []painted) []int {
	data := []int{}
	var last proto.Position
	for _, p := range all {
		at := v.Text.Range(p.from, p.to)
		if at.Start.Line != at.End.Line || at.Start.Character >= at.End.Character {
			continue // a comment of the wrong kind, of several lines
		}
		delta := at.Start.Character
		if at.Start.Line == last.Line {
			delta -= last.Character
		}
		data = append(data, at.Start.Line-last.Line, delta, at.End.Character-at.Start.Character, slices.Index(TokenTypes, p.kind), p.modifiers)
		last = at.Start
	}
	return data
}
