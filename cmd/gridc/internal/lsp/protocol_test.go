package lsp_test

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/wire"
)

// Unsaved text goes before what is on disk, in the files that import it as well; what is
// mended is told as an empty list; what is closed is as on disk again.
func TestDiagnosticsFollowTheEditor(t *testing.T) {
	e := start(t, map[string]string{
		"a.grid":     "package a\n\nmessage A {\n    b b.B = 1\n}\n",
		"b.grid":     "package b\n\nmessage B { }\n",
		"sub/c.grid": "package c\n\nmessage C {\n    x strin = 1\n}\n",
	})
	e.settle()
	if diff := cmp.Diff(map[string][]string{"a.grid": {"package-unknown"}, "sub/c.grid": {"type-unknown"}}, map[string][]string{"a.grid": e.codes("a.grid"), "sub/c.grid": e.codes("sub/c.grid")}); diff != "" {
		t.Fatal(diff)
	}
	e.open("a.grid", "package a\n\nimport \"b.grid\"\n\nmessage A {\n    b b.B = 1\n    c b.C = 2\n}\n")
	e.settle()
	if got := e.codes("a.grid"); !cmp.Equal(got, []string{"type-unknown"}) {
		t.Fatalf("a.grid: %v", got)
	}
	e.open("b.grid", "package b\n\nmessage B { }\nmessage C { }\n")
	e.settle()
	if got := e.codes("a.grid"); len(got) > 0 && got[0] == "type-unknown" {
		t.Errorf("the unsaved C is not seen: %v", got)
	}
	e.tell("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": e.uri("b.grid")}})
	e.settle()
	if got := e.codes("a.grid"); !cmp.Equal(got, []string{"type-unknown"}) {
		t.Errorf("b.grid is closed, and C is still there: %v", got)
	}
	e.write("sub/c.grid", "package c\n\nmessage C {\n    x string = 1\n}\n\nmessage D {\n    c C = 1\n}\n")
	e.tell("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{}})
	e.settle()
	if got := e.codes("sub/c.grid"); cmp.Equal(got, []string{"type-unknown"}) {
		t.Errorf("what changed on disk is not seen: %v", got)
	}
}

// A diagnostic has the other places of a conflict, and leads to its explanation.
func TestDiagnosticsAreComplete(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", "package a\n\nmessage M {\n    reserved \"é🙂\", 2\n    c string = 2\n}\n")
	e.settle()
	var got proto.Diagnostic
	for _, d := range e.told["a.grid"] {
		if d.Code == "number-reserved" {
			got = d
		}
	}
	want := proto.Diagnostic{
		Range: span(4, 15, 16), Severity: 1, Code: "number-reserved", Source: "gridc", CodeDescription: &proto.CodeDescription{Href: "explain:number-reserved"},
		Message:            "number 2 is reserved in message `M`\nthe next free number is 3",
		RelatedInformation: []proto.RelatedPlace{{Location: proto.Location{URI: e.uri("a.grid"), Range: span(3, 20, 21)}, Message: "reserved here"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Two files that claim a handler id are told so, although neither imports the other; files of
// another module, and services of another product, have their own.
func TestHandlerIDsOfTheWorkspace(t *testing.T) {
	service := func(pkg, product, line string) string {
		return "// Package " + pkg + " is one.\npackage " + pkg + "\n\n" + product + "service S {\n" + line + "\n}\n"
	}
	get := "    // Get gets.\n    rpc Get() bytes = 7"
	e := start(t, map[string]string{
		"go.mod":             "module example.com/m\n",
		"a/a.grid":           service("a", "", get),
		"b/b.grid":           service("b", "", "    // Put puts.\n    rpc Put() bytes = 8"),
		"c/c.grid":           service("c", "@product(\"c\")\n", get),
		"d/d.grid":           service("d", "", "    reserved 100..200"),
		"elsewhere/go.mod":   "module example.com/n\n",
		"elsewhere/e/e.grid": service("e", "", get),
	})
	e.open("b/b.grid", service("b", "", "    // Put puts.\n    rpc Put() bytes = 8"))
	e.settle()
	for name := range e.told {
		if codes := e.codes(name); len(codes) > 0 {
			t.Errorf("%s: %q", name, codes)
		}
	}
	for text, want := range map[string]string{"= 7": "handler-id-reused", "= 150": "handler-id-reserved", "= 9": ""} {
		e.replace("b/b.grid", service("b", "", "    // Put puts.\n    rpc Put() bytes "+text))
		e.settle()
		if got := strings.Join(e.codes("b/b.grid"), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	e.replace("b/b.grid", service("b", "@product(\"c\")\n", get))
	e.settle()
	if got := e.codes("c/c.grid"); !slices.Equal(got, []string{"handler-id-reused"}) {
		t.Errorf("of one product: %q", got)
	}
}

func span(line, from, to int) text.Range {
	return text.Range{Start: text.Position{Line: line, Character: from}, End: text.Position{Line: line, Character: to}}
}

// Changes of one notification follow each other, counted in UTF-16.
func TestChangesOfOneNotification(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", "package a\n\n// 🙂🙂 e\u0301\nmessage A { }\n")
	one, two := span(2, 5, 7), span(3, 8, 9)
	e.change("a.grid", text.Change{Range: &one, Text: "漢"}, text.Change{Range: &two, Text: "B"}, text.Change{Range: &text.Range{Start: text.Position{Line: 3, Character: 12}, End: text.Position{Line: 3, Character: 12}}, Text: "\n    x in = 1\n"})
	e.settle()
	if want := "package a\n\n// 🙂漢 e\u0301\nmessage B { \n    x in = 1\n}\n"; e.texts["a.grid"] != want {
		t.Fatalf("%q", e.texts["a.grid"])
	}
	var symbols []proto.DocumentSymbol
	e.mustAsk("textDocument/documentSymbol", e.at("a.grid", 0), &symbols)
	if len(symbols) != 1 || symbols[0].Name != "B" {
		t.Errorf("the server has %+v", symbols)
	}
}

// What the protocol does not know is refused by its code, and ends nothing.
func TestWhatTheProtocolDoesNotKnow(t *testing.T) {
	e := connect(t, t.TempDir())
	if err := e.ask("textDocument/hover", nil, nil); err == nil || err.Code != wire.NotInitialized {
		t.Errorf("before initialize: %v", err)
	}
	e.mustAsk("initialize", map[string]any{"capabilities": map[string]any{}}, nil)
	if err := e.ask("initialize", map[string]any{}, nil); err == nil || err.Code != wire.InvalidRequest {
		t.Errorf("a second initialize: %v", err)
	}
	e.tell("gridc/unknown", nil) // is ignored
	e.tell("$/setTrace", map[string]any{"value": "off"})
	for body, code := range map[string]int{
		`{"jsonrpc": "2.0", "id": 1, `: wire.ParseError, `[1, 2]`: wire.InvalidRequest, `"x"`: wire.InvalidRequest, ``: wire.ParseError, `{"jsonrpc": "2.0"}`: wire.InvalidRequest, "\xff\xfe": wire.ParseError,
	} {
		e.send(body)
		if m := e.await("null"); m.Error == nil || m.Error.Code != code {
			t.Errorf("%q: %+v, want %d", body, m.Error, code)
		}
	}
	if _, err := io.WriteString(e.in, "Content-Type: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if m := e.await("null"); m.Error == nil || m.Error.Code != wire.ParseError {
		t.Errorf("without a length: %+v", m.Error)
	}
	if _, err := io.WriteString(e.in, "Content-Length: -5\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if m := e.await("null"); m.Error == nil || m.Error.Code != wire.ParseError {
		t.Errorf("a negative length: %+v", m.Error)
	}
	if err := e.ask("textDocument/hover", map[string]any{"position": "here"}, nil); err == nil || err.Code != wire.InvalidParams {
		t.Errorf("other parameters: %v", err)
	}
	if err := e.ask("textDocument/hover", []int{1}, nil); err == nil || err.Code != wire.InvalidParams {
		t.Errorf("other parameters: %v", err)
	}
	var result any = 1
	e.mustAsk("textDocument/hover", e.at("nowhere.grid", 0), &result)
	if result != nil {
		t.Errorf("about a file that is not there: %v", result)
	}
	e.mustAsk("shutdown", nil, nil)
	if err := e.ask("textDocument/hover", nil, nil); err == nil || err.Code != wire.InvalidRequest {
		t.Errorf("after shutdown: %v", err)
	}
	e.tell("exit", nil)
	if err := <-e.ended; err != nil {
		t.Errorf("exit after shutdown: %v", err)
	}
	e.ended <- nil
}

// An editor that goes away, or says exit too early, gives another status.
func TestExitWithoutShutdown(t *testing.T) {
	for _, end := range []func(*editor){func(e *editor) { e.tell("exit", nil) }, func(e *editor) { e.in.Close() }} {
		e := start(t, nil)
		e.settle()
		end(e)
		if err := <-e.ended; !errors.Is(err, lsp.ErrNoShutdown) {
			t.Errorf("%v", err)
		}
		e.ended <- nil
	}
}

// A request that is cancelled before its turn is answered as such; one that is unknown
// or answered is no matter.
func TestCancel(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", "package a\n")
	e.settle()
	// The cancellation is in the server's hands with the request: one write.
	request := `{"jsonrpc":"2.0","id":"r","method":"textDocument/formatting","params":{"textDocument":{"uri":"` + e.uri("a.grid") + `"}}}`
	cancel := `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"r"}}`
	frame := func(body string) string { return "Content-Length: " + itoa(len(body)) + "\r\n\r\n" + body }
	cancelled := 0
	for range 200 {
		if _, err := io.WriteString(e.in, frame(request)+frame(cancel)); err != nil {
			t.Fatal(err)
		}
		if m := e.await(`"r"`); m.Error != nil {
			if m.Error.Code != wire.RequestCancelled {
				t.Fatalf("%+v", m.Error)
			}
			cancelled++
		}
	}
	e.tell("$/cancelRequest", map[string]any{"id": 4711})
	e.tell("$/cancelRequest", "nonsense")
	e.settle()
	t.Logf("%d of 200 were cancelled in time", cancelled)
}

func itoa(n int) string { return strconv.Itoa(n) }
