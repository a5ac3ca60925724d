package text

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// slowPosition is Position as the protocol defines it, one character after the other.
func slowPosition(content string, offset int) Position {
	var p Position
	for i := 0; i < offset; {
		r, size := utf8.DecodeRuneInString(content[i:])
		switch {
		case r == '\r' && strings.HasPrefix(content[i:], "\r\n"):
			if i+1 >= offset {
				return p // within a line end
			}
			size = 2
			p = Position{p.Line + 1, 0}
		case r == '\n' || r == '\r':
			p = Position{p.Line + 1, 0}
		case i+size > offset:
			return p // within a character
		default:
			p.Character += utf16.RuneLen(r)
		}
		i += size
	}
	return p
}

var pieces = []string{"a", "message X {", " ", "\n", "\r\n", "\r", "é", "e\u0301", "🙂", "👩‍👩‍👧", "漢", "\xff", "\xf0\x9f", "\u2028", "\t", strings.Repeat("x", 300), strings.Repeat("🙂", 200)}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(40) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// Positions count UTF-16 code units from the start of their line, wherever the line is
// and whatever it holds.
func TestPositions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		content := randomText(r)
		text := New([]byte(content))
		for offset := 0; offset <= len(content); offset++ {
			got, want := text.Position(offset), slowPosition(content, offset)
			if got != want {
				t.Fatalf("offset %d of %q is %v, want %v", offset, content, got, want)
			}
			back := text.Offset(got)
			if back > offset || text.Position(back) != got {
				t.Fatalf("offset %d of %q is at %v, which leads to %d", offset, content, got, back)
			}
			if offset == len(content) || utf8.RuneStart(content[offset]) && content[offset] < utf8.RuneSelf && back != offset &&
				(offset == 0 || content[offset-1] != '\r' || content[offset] != '\n') {
				if back != offset {
					t.Fatalf("offset %d of %q comes back as %d", offset, content, back)
				}
			}
		}
	}
}

// Positions beyond a line, a text, or a pair of surrogates mean the nearest place before.
func TestOffsetsBeyond(t *testing.T) {
	text := New([]byte("a🙂b\r\nc"))
	for p, want := range map[Position]int{
		{0, 2}: 1, {0, 3}: 5, {0, 99}: 6, {1, 99}: 9, {9, 0}: 9, {-1, 5}: 0, {0, -1}: 0, {1 << 30, 1 << 30}: 9,
	} {
		if got := text.Offset(p); got != want {
			t.Errorf("%v is offset %d, want %d", p, got, want)
		}
	}
}

// Each change of a notification is about what the ones before it left.
func TestEdit(t *testing.T) {
	at := func(line, from, to int) *Range { return &Range{Position{line, from}, Position{line, to}} }
	text := New([]byte("one\ntwo 🙂 three\n"))
	got := text.Edit(
		Change{at(1, 7, 12), "four"},
		Change{at(1, 4, 6), "🙂🙂"},
		Change{&Range{Position{0, 3}, Position{1, 0}}, " "},
		Change{at(0, 1, 0), "x"}, // the wrong way round: nothing is taken away
	)
	if want := "oxne two 🙂🙂 four\n"; string(got.Bytes()) != want {
		t.Errorf("%q, want %q", got.Bytes(), want)
	}
	if all := got.Edit(Change{nil, "new"}); string(all.Bytes()) != "new" {
		t.Errorf("%q", all.Bytes())
	}
}

func TestURIs(t *testing.T) {
	for uri, want := range map[string]string{
		"file:///home/a%20b/x.grid": "/home/a b/x.grid", "file:///c%3A/x/y.grid": "C:/x/y.grid", "file:///C:/x.grid": "C:/x.grid",
		"untitled:Untitled-1": "untitled:Untitled-1.grid", "file://host/share/x.grid": "//host/share/x.grid", "file:///a/../b.grid": "/b.grid", "%zz": "%zz.grid",
	} {
		if got := Path(uri); got != want {
			t.Errorf("Path(%q) = %q, want %q", uri, got, want)
		}
	}
	for _, uri := range []string{"file:///home/a%20b/%C3%A9%23.grid", "vscode-userdata:/x.grid"} {
		if got := URI(Path(uri)); got != uri {
			t.Errorf("URI(Path(%q)) = %q", uri, got)
		}
	}
}

// FuzzPositions: no answer leaves its line, and positions come back as they went.
func FuzzPositions(f *testing.F) {
	for _, p := range pieces {
		f.Add(p+"x\n"+p, 3)
	}
	f.Fuzz(func(t *testing.T, content string, offset int) {
		text := New([]byte(content))
		p := text.Position(offset)
		if back := text.Position(text.Offset(p)); back != p {
			t.Fatalf("%v of %q comes back as %v", p, content, back)
		}
		if units := len(utf16.Encode([]rune(text.Line(p.Line)))); p.Character > units {
			t.Fatalf("%v of %q is after the %d units of its line", p, content, units)
		}
		if offset >= 0 && offset <= len(content) {
			if want := slowPosition(content, offset); p != want {
				t.Fatalf("offset %d of %q is %v, want %v", offset, content, p, want)
			}
		}
	})
}
