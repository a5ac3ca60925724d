package lsp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/internal/tree"
)

// A workspace of 60 packages in many folders: what is typed at the bottom is told in all
// that stand on it, and every feature crosses folders.
func TestTreeOfPackages(t *testing.T) {
	const base, top = "area0/part00/types.grid", "area3/part59/types.grid"
	files := tree.Files()
	e := start(t, files)
	e.settle()
	for name, ds := range e.told {
		if len(ds) > 0 {
			t.Errorf("%s: %+v", name, ds)
		}
	}
	e.open(base, files[base])

	above := placesOf(t, e, base, "message Item‸0 {")
	if len(above) < 4 || above[base] == 0 {
		t.Errorf("Item0 is named in %v", above)
	}

	e.change(base, insertion(e, base, e.find(base, "message Item‸0 {"), "X"))
	e.settle()
	for name := range above {
		if name != base && len(e.codes(name)) != above[name] {
			t.Errorf("%s names Item0 %d times: %v", name, above[name], e.codes(name))
		}
	}
	e.replace(base, files[base])
	e.settle()
	for name := range files {
		if got := e.codes(name); len(got) > 0 {
			t.Errorf("%s: %v, and all is as it was", name, got)
		}
	}

	renamed := e.renamed(base, "message Item‸0 {", "Thing")
	renamed[base]-- // its documentation begins with its name
	if diff := cmp.Diff(above, renamed); diff != "" {
		t.Error(diff)
	}
	completesAcross(t, e, top, files[top])
	e.askAll(base, e.find(base, "message Item‸2 {"))
}

// completesAcross types a field of a package that the file does not import yet.
func completesAcross(t *testing.T, e *editor, name, content string) {
	t.Helper()
	e.open(name, strings.TrimRight(content, "\n")+"\n\nmessage New {\n    x part07.Ite\n}\n")
	var list proto.CompletionList
	e.mustAsk("textDocument/completion", e.at(name, e.find(name, "x part07.Ite‸")), &list)
	for _, item := range list.Items {
		if !strings.HasSuffix(item.Label, "Item4") {
			continue
		}
		e.apply(name, append(item.AdditionalTextEdits, *item.TextEdit)...)
		if got := e.texts[name]; !strings.Contains(got, "/part07/types.grid\"") || !strings.Contains(got, "x part07.Item4") {
			t.Errorf("%+v makes\n%s", item, got)
		}
		return
	}
	t.Errorf("%d types are offered, and part07.Item4 is not", len(list.Items))
}

// placesOf is how often a symbol is named in each file.
func placesOf(t *testing.T, e *editor, name, marked string) map[string]int {
	t.Helper()
	params := e.at(name, e.find(name, marked))
	params["context"] = map[string]any{"includeDeclaration": true}
	var found []proto.Location
	e.mustAsk("textDocument/references", params, &found)
	places := map[string]int{}
	for _, l := range found {
		places[e.name(l.URI)]++
	}
	return places
}

// renamed is how many edits of each file give a symbol another name.
func (e *editor) renamed(name, marked, to string) map[string]int {
	e.t.Helper()
	params := e.at(name, e.find(name, marked))
	params["newName"] = to
	var edit proto.WorkspaceEdit
	e.mustAsk("textDocument/rename", params, &edit)
	changes := map[string]int{}
	for uri, edits := range edit.Changes {
		changes[e.name(uri)] = len(edits)
	}
	return changes
}

func insertion(e *editor, name string, offset int, what string) text.Change {
	at := text.New([]byte(e.texts[name])).Position(offset)
	return text.Change{Range: &text.Range{Start: at, End: at}, Text: what}
}
