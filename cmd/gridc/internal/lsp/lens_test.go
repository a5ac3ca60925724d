package lsp_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/wire"
)

// git runs git in the folder of an editor; without git the test is left out.
func (e *editor) git(args ...string) {
	e.t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		e.t.Skip("there is no git")
	}
	cmd := exec.Command("git", append([]string{"-C", e.folder, "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		e.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// lenses are the titles above the lines of a document.
func (e *editor) lenses(name string) []string {
	e.t.Helper()
	var lenses []proto.CodeLens
	e.mustAsk("textDocument/codeLens", e.at(name, 0), &lenses)
	titles := []string{}
	for _, l := range lenses {
		titles = append(titles, e.source(name, l.Range)+": "+l.Command.Title)
	}
	return titles
}

// Lenses count references, and lead to them where the editor can.
func TestLensOfReferences(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", emoji)
	if diff := cmp.Diff([]string{"Disk: 4 references"}, e.lenses("a.grid")); diff != "" {
		t.Error(diff)
	}
	var lenses []proto.CodeLens
	e.mustAsk("textDocument/codeLens", e.at("a.grid", 0), &lenses)
	if c := lenses[0].Command; c.Command != "gridc.showReferences" || len(c.Arguments) != 3 {
		t.Errorf("%+v", c)
	}
}

// In a repository a lens says who breaks, compared with main: found in the background,
// and told by asking the editor to ask again.
func TestLensOfBreaking(t *testing.T) {
	const agreed = "package a\n\nmessage A {\n    x string = 1\n    y string = 2\n}\n\nmessage Gone { }\n\n// S does.\nservice S {\n    // Do does.\n    rpc Do(A) = 1\n    // Old does.\n    rpc Old(Gone) = 2\n}\n"
	e := start(t, map[string]string{"a.grid": agreed})
	e.git("init", "-q", "-b", "main")
	e.git("add", ".")
	e.git("commit", "-q", "-m", "agreed")
	e.open("a.grid", "package a\n\nmessage A {\n    x []string = 1 @limit(5)\n}\n\n// S does.\n@timeout(1s)\nservice S {\n    // Do does.\n    rpc Do(A) = 1\n}\n")
	e.tell("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": e.uri("a.grid")}}) // the commit is news
	got := e.awaitLens("a.grid", func(titles string) bool { return strings.Contains(titles, "Old") })
	for _, want := range []string{"A: 1 reference", "A: breaks peers of main: ", "(and 1 more)", "S: breaks peers of main: ", "a: changes Go code alone: "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	// As agreed, nothing is said.
	e.replace("a.grid", agreed)
	want := "A: 1 reference\nGone: 1 reference"
	if got := e.awaitLens("a.grid", func(titles string) bool { return titles == want }); got != want {
		t.Error(got)
	}
}

// awaitLens asks for the lenses of a document, again each time that the server wants it,
// until they are as they should be.
func (e *editor) awaitLens(name string, done func(titles string) bool) string {
	e.t.Helper()
	for {
		e.notes = slices.DeleteFunc(e.notes, isRefresh)
		titles := strings.Join(e.lenses(name), "\n")
		if done(titles) {
			return titles
		}
		for !slices.ContainsFunc(e.notes, isRefresh) {
			e.read()
		}
	}
}

func isRefresh(m *wire.Message) bool { return m.Method == "workspace/codeLens/refresh" }
