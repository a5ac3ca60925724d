package idl

import "testing"

// Tokens give a text back whole, whatever it holds: what lies between them is white
// space.
func TestTokensCoverTheText(t *testing.T) {
	for _, src := range []string{"", "package p\n\nmessage A { // c\n  a [] string = 1 @limit(4KiB)\n}\n", "\"open\n'x' `y` /* z", "a.b ..\xff§ @@ -1 1.5 30s"} {
		last := 0
		for _, tok := range Tokens([]byte(src)) {
			if tok.Kind == 0 || src[tok.Pos.Offset:tok.End().Offset] != tok.Text || tok.Pos.Offset < last {
				t.Errorf("%q: %+v", src, tok)
			}
			for _, c := range src[last:tok.Pos.Offset] {
				if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
					t.Errorf("%q: %q is in no token", src, c)
				}
			}
			last = tok.End().Offset
		}
	}
}
