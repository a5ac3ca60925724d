package lsp_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/feature"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/workspace"
	"github.com/gridrpc/gridc/compiler/ir"
)

// fuzzTexts are what edits put in.
var fuzzTexts = []string{
	"", "x", "\n", "}", "{", "🙂", "e\u0301", "\r", "\"", "//", "import \"b.grid\"\n", "message M {\n    a b.B = 1\n}\n", " = 7", "string", "@limit(5)", "b.", "/*", "\xff",
	"import \"a.grid\"\n", "import \"p/x.grid\"\n", "error E = \"b.no\"\n", "service T {\n    // Go goes.\n    rpc Go() = 900\n}\n", "package b\n", "@deprecated(\"no\")\n", "Y", "p.Mode", "@p.level(high) ",
}

// fuzzFiles import each other's types, errors and annotations; two of them are one package.
var fuzzFiles = map[string]string{
	"/w/a.grid":   emoji,
	"/w/b.grid":   "package b\n\nimport \"p/x.grid\"\n\nmessage B { }\n\nerror No = \"b.no\"\n\n@p.level(low)\nservice S {\n    // Do does.\n    rpc Do(B) = 900 {\n        errors No\n    }\n}\n",
	"/w/p/x.grid": "package p\n\nenum Mode uint8 {\n    low = 0\n    high = 1\n}\n\nannotation level(of Mode) on service, message\n\nmessage X {\n    y Y? = 1\n}\n",
	"/w/p/y.grid": "package p\n\nmessage Y {\n    x []X = 1\n    mode Mode = 2\n}\n",
	"/w/c.grid":   "package c\n\nimport \"b.grid\"\nimport q \"p/y.grid\"\n\nmessage C {\n    b b.B = 1\n    y map[string]q.Y = 2\n    m q.Mode = 3\n}\n\nerror Gone = \"c.gone\"\n\nservice U {\n    // Do does.\n    rpc Do(C) C = 901 {\n        errors b.No, Gone\n    }\n}\n",
}

// FuzzIncremental edits files at places that the input chooses, and compares what a
// workspace has kept with what one has that never saw the texts before.
func FuzzIncremental(f *testing.F) {
	f.Add([]byte{0, 0, 12, 10, 1, 1, 30, 11, 0, 2, 200, 5})
	f.Add([]byte("the quick brown fox jumps over the lazy dog"))
	f.Add([]byte{0, 40, 8, 4, 1, 80, 0, 11, 0, 60, 3, 9, 1, 10, 30, 0})
	f.Add([]byte{3, 2, 0, 18, 1, 2, 0, 18, 2, 30, 1, 24, 4, 30, 2, 1})
	f.Fuzz(playEdits)
}

// TestIncremental plays edits that nobody chose.
func TestIncremental(t *testing.T) {
	plays := 60
	if testing.Short() {
		plays = 10
	}
	for seed := range plays {
		edits := make([]byte, 60)
		random := rand.New(rand.NewPCG(uint64(seed), 17))
		for i := range edits {
			edits[i] = byte(random.Uint32())
		}
		playEdits(t, edits)
	}
}

// playEdits makes edits, of four bytes each: what to look at after it and which file,
// where, how much goes, and what comes.
func playEdits(t *testing.T, edits []byte) {
	texts, paths := maps.Clone(fuzzFiles), slices.Sorted(maps.Keys(fuzzFiles))
	w := open(texts)
	for len(edits) >= 4 && len(edits) < 64 {
		path := paths[int(edits[0])%len(paths)]
		old := text.New([]byte(texts[path]))
		from := int(edits[1]) * 7 % (len(texts[path]) + 1)
		change := text.Change{Text: fuzzTexts[int(edits[3])%len(fuzzTexts)]}
		r := old.Range(from, from+int(edits[2])%16)
		change.Range = &r
		texts[path] = string(old.Edit(change).Bytes())
		w.Edit(path, 0, []text.Change{change})
		switch edits[0] / 16 % 4 { // the others come several at a time
		case 0:
			compareWithFresh(t, w, texts)
		case 1:
			compareGlance(t, w, texts, path)
		}
		edits = edits[4:]
	}
	compareWithFresh(t, w, texts)
}

// open is a workspace that has documents and has not seen them before.
func open(texts map[string]string) *workspace.Workspace {
	w := workspace.New()
	w.Many = 0
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		w.Open(&workspace.Document{URI: text.URI(path), Text: text.New([]byte(texts[path]))})
	}
	return w
}

// compareGlance compares what is seen of a file at once with what a check of all finds.
func compareGlance(t *testing.T, w *workspace.Workspace, texts map[string]string, path string) {
	u := w.Snapshot().Unit(path)
	got, ok := u.Glance(path)
	if !ok {
		return // it was checked before, as it is
	}
	fresh := open(texts)
	all := fresh.Snapshot().Unit(path)
	want := slices.DeleteFunc(feature.Diagnostics(fresh, all, path, ""), func(d proto.Diagnostic) bool { return strings.HasPrefix(d.Code, "lint/") })
	if diff := cmp.Diff(want, feature.Told(w, u, got, "")); diff != "" {
		t.Fatalf("%s: a glance differs from a fresh check (-fresh +glance):\n%s\n%q", path, diff, texts)
	}
}

// compareWithFresh asks both workspaces the same.
func compareWithFresh(t *testing.T, w *workspace.Workspace, texts map[string]string) {
	fresh := open(texts)
	for path, content := range texts {
		if got := string(w.Document(path).Text.Bytes()); got != content {
			t.Fatalf("%s is %q, want %q", path, got, content)
		}
		if diff := cmp.Diff(answers(t, fresh, path), answers(t, w, path)); diff != "" {
			t.Fatalf("%s: what was kept differs from a fresh check (-fresh +kept):\n%s\n%q", path, diff, texts)
		}
	}
}

// mustBeWhole fails where a type of a schema is one of an older check.
func mustBeWhole(t *testing.T, s *ir.Schema) {
	known := map[any]bool{}
	for _, p := range s.Packages {
		for _, d := range p.Declarations() {
			known[d.Target] = true
			if e, ok := d.Target.(*ir.Error); ok {
				known[e.Body] = true
			}
		}
	}
	for _, p := range s.Packages {
		for _, d := range p.Declarations() {
			for _, f := range ir.FieldsOf(d.Target) {
				for ft := f.Type; ft != nil; ft = ft.Elem {
					if to := ft.Declared(); to != nil && !known[to] {
						t.Fatalf("the type of %s.%s is not of this schema", d.FullName(), f.Name)
					}
				}
			}
		}
	}
}

// answers is what a workspace says of a file, from its diagnostics to its hovers.
func answers(t *testing.T, w *workspace.Workspace, path string) []any {
	v := feature.Look(w, path)
	if v == nil {
		return nil
	}
	n := len(v.Text.Bytes())
	schema := "" // with all that the review and the generator see of it
	if s := v.Unit.Schema(); s != nil {
		body, err := ir.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		schema = string(body)
		mustBeWhole(t, s)
	}
	return []any{
		feature.Diagnostics(w, v.Unit, path, "explain:"), feature.DocumentSymbols(v), feature.Tokens(v, 0, n), feature.Hints(v, 0, n),
		feature.Actions(v, 0, n, nil, nil), feature.Complete(v, n/2, true), feature.Hover(v, n/3), feature.Lenses(v, nil, true), feature.Links(v),
		feature.References(v, n/4, true), schema,
	}
}
