package lsp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/feature"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/workspace"
)

// fuzzTexts are what edits put in.
var fuzzTexts = []string{
	"", "x", "\n", "}", "{", "🙂", "e\u0301", "\r", "\"", "//", "import \"b.grid\"\n", "message M {\n    a b.B = 1\n}\n", " = 7", "string", "@limit(5)", "b.", "/*", "\xff",
}

// FuzzIncremental edits two files that import each other's types, at places that the
// input chooses, and compares what a workspace has kept with what one has that never saw
// the texts before.
func FuzzIncremental(f *testing.F) {
	f.Add([]byte{0, 0, 12, 10, 1, 1, 30, 11, 0, 2, 200, 5})
	f.Add([]byte("the quick brown fox jumps over the lazy dog"))
	f.Add([]byte{0, 40, 8, 4, 1, 80, 0, 11, 0, 60, 3, 9, 1, 10, 30, 0})
	f.Fuzz(func(t *testing.T, edits []byte) {
		texts := map[string]string{
			"/w/a.grid": emoji,
			"/w/b.grid": "package b\n\nmessage B { }\n\nservice S {\n    // Do does.\n    rpc Do(B) = 900\n}\n",
		}
		w := workspace.New()
		for path, content := range texts {
			w.Open(&workspace.Document{URI: text.URI(path), Text: text.New([]byte(content))})
		}
		for len(edits) >= 4 && len(edits) < 64 {
			path := "/w/a.grid"
			if edits[0]%2 == 1 {
				path = "/w/b.grid"
			}
			old := text.New([]byte(texts[path]))
			from := int(edits[1]) * 7 % (len(texts[path]) + 1)
			change := text.Change{Text: fuzzTexts[int(edits[3])%len(fuzzTexts)]}
			r := old.Range(from, from+int(edits[2])%16)
			change.Range = &r
			texts[path] = string(old.Edit(change).Bytes())
			w.Edit(path, 0, []text.Change{change})
			if edits[0]%4 < 2 { // the others come several at a time
				compareWithFresh(t, w, texts)
			}
			edits = edits[4:]
		}
		compareWithFresh(t, w, texts)
	})
}

// compareWithFresh asks both workspaces the same.
func compareWithFresh(t *testing.T, w *workspace.Workspace, texts map[string]string) {
	fresh := workspace.New()
	for path, content := range texts {
		fresh.Open(&workspace.Document{URI: text.URI(path), Text: text.New([]byte(content))})
	}
	for path, content := range texts {
		if got := string(w.Document(path).Text.Bytes()); got != content {
			t.Fatalf("%s is %q, want %q", path, got, content)
		}
		if diff := cmp.Diff(answers(fresh, path), answers(w, path)); diff != "" {
			t.Fatalf("%s: what was kept differs from a fresh check (-fresh +kept):\n%s\n%q", path, diff, texts)
		}
	}
}

// answers is what a workspace says of a file, from its diagnostics to its hovers.
func answers(w *workspace.Workspace, path string) []any {
	v := feature.Look(w, path)
	if v == nil {
		return nil
	}
	n := len(v.Text.Bytes())
	return []any{
		feature.Diagnostics(w, v.Unit, path, "explain:"), feature.DocumentSymbols(v), feature.Tokens(v, 0, n), feature.Hints(v, 0, n),
		feature.Actions(v, 0, n, nil), feature.Complete(v, n/2, true), feature.Hover(v, n/3), feature.Lenses(v, nil, true), feature.Links(v),
		feature.References(v, n/4, true),
	}
}
