package lsp_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
)

// questions are all requests about a place in a document.
var questions = []string{
	"textDocument/formatting", "textDocument/onTypeFormatting", "textDocument/hover", "textDocument/signatureHelp", "textDocument/documentHighlight",
	"textDocument/foldingRange", "textDocument/documentLink", "textDocument/inlayHint", "textDocument/semanticTokens/full", "textDocument/semanticTokens/range",
	"textDocument/completion", "textDocument/definition", "textDocument/typeDefinition", "textDocument/references", "textDocument/documentSymbol",
	"textDocument/selectionRange", "textDocument/codeAction", "textDocument/codeLens",
}

// askAll asks everything about a place; the editor checks each range of each answer.
func (e *editor) askAll(name string, offset int) {
	e.t.Helper()
	params := e.at(name, offset)
	at := params["position"]
	params["range"] = map[string]any{"start": at, "end": text.New([]byte(e.texts[name])).End()}
	params["positions"] = []any{at}
	params["context"] = map[string]any{"includeDeclaration": true, "diagnostics": []any{}}
	for _, method := range questions {
		e.mustAsk(method, params, nil)
	}
	params["newName"] = "renamed"
	_ = e.ask("textDocument/prepareRename", params, nil)
	_ = e.ask("textDocument/rename", params, nil)
	e.checkTold()
}

// checkTold checks the ranges of the diagnostics of open documents.
func (e *editor) checkTold() {
	e.t.Helper()
	for name := range e.texts {
		for _, d := range e.told[name] {
			body, err := json.Marshal(map[string]any{"uri": e.uri(name), "range": d.Range, "related": d.RelatedInformation})
			if err != nil {
				e.t.Fatal(err)
			}
			e.checkRanges(body)
		}
	}
}

// No answer leaves the lines of a document in which characters have one, two and many
// UTF-16 units: asked at every place, also with mistakes everywhere.
func TestNoAnswerLeavesItsLine(t *testing.T) {
	e := start(t, nil)
	mistakes := "package a // 🙂\n\nimport \"🙂.grid\"\n\nmessage 🙂Disk {\n    e\u0301 string = 1 // 漢\n    🙂🙂 x\n    b *🙂 = \"👩‍👩‍👧\" @🙂(\"🙂\")\n    /* 🙂 */ c map[🙂]list<漢> = 99999999999 @limit(\"🙂\")\n    d strin = 2 @deprecatd(\"🙂🙂\") // 🙂\n}\n\nservice S {\n    rpc Do(Disk🙂) = 1 { errors 🙂.漢 }\n    \"🙂 // open\n"
	for i, content := range []string{emoji, mistakes, strings.ReplaceAll(emoji, "\n", "\r\n"), strings.ReplaceAll(mistakes, "\n", "\r")} {
		name := fmt.Sprintf("f%d/a.grid", i)
		e.open(name, content)
		step := 19 // odd, and no divisor of what lines have in common
		if testing.Short() {
			step = 61
		}
		for offset := 0; offset <= len(content); offset += step {
			e.askAll(name, offset)
		}
	}
}

// What no editor should send, and what no disk should hold, is answered all the same.
func TestHostileFiles(t *testing.T) {
	e := start(t, map[string]string{
		"latin.grid": "package latin\n\n// caf\xe9\nmessage A { }\n", "utf16.grid": "\xff\xfep\x00a\x00", "nul.grid": "package nul\x00\n",
		"loop/a.grid": "package a\n\nimport \"b.grid\"\n\nmessage A {\n    b b.B = 1\n}\n", "loop/b.grid": "package b\n\nimport \"a.grid\"\n\nmessage B {\n    a a.A = 1\n}\n",
		"self.grid": "package self\n\nimport \"self.grid\"\n", "folder.grid/x.grid": "package x\n\nimport \"../folder.grid\"\n", "deep.grid": "package deep\n\nmessage A {\n    x " + strings.Repeat("[]", 5000) + "string = 1\n}\n",
	})
	e.settle()
	for name, want := range map[string]string{"latin.grid": "invalid-utf8", "utf16.grid": "invalid-utf8", "loop/a.grid": "import-cycle", "folder.grid/x.grid": "import-unreadable", "deep.grid": "nesting-too-deep"} {
		if got := append(e.codes(name), e.codes("loop/b.grid")...); !slices.Contains(got, want) {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	for _, name := range []string{"latin.grid", "loop/a.grid", "loop/b.grid", "self.grid", "deep.grid"} {
		content, err := os.ReadFile(filepath.Join(e.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		e.open(name, strings.ToValidUTF8(string(content), "\ufffd"))
		e.askAll(name, len(content)/2)
		e.askAll(name, len(content))
	}
}

// A document without a line end, as large as gridc reads any, and one larger.
func TestOneLongLine(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	e := start(t, nil)
	for piece, size := range map[string]int{"message 🙂 ": 1<<20 - 10, "; ": 1 << 13, "x🙂 ": 1 << 13} {
		content := "package a " + strings.Repeat(piece, size/len(piece))
		e.open("a.grid", content)
		e.settle()
		if n := len(e.told["a.grid"]); n == 0 || n > 1000 {
			t.Errorf("%q: %d diagnostics", piece, n)
		}
		var hover any
		e.mustAsk("textDocument/hover", e.at("a.grid", len(content)/2), &hover)
		var list proto.CompletionList
		e.mustAsk("textDocument/completion", e.at("a.grid", len(content)), &list)
	}
	e.open("a.grid", strings.Repeat("x", 2<<20))
	e.settle()
	if got := e.codes("a.grid"); !slices.Equal(got, []string{"file-too-large"}) {
		t.Errorf("%v", got)
	}
}

// Ten thousand edits in a row are all made, and the memory is that of the last text.
func TestTenThousandEdits(t *testing.T) {
	e := start(t, nil)
	const head = "package a\n\nmessage A {\n    x string = 1\n}\n\n// "
	e.open("a.grid", head)
	e.settle()
	before := heap()
	end := text.New([]byte(head)).End()
	done := make(chan bool)
	go func() { // the server's diagnostics are read meanwhile
		defer close(done)
		for i := range 10_000 {
			at := text.Position{Line: end.Line, Character: end.Character + i}
			body := fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":"y"}]}}`,
				e.uri("a.grid"), i+2, at.Line, at.Character, at.Line, at.Character)
			if _, err := fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
				t.Error(err)
				return
			}
		}
		body := `{"jsonrpc":"2.0","id":"last","method":"gridc/nothing"}`
		if _, err := fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			t.Error(err)
		}
	}()
	e.await(`"last"`)
	<-done
	e.texts["a.grid"] = head + strings.Repeat("y", 10_000)
	e.askAll("a.grid", 60)
	var folds []proto.FoldingRange
	e.mustAsk("textDocument/foldingRange", e.at("a.grid", 0), &folds)
	var tokens proto.SemanticTokens
	e.mustAsk("textDocument/semanticTokens/full", e.at("a.grid", 0), &tokens)
	if n := len(tokens.Data); n < 5 || tokens.Data[n-3] != 10_003 {
		t.Errorf("the comment has %v", tokens.Data)
	}
	if after := heap(); after > before+32<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A folder that vanishes takes its diagnostics along; what is open in it stays, and a
// folder that comes back is seen.
func TestFolderVanishes(t *testing.T) {
	e := start(t, map[string]string{"sub/a.grid": "package a\n\nmessage A {\n    x strin = 1\n}\n", "sub/b.grid": "package b\n\nmessage B {\n    x strin = 1\n}\n"})
	e.open("sub/b.grid", "package b\n\nmessage B {\n    x strin = 1\n}\n")
	e.settle()
	if len(e.codes("sub/a.grid")) != 1 || len(e.codes("sub/b.grid")) != 1 {
		t.Fatalf("%v", e.told)
	}
	if err := os.RemoveAll(filepath.Join(e.folder, "sub")); err != nil {
		t.Fatal(err)
	}
	e.tell("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{}})
	e.settle()
	if len(e.codes("sub/a.grid")) != 0 || len(e.codes("sub/b.grid")) != 1 {
		t.Errorf("%v", e.told)
	}
	e.askAll("sub/b.grid", 30)
	if err := os.RemoveAll(e.folder); err != nil {
		t.Fatal(err)
	}
	e.tell("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": e.uri("sub/b.grid")}})
	e.askAll("sub/b.grid", 30)
	e.write("sub/c.grid", "package c\n\nmessage C {\n    x strin = 1\n}\n")
	e.tell("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{}})
	e.settle()
	if len(e.codes("sub/c.grid")) != 1 {
		t.Errorf("%v", e.told)
	}
}

// A document that is no file, and one outside of every folder, are checked as well.
func TestDocumentsElsewhere(t *testing.T) {
	e := start(t, nil)
	e.open("untitled:Untitled-1", "package a\n\nmessage A {\n    x strin = 1\n}\n")
	e.settle()
	if got := e.codes("untitled:Untitled-1"); !slices.Equal(got, []string{"type-unknown"}) {
		t.Errorf("%v", e.told)
	}
	e.askAll("untitled:Untitled-1", 30)
	elsewhere := filepath.ToSlash(t.TempDir()) + "/b.grid"
	if err := os.WriteFile(filepath.Join(filepath.Dir(elsewhere), "c.grid"), []byte("package c\n\nmessage C { }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	uri := text.URI(elsewhere)
	e.open(uri, "package b\n\nimport \"c.grid\"\n\nmessage B {\n    x c.C = 1\n    y c.D = 2\n}\n")
	e.settle()
	if got := e.codes(uri); !slices.Equal(got, []string{"type-unknown"}) {
		t.Errorf("%v", e.told)
	}
}

// Notifications that make no sense leave the documents as they are, and a range that no
// document has is taken for the nearest place.
func TestHostileEdits(t *testing.T) {
	e := start(t, nil)
	const content = "package a\n\nmessage A {\n    x string = 1\n}\n"
	e.open("a.grid", content)
	document := map[string]any{"uri": e.uri("a.grid"), "version": 2}
	for _, changes := range []any{
		nil, "all of it", []any{1}, []any{map[string]any{"range": "here", "text": "x"}},
		[]any{map[string]any{"range": map[string]any{"start": map[string]any{"line": -1, "character": 0}, "end": map[string]any{"line": 1e30, "character": 0}}, "text": "x"}},
	} {
		e.tell("textDocument/didChange", map[string]any{"textDocument": document, "contentChanges": changes})
	}
	for _, method := range []string{"didOpen", "didChange", "didSave", "didClose"} {
		for _, params := range []any{nil, 1, []any{}, map[string]any{"textDocument": 1}, map[string]any{"textDocument": map[string]any{"uri": "%zz:\x00"}}} {
			e.tell("textDocument/"+method, params)
		}
		e.tell("textDocument/"+method, map[string]any{"textDocument": map[string]any{"uri": e.uri("never-opened.grid")}, "contentChanges": []any{map[string]any{"text": "package b\n\nmessage {\n"}}})
	}
	if got := formatted(e, "a.grid"); got != content {
		t.Fatalf("the document is\n%s", got)
	}
	far := text.Position{Line: 1 << 20, Character: 1 << 20}
	e.change("a.grid",
		text.Change{Range: &text.Range{Start: far, End: far}, Text: "message B { }\n"},
		text.Change{Range: &text.Range{Start: far, End: text.Position{Line: 5}}, Text: "// end before start\n"})
	if got := e.texts["a.grid"]; got != content+"message B { }\n// end before start\n" {
		t.Errorf("the document is\n%s", got)
	}
	e.askAll("a.grid", len(content)/2)
	e.replace("a.grid", content)
	// A character that is cut in two, as JSON and as bytes.
	e.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":9},"contentChanges":[{"text":"package a // \ud83d\n// `+"\xf0\x9f"+`\n"}]}}`, e.uri("a.grid")))
	e.texts["a.grid"] = "package a // \ufffd\n// \ufffd\ufffd\n"
	e.askAll("a.grid", 14)
}

// formatted asks for a document as the server has it.
func formatted(e *editor, name string) string {
	e.t.Helper()
	var edits []proto.TextEdit
	e.mustAsk("textDocument/formatting", e.at(name, 0), &edits)
	e.apply(name, edits...)
	return e.texts[name]
}

// A circle that is typed is told while it is there, in all of its files.
func TestCircleIsTyped(t *testing.T) {
	files := map[string]string{
		"a.grid": "package a\n\nimport \"b.grid\"\n\nmessage A {\n    b b.B = 1\n}\n",
		"b.grid": "package b\n\nimport \"c.grid\"\n\nmessage B {\n    c c.C = 1\n}\n",
		"c.grid": "package c\n\nmessage C {\n    x string = 1\n}\n",
	}
	e := start(t, files)
	e.open("c.grid", files["c.grid"])
	const circle = "package c\n\nimport \"a.grid\"\n\nmessage C {\n    x a.A = 1\n}\n"
	for range 3 {
		e.replace("c.grid", circle)
		e.settle()
		var codes []string
		for name := range files {
			codes = append(codes, e.codes(name)...)
		}
		if !slices.Contains(codes, "import-cycle") {
			t.Fatalf("%v", e.told)
		}
		e.askAll("c.grid", e.find("c.grid", "x a.‸A"))
		e.replace("c.grid", files["c.grid"])
		e.settle()
		for name := range files {
			if got := e.codes(name); len(got) > 0 {
				t.Fatalf("%s: %v, and the circle is gone", name, got)
			}
		}
	}
}
