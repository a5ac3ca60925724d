package lsp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/feature"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
)

// emoji is a file in which nothing is ASCII that need not be.
const emoji = "// 🙂 e\u0301 漢 👩‍👩‍👧\n// second\npackage a\n\n// Disk 🙂.\nmessage Disk { // 漢🙂\n    // e\u0301🙂\n    user_id string = 1 @deprecated(\"🙂🙂\") // 🙂\n    next Disk? = 2\n}\n\n// S is 🙂.\n@timeout(5s)\nservice S {\n    // Do 🙂.\n    rpc Do(Disk) = 1\n    // Run 漢.\n    stream Run(Disk) = 2 {\n        out Disk\n    }\n}\n"

// source is the text of a range of a document.
func (e *editor) source(name string, r proto.Range) string {
	t := text.New([]byte(e.texts[name]))
	return e.texts[name][t.Offset(r.Start):t.Offset(r.End)]
}

func TestDocumentSymbols(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", emoji)
	var symbols []proto.DocumentSymbol
	e.mustAsk("textDocument/documentSymbol", e.at("a.grid", 0), &symbols)
	var got []string
	var walk func(depth string, symbols []proto.DocumentSymbol)
	walk = func(depth string, symbols []proto.DocumentSymbol) {
		for _, s := range symbols {
			got = append(got, fmt.Sprintf("%s%s|%s|%d|%v|%s", depth, s.Name, s.Detail, s.Kind, s.Tags, e.source("a.grid", s.SelectionRange)))
			walk(depth+" ", s.Children)
		}
	}
	walk("", symbols)
	want := []string{
		"Disk|message|23|[]|Disk", " user_id|string = 1|8|[1]|user_id", " next|Disk? = 2|8|[]|next",
		"S|service|5|[]|S", " Do|rpc = 1|6|[]|Do", " Run|stream = 2|6|[]|Run",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An editor that knows no tree of symbols, no links and no snippets gets none.
func TestPlainEditor(t *testing.T) {
	e := startWith(t, nil, `{}`)
	e.open("a.grid", emoji)
	var flat []proto.SymbolInformation
	e.mustAsk("textDocument/documentSymbol", e.at("a.grid", 0), &flat)
	if len(flat) != 6 || flat[1].ContainerName != "Disk" || flat[0].Location.URI != e.uri("a.grid") {
		t.Errorf("%+v", flat)
	}
	var places []proto.Location
	e.mustAsk("textDocument/definition", e.at("a.grid", e.find("a.grid", "Do(Di‸sk)")), &places)
	if len(places) != 1 || e.source("a.grid", places[0].Range) != "Disk" {
		t.Errorf("%+v", places)
	}
	for _, item := range e.complete("a.grid", strings.Replace(emoji, "    next", "    ‸\n    next", 1)) {
		if item.InsertTextFormat != 0 || strings.Contains(item.TextEdit.NewText, "$") {
			t.Errorf("a snippet: %+v", item)
		}
	}
}

// A list of names alone, as Neovim shows it, says why each is there, the best first.
func TestWorkspaceSymbols(t *testing.T) {
	e := start(t, example(t))
	ask := func(query string) (names []string) {
		var found []proto.SymbolInformation
		e.mustAsk("workspace/symbol", map[string]any{"query": query}, &found)
		for _, s := range found {
			names = append(names, s.ContainerName+"/"+s.Name)
		}
		return names
	}
	if got := ask("dinfo"); !slices.Contains(got, "storage/DiskInfo") || !slices.Contains(got, "storage/Storage.DiskInfo") {
		t.Errorf("%q", got)
	}
	disks := ask("disk")
	first := []string{
		"storage/DiskState", "storage/DiskInfoOptions", "storage/DiskInfoOptions.diskID", "storage/DiskInfo", "storage/DiskMetrics",
		"storage/DiskOffline", "storage/Storage.disk", "storage/Storage.DiskInfo",
	}
	if len(disks) <= len(first) {
		t.Fatalf("%q", disks)
	}
	if diff := cmp.Diff(first, disks[:len(first)]); diff != "" {
		t.Error(diff)
	}
	for _, name := range disks[len(first):] {
		if !strings.HasPrefix(name, "storage/Disk") {
			t.Errorf("%s is found, and nobody sees why", name)
		}
	}
	if got := ask("DiskI.tot"); !slices.Contains(got, "storage/DiskInfo.total") {
		t.Errorf("%q", got)
	}
	if got := ask("no such"); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

func TestFoldingAndSelection(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", emoji)
	var folds []proto.FoldingRange
	e.mustAsk("textDocument/foldingRange", e.at("a.grid", 0), &folds)
	want := []proto.FoldingRange{{StartLine: 0, EndLine: 1, Kind: "comment"}, {StartLine: 5, EndLine: 8}, {StartLine: 17, EndLine: 18}, {StartLine: 13, EndLine: 19}}
	if diff := cmp.Diff(want, folds); diff != "" {
		t.Error(diff)
	}
	var selections []*proto.SelectionRange
	params := e.at("a.grid", 0)
	params["positions"] = []any{e.at("a.grid", e.find("a.grid", "next Di‸sk?"))["position"]}
	e.mustAsk("textDocument/selectionRange", params, &selections)
	var got []string
	for s := selections[0]; s != nil; s = s.Parent {
		line, _, _ := strings.Cut(e.source("a.grid", s.Range), "\n")
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"Disk", "Disk?", "next Disk? = 2", "message Disk { // 漢🙂", "// 🙂 e\u0301 漢 👩‍👩‍👧"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLinksOnImports(t *testing.T) {
	files := example(t)
	e := start(t, files)
	e.open("storage.grid", files["storage.grid"])
	var links []proto.DocumentLink
	e.mustAsk("textDocument/documentLink", e.at("storage.grid", 0), &links)
	if len(links) != 1 || links[0].Target != e.uri("common.grid") || e.source("storage.grid", links[0].Range) != `"common.grid"` {
		t.Errorf("%+v", links)
	}
}

// Hints are what follows and is not written: Go names, capacities, what a handler has
// from its service.
func TestInlayHints(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", emoji)
	var hints []proto.InlayHint
	params := e.at("a.grid", 0)
	params["range"] = text.New([]byte(emoji)).Range(0, len(emoji))
	e.mustAsk("textDocument/inlayHint", params, &hints)
	var got []string
	for _, h := range hints {
		line := strings.Split(emoji, "\n")[h.Position.Line]
		got = append(got, strings.TrimSpace(line)+" « "+h.Label)
	}
	want := []string{
		"user_id string = 1 @deprecated(\"🙂🙂\") // 🙂 « Go UserID", "rpc Do(Disk) = 1 « @timeout(5s)", "out Disk « (16)", "stream Run(Disk) = 2 { « @timeout(5s)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	params["range"] = span(0, 0, 0)
	if e.mustAsk("textDocument/inlayHint", params, &hints); len(hints) != 0 {
		t.Errorf("hints beyond the range: %+v", hints)
	}
}

// Tokens are coloured by what they mean, and none leaves its line.
func TestSemanticTokens(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", emoji)
	var tokens proto.SemanticTokens
	e.mustAsk("textDocument/semanticTokens/full", e.at("a.grid", 0), &tokens)
	content := text.New([]byte(emoji))
	kinds := map[string]string{}
	at := text.Position{}
	for d := tokens.Data; len(d) >= 5; d = d[5:] {
		if d[0] > 0 {
			at = text.Position{Line: at.Line + d[0]}
		}
		at.Character += d[1]
		end := text.Position{Line: at.Line, Character: at.Character + d[2]}
		if content.Position(content.Offset(end)) != end {
			t.Errorf("%v is no place", end)
		}
		word := emoji[content.Offset(at):content.Offset(end)]
		kinds[word] = feature.TokenTypes[d[3]]
	}
	for word, want := range map[string]string{
		"package": "keyword", "a": "namespace", "message": "keyword", "Disk": "struct", "user_id": "property", "string": "type", "1": "number",
		"deprecated": "keyword", "\"🙂🙂\"": "string", "// 漢🙂": "comment", "service": "keyword", "S": "class", "Do": "method", "out": "keyword", "5s": "number",
	} {
		if kinds[word] != want {
			t.Errorf("%q is %q, want %q", word, kinds[word], want)
		}
	}
}

func TestSignatureHelp(t *testing.T) {
	e := start(t, nil)
	for marked, want := range map[string]string{
		"package a\n\nmessage A {\n    x string = 1 @limit(‸)\n}\n": "@limit(64) @limit(4KiB) @limit(64, each: 1KiB)", "package a\n\n@priority(hi‸\nservice S { }\n": "@priority(high) @priority(normal) @priority(low)",
		"package a\n\nservice S {\n    rpc Do(‸) = 1\n}\n": "",
	} {
		content, at := cut(t, marked)
		e.open("a.grid", content)
		var help *proto.SignatureHelp
		e.mustAsk("textDocument/signatureHelp", e.at("a.grid", at), &help)
		var labels []string
		if help != nil {
			for _, s := range help.Signatures {
				labels = append(labels, s.Label)
			}
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("%q: %q, want %q", marked, got, want)
		}
	}
}
