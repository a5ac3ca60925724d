package idl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestOneMistakeOneDiagnostic takes single tokens out of a sound file, or puts
// them in twice: that is one mistake, so there is at most one diagnostic.
func TestOneMistakeOneDiagnostic(t *testing.T) {
	src := string(design(t, "storage.grid"))
	toks, _ := splitComments(scan(src))
	for _, tok := range toks {
		start, end := tok.pos.Offset, tok.end().Offset
		check := func(what, changed string) {
			_, diags := Parse("storage.grid", []byte(changed))
			if len(diags) > 1 {
				t.Errorf("%d:%d: %s %q gives %s", tok.pos.Line, tok.pos.Col, what, tok.text, summary(diags))
			}
		}
		check("without", src[:start]+src[end:])
		check("twice", src[:end]+" "+src[start:])
		check("instead of", src[:start]+"#"+src[end:])
	}
}

// TestCommentsSurvive injects comments at random places of a sound file and
// looks for each of them after formatting.
func TestCommentsSurvive(t *testing.T) {
	src := string(design(t, "storage.grid"))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		text, n := injectComments(rng, src)
		out, diags := Format("storage.grid", []byte(text))
		if len(diags) > 0 {
			t.Fatalf("comments are no mistake: %s\nin\n%s", summary(diags), text)
		}
		for i := range n {
			if c := fmt.Sprintf("// injected %d.", i); strings.Count(string(out), c) != 1 {
				t.Fatalf("%q was lost or doubled in\n%s", c, out)
			}
		}
		checkFormat(t, []byte(text))
	}
}

// injectComments puts line comments after or above random lines.
func injectComments(rng *rand.Rand, src string) (string, int) {
	lines := strings.Split(strings.TrimSuffix(src, "\n"), "\n")
	n := 1 + rng.IntN(20)
	for i := range n {
		at := rng.IntN(len(lines))
		c := fmt.Sprintf("// injected %d.", i)
		switch {
		case rng.IntN(2) == 0:
			lines = slices.Insert(lines, at, c)
		case strings.Contains(lines[at], "//"):
			lines[at] += " " + c // joins the comment that is there
		default:
			lines[at] += " " + c
		}
	}
	return strings.Join(lines, "\n") + "\n", n
}

// TestMutations formats files with random damage: whatever it is, formatting
// loses nothing and is done after one pass.
func TestMutations(t *testing.T) {
	src := string(design(t, "storage.grid"))
	toks := scan(src)
	rng := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"", "{", "}", "(", ")", "\n", "@", "=", ";", "/* c */", "/* c\n d */", "// c\n", "\"", "message", "rpc", "#", "é", "\xff"}
	for range 400 {
		text := src
		for range 1 + rng.IntN(4) {
			tok := toks[rng.IntN(len(toks))]
			at := min(tok.pos.Offset, len(text))
			end := min(at+rng.IntN(len(tok.text)+1), len(text))
			text = text[:at] + pieces[rng.IntN(len(pieces))] + text[end:]
		}
		checkFormat(t, []byte(text))
		if t.Failed() {
			t.Fatalf("in\n%s", text)
		}
	}
}
