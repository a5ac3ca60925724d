package gogen

import (
	"fmt"
	"go/format"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// gofmt has nothing to change in a literal, whatever it holds.
func TestLiteralsAreFormatted(t *testing.T) {
	for seed := range uint64(300) {
		g := literalMaker{rand.New(rand.NewPCG(seed, 1))}
		text := "package x\n\nvar y = " + string(g.lines(4).append(nil, 0)) + "\n"
		want, err := format.Source([]byte(text))
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if text != string(want) {
			t.Fatalf("seed %d:\n%s\ngofmt has\n%s", seed, text, want)
		}
	}
}

// So is all that is generated, though not all of it has been through gofmt.
func TestOutputIsFormatted(t *testing.T) {
	for _, file := range lab.TestFiles(t, "services/*.txtar") {
		for _, o := range generateArchive(t, txtar.Parse([]byte(lab.ReadTestFile(t, file)))) {
			want, err := format.Source(o.Content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(o.Content)); diff != "" {
				t.Errorf("%s: %s (-gofmt +got):\n%s", file, o.Path, diff)
			}
		}
	}
}

// literalMaker makes literals of the form that tables have.
type literalMaker struct{ *rand.Rand }

func (g literalMaker) lines(depth int) literal {
	keyed := g.IntN(2) == 0
	body := make([]entry, g.IntN(6))
	for i := range body {
		if keyed {
			body[i].key = strings.Repeat("K", 1+g.IntN(20)) + fmt.Sprint(i)
		} else if g.IntN(6) == 0 {
			body[i].comment = "Some words"
		}
		body[i].value = g.value(depth - 1)
	}
	return multiline("[]any", body)
}

func (g literalMaker) value(depth int) literal {
	switch {
	case g.IntN(2) == 0:
		return simple([]string{"1", `"a text"`, "true"}[g.IntN(3)])
	case depth > 0 && g.IntN(2) == 0:
		return g.lines(depth)
	}
	body := make([]entry, g.IntN(4))
	for i := range body {
		body[i] = entry{key: fmt.Sprint("F", i), value: simple("2")}
	}
	return inline("T", body)
}
