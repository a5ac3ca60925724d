package idl

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"
)

func TestLexer(t *testing.T) {
	for _, tt := range []struct {
		src  string
		want []string
	}{
		{"reserved 8, 14..15", []string{"Ident reserved", "Number 8", "Punct ,", "Number 14", "Punct ..", "Number 15"}},
		{"a.b 1.5 -1m30s - 10_0", []string{"Ident a", "Punct .", "Ident b", "Number 1.5", "Number -1m30s", "Illegal -", "Number 10_0"}},
		{`x "a\"b" // c`, []string{"Ident x", `String "a\"b"`, "Comment // c"}},
		{"\"open {\n}", []string{`Illegal "open`, "Punct {", "Punct }"}},
		{"\"\\\nx", []string{`Illegal "\`, "Ident x"}},
		{"'a' `b\\` '", []string{"Illegal 'a'", "Illegal `b\\`", "Illegal '"}},
		{"/* a\n b */c", []string{"Comment /* a\n b */", "Ident c"}},
		{"/* a\n", []string{"Comment /* a"}},
		{"a/b #$%\xff\x00! é", []string{"Ident a", "Illegal /", "Ident b", "Illegal #$%\xff\x00!", "Ident é"}},
		{"// c\r\nx\r", []string{"Comment // c", "Ident x"}},
	} {
		var d definition
		names := lexer.SymbolsByRune(d)
		l, err := d.Lex("x.grid", strings.NewReader(tt.src))
		if err != nil {
			t.Fatal(err)
		}
		toks, err := lexer.ConsumeAll(l)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tok := range toks[:len(toks)-1] {
			got = append(got, names[tok.Type]+" "+tok.Value)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q:\n got %q\nwant %q", tt.src, got, tt.want)
		}
	}
}
