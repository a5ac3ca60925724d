package lsp_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/text"
)

// example are the files of the project's own example.
func example(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{"storage.grid", "common.grid"} {
		content, err := os.ReadFile("../../../../examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(content)
	}
	return files
}

// labels completes at ‸ and returns what is offered, in the order of the editor.
func (e *editor) complete(name, marked string) []proto.CompletionItem {
	e.t.Helper()
	content, at := cut(e.t, marked)
	if _, open := e.texts[name]; open {
		e.replace(name, content)
	} else {
		e.open(name, content)
	}
	var list proto.CompletionList
	e.mustAsk("textDocument/completion", e.at(name, at), &list)
	slices.SortStableFunc(list.Items, func(a, b proto.CompletionItem) int { return strings.Compare(a.SortText, b.SortText) })
	return list.Items
}

func labelsOf(items []proto.CompletionItem) []string {
	labels := []string{}
	for _, i := range items {
		labels = append(labels, i.Label)
	}
	return labels
}

// Completion knows the place: keywords where they may stand, types where a type is
// wanted, and the next number that is free.
func TestCompletion(t *testing.T) {
	e := start(t, map[string]string{"other.grid": "package other\n\nservice Other {\n    // Do does.\n    rpc Do() = 6\n    reserved 7..9\n}\n"})
	for _, c := range []struct {
		name, text string
		want       []string // the first ones
		no         []string
	}{
		{"top", "package a\n\n‸\n", []string{"message", "service", "enum"}, []string{"package", "rpc"}},
		{"empty file", "‸", []string{"package"}, []string{"message"}},
		{"field number", "package a\n\nmessage A {\n    x string = 1\n    y string = 7\n    reserved 8, 9\n    z string = ‸\n}\n", []string{"10"}, nil},
		{"reserved far above", "package a\n\nmessage A {\n    x string = 1\n    reserved 100..200\n    z string = ‸\n}\n", []string{"2"}, nil},
		{"the number that is being changed", "package a\n\nmessage A {\n    x string = 1\n    z string = 3‸\n}\n", []string{"2"}, nil},
		{"the number that is there", "package a\n\nmessage A {\n    x string = 1\n    z string = 2‸\n}\n", nil, nil},
		{"the id that is there", "package a\n\nservice S {\n    // A does.\n    rpc A() = 5\n    rpc B() = 10‸\n}\n", nil, nil},
		{"half a field", "package a\n\nmessage A {\n    x string = 1\n    z string ‸\n}\n", []string{"= 2"}, nil},
		{"string keys", "package a\n\nmessage A {\n    x string = \"x\"\n    name string = ‸\n}\n", []string{`"name"`}, nil},
		{"enum value", "package a\n\nenum E uint8 {\n    unknown = 0\n    one = 1\n    two = ‸\n}\n", []string{"2"}, nil},
		{"first enum value", "package a\n\nenum E uint8 {\n    unknown = ‸\n}\n", []string{"0"}, nil},
		{"handler id", "package a\n\nservice S {\n    // A does.\n    rpc A() = 5\n    rpc B() = ‸\n}\n", []string{"10"}, nil},
		{"type of a field", "package a\n\nmessage A {\n    x ‸\n}\n\nenum E uint8 {\n    no = 0\n}\n", []string{"A", "E", "string"}, []string{"message"}},
		{"element of a list", "package a\n\nmessage A {\n    x []‸\n}\n", []string{"A", "string"}, nil},
		{"key of a map", "package a\n\nmessage A {\n    x map[‸\n}\n", []string{"string", "int64"}, []string{"A", "bytes"}},
		{"field name", "package a\n\nmessage A {\n    ‸\n}\n", []string{"reserved"}, []string{"string"}},
		{"request", "package a\n\nmessage A { }\nenum E uint8 {\n    no = 0\n}\nservice S {\n    rpc Do(‸)\n}\n", []string{"A", "bytes"}, []string{"E", "string"}},
		{"response", "package a\n\nmessage A { }\nservice S {\n    rpc Do(A) ‸\n}\n", []string{"A"}, []string{"string"}},
		{"service", "package a\n\nservice S {\n    ‸\n}\n", []string{"rpc", "stream", "subroute", "reserved"}, []string{"message"}},
		{"stream", "package a\n\nservice S {\n    stream Do() = 1 {\n        ‸\n    }\n}\n", []string{"in", "out", "errors"}, []string{"rpc"}},
		{"response of a stream", "package a\n\nmessage A { }\nservice S {\n    stream Do() ‸\n}\n", []string{"A", "bytes", "raw", "= 10"}, []string{"string"}},
		{"out", "package a\n\nmessage A { }\nservice S {\n    stream Do() = 1 {\n        out(16) ‸\n    }\n}\n", []string{"A"}, []string{"string"}},
		{"errors", "package a\n\nerror No = \"a.no\"\nmessage A { }\nservice S {\n    rpc Do() = 1 {\n        errors ‸\n    }\n}\n", []string{"No"}, []string{"A"}},
		{"annotation of a field", "package a\n\nmessage A {\n    x string = 1 @‸\n}\n", []string{"@deprecated", "@limit"}, []string{"@timeout", "@idempotent"}},
		{"annotation of a handler", "package a\n\nservice S {\n    @‸\n    rpc Do() = 1\n}\n", []string{"@deprecated", "@timeout"}, []string{"@limit"}},
		{"after a number", "package a\n\nmessage A {\n    x string = 1 ‸\n}\n", []string{"@deprecated", "@limit"}, nil},
		{"argument", "package a\n\nservice S {\n    @priority(‸)\n    rpc Do() = 1\n}\n", []string{"high", "normal", "low"}, nil},
		{"comment", "package a\n\n// mess‸\n", nil, []string{"message"}},
		{"below a message without its brace", "package a\n\nmessage A {\n    x string = 1\n\nservice S {\n    ‸\n}\n", []string{"rpc"}, nil},
		{"emoji before", "package a\n\nmessage A {\n    x string = 1 // 🙂👩‍👩‍👧 e\u0301\n    z string = ‸\n}\n", []string{"2"}, nil},
		{"a handler at the margin", "package a\n\nmessage A { }\n\nservice S {\nrpc Do(A) ‸\n}\n", []string{"A", "bytes", "raw", "= 10"}, nil},
		{"an id at the margin", "package a\n\nservice S {\n    rpc A() = 4\nrpc Do() = ‸\n}\n", []string{"5"}, nil},
		{"a type whose line is broken", "package a\n\nmessage A {\n    x ‸\n}\n\nenum Mode\n", []string{"A", "Mode", "string"}, nil},
		{"an error whose line is broken", "package a\n\nservice S {\n    rpc Do() = 1 {\n        errors ‸\n    }\n}\n\nerror Gone =\n", []string{"Gone"}, nil},
		{"enum base", "package a\n\nenum E ‸\n", []string{"int64"}, []string{"string"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := labelsOf(e.complete("a.grid", c.text))
			if len(got) < len(c.want) || !slices.Equal(got[:len(c.want)], c.want) {
				t.Errorf("%q, want %q first", got, c.want)
			}
			for _, no := range c.no {
				if slices.Contains(got, no) {
					t.Errorf("%q is offered: %q", no, got)
				}
			}
			if c.want == nil && len(got) > 0 {
				t.Errorf("%q, want nothing", got)
			}
		})
	}
}

// A type of a file that is not imported is offered with its import, and the edits of the
// offer make a sound file.
func TestCompletionImports(t *testing.T) {
	for _, c := range []struct{ name, before, want string }{
		{"no import yet", "package a\n\nmessage A {\n    x ‸ = 1\n}\n", "package a\n\nimport \"lib/lib.grid\"\n\nmessage A {\n    x lib.Thing = 1\n}\n"},
		{"another import", "package a\n\nimport \"b.grid\"\n\nmessage A {\n    x ‸ = 1\n    y b.B = 2\n}\n", "package a\n\nimport \"b.grid\"\nimport \"lib/lib.grid\"\n\nmessage A {\n    x lib.Thing = 1\n    y b.B = 2\n}\n"},
		{"a group", "package a\n\nimport (\n    \"b.grid\"\n)\n\nmessage A {\n    x ‸ = 1\n    y b.B = 2\n}\n", "package a\n\nimport (\n    \"b.grid\"\n    \"lib/lib.grid\"\n)\n\nmessage A {\n    x lib.Thing = 1\n    y b.B = 2\n}\n"},
		{"after its name", "package a\n\nmessage A {\n    x lib.‸ = 1\n}\n", "package a\n\nimport \"lib/lib.grid\"\n\nmessage A {\n    x lib.Thing = 1\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, map[string]string{"b.grid": "package b\n\nmessage B { }\n", "lib/lib.grid": "package lib\n\n// Thing is one.\nmessage Thing { }\n"})
			for _, item := range e.complete("a.grid", c.before) {
				if item.Label == "lib.Thing" || item.Label == "Thing" {
					e.apply("a.grid", append(item.AdditionalTextEdits, *item.TextEdit)...)
				}
			}
			e.settle()
			if diff := cmp.Diff(c.want, e.texts["a.grid"]); diff != "" {
				t.Error(diff)
			}
			if codes := e.codes("a.grid"); slices.ContainsFunc(codes, func(c string) bool { return !strings.HasPrefix(c, "lint/") }) {
				t.Errorf("the file has mistakes: %v", codes)
			}
		})
	}
}

// apply makes edits, which do not overlap, in one change.
func (e *editor) apply(name string, edits ...proto.TextEdit) {
	e.t.Helper()
	slices.SortStableFunc(edits, func(a, b proto.TextEdit) int {
		if a.Range.Start.Line != b.Range.Start.Line {
			return b.Range.Start.Line - a.Range.Start.Line
		}
		return b.Range.Start.Character - a.Range.Start.Character
	})
	changes := make([]text.Change, len(edits))
	for i, edit := range edits {
		changes[i] = text.Change{Range: &edit.Range, Text: edit.NewText}
	}
	e.change(name, changes...)
}

// Paths of imports are completed, without the file itself and what would be a circle.
func TestCompletionOfPaths(t *testing.T) {
	e := start(t, map[string]string{"sub/a.grid": "", "b.grid": "package b\n\nmessage B { }\n", "sub/back.grid": "package back\n\nimport \"a.grid\"\n\nmessage X {\n    a a.A = 1\n}\n"})
	items := e.complete("sub/a.grid", "package a\n\nimport \"../‸\"\n\nmessage A { }\n")
	if diff := cmp.Diff([]string{"../b.grid"}, labelsOf(items)); diff != "" {
		t.Fatal(diff)
	}
	e.apply("sub/a.grid", *items[0].TextEdit)
	if want := "package a\n\nimport \"../b.grid\"\n\nmessage A { }\n"; e.texts["sub/a.grid"] != want {
		t.Errorf("%q", e.texts["sub/a.grid"])
	}
}

// hover is the text of the hover at ‸ in a piece of a document's text.
func (e *editor) hover(name, marked string) string {
	e.t.Helper()
	var h *proto.Hover
	e.mustAsk("textDocument/hover", e.at(name, e.find(name, marked)), &h)
	if h == nil {
		return ""
	}
	return h.Contents.Value
}

// find is the offset of ‸ in a piece of a document's text that stands there once.
func (e *editor) find(name, marked string) int {
	e.t.Helper()
	piece, at := cut(e.t, marked)
	if strings.Count(e.texts[name], piece) != 1 {
		e.t.Fatalf("%q stands %d times in %s", piece, strings.Count(e.texts[name], piece), name)
	}
	return strings.Index(e.texts[name], piece) + at
}

// A hover says what a thing is in the language, on the wire and in Go, as the generated
// code has it.
func TestHover(t *testing.T) {
	files := example(t)
	e := start(t, files)
	e.open("storage.grid", files["storage.grid"])
	client, err := os.ReadFile("../../../../examples/gen/storage/storage_client_grid.go")
	if err != nil {
		t.Fatal(err)
	}
	for marked, want := range map[string][]string{
		"labe‸ls ":             {"storage.DiskInfo.labels map[string]string = 7", "number: 7", "map of at most 64 entries", "Go: `Labels map[string]string`"},
		"total‸    uint64":     {"bytes", "integer; at most 9 bytes", "Go: `Total uint64`"},
		"versionID uu‸id":      {"bin of 16 bytes; at most 18 bytes", "grid.UUID"},
		"state    Disk‸State ": {"enum storage.DiskState uint8 {\n    unknown  = 0\n    online   = 1\n    healing  = 2 // being rebuilt, reads may be refused\n", "DiskState says whether a disk can serve.", "integer; at most 2 bytes"},
		"path      strin‸g = 2 @limit(4KiB)\n    versionID": {"string", "no bound"},
		"used‸     uint64":     {"**Deprecated**: total - free"},
		"@priority‸(high)":     {"**@priority**", "for handlers and services"},
		"common‸.Denied":       {"package common", "Package common holds what several services share."},
		"common.Denie‸d":       {"error common.Denied = \"common.denied\"", "Denied says who may not do what."},
		"message DiskMet‸rics": {"message storage.DiskMetrics {\n    waiting  uint32   = 1\n", "\n    latency  duration = 5\n}", "map, keyed by number; at most"},
		"union O‸p":            {"map of one entry", "Go: `Op`"},
		"rpc Read‸Version":     {"handler id: 12", "timeout: 30s", "errors FileNotFound, DiskOffline, common.Denied"},
		"stream Replic‸ate":    {"in(16) Op", "out(64) Ack", "lane: low"},
		"const Max‸Inline":     {"const storage.MaxInline uint32 = 128KiB"},
		"service Stor‸age":     {"\n    subroute disk\n    rpc DiskInfo(DiskInfoOptions) DiskInfo = 9\n", "NewStorageClient", "RegisterStorage"},
		"offline  ‸= 3":        {},
	} {
		got := e.hover("storage.grid", marked)
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q is not in\n%s", marked, part, got)
			}
		}
	}
	for _, name := range []string{"rpc DiskIn‸fo", "rpc Read‸Version", "rpc Delete‸File", "stream Walk‸Dir", "stream Replic‸ate"} {
		_, signature, _ := strings.Cut(e.hover("storage.grid", name), "Go: `")
		signature, _, _ = strings.Cut(signature, "`")
		if signature == "" || !strings.Contains(string(client), signature+" {") {
			t.Errorf("%s: the generated client has no %q", name, signature)
		}
	}
}

// What is wrong at a place is explained in its hover.
func TestHoverExplains(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", "package a\n\nmessage A {\n    x strin = 1\n}\n")
	if got := e.hover("a.grid", "str‸in"); !strings.Contains(got, "**type-unknown**: ") {
		t.Error(got)
	}
}

// The files of a folder that name one package are one: names stand alone in all of them.
func TestPackageOfSeveralFiles(t *testing.T) {
	e := start(t, map[string]string{
		"v1/a.grid": "// Package history keeps.\npackage history.v1\n\nmessage A { }\n", "v1/b.grid": "package history.v1\n\nmessage B {\n    a A = 1\n}\n",
		"user.grid": "package user\n\nimport \"v1/b.grid\"\n\nmessage U {\n    a historyv1.A = 1\n}\n",
	})
	e.open("v1/b.grid", "package history.v1\n\nmessage B {\n    a A = 1\n}\n")
	e.open("user.grid", "package user\n\nimport \"v1/b.grid\"\n\nmessage U {\n    a historyv1.A = 1\n}\n")
	for name, marked := range map[string]string{"v1/b.grid": "a A‸ =", "user.grid": "historyv1.A‸"} {
		var links []proto.LocationLink
		e.mustAsk("textDocument/definition", e.at(name, e.find(name, marked)), &links)
		if len(links) != 1 || e.name(links[0].TargetURI) != "v1/a.grid" {
			t.Errorf("%s leads to %+v", marked, links)
		}
	}
	if got := e.hover("user.grid", "history‸v1"); !strings.Contains(got, "package history.v1") || !strings.Contains(got, "Package history keeps.") {
		t.Error(got)
	}
	if got := labelsOf(e.complete("user.grid", "package user\n\nimport \"v1/b.grid\"\n\nmessage U {\n    a historyv1.‸\n}\n")); !slices.Contains(got, "A") || !slices.Contains(got, "B") {
		t.Errorf("%q", got)
	}
	params := e.at("v1/b.grid", e.find("v1/b.grid", "history‸.v1"))
	params["newName"] = "past.v2"
	var edit proto.WorkspaceEdit
	e.mustAsk("textDocument/rename", params, &edit)
	if len(edit.Changes) != 2 || edit.Changes[e.uri("v1/a.grid")][0].NewText != "past.v2" {
		t.Errorf("%+v", edit)
	}
	for _, name := range []string{"v1/a.grid", "v1/b.grid"} {
		if got := e.codes(name); len(got) > 0 && !strings.HasPrefix(got[0], "lint/") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A name leads to where it is declared, in other files too, and beside mistakes.
func TestDefinition(t *testing.T) {
	files := example(t)
	e := start(t, files)
	e.open("storage.grid", files["storage.grid"]+"\nmessage Half {\n    x \n")
	target := func(method, marked string) string {
		var links []proto.LocationLink
		e.mustAsk(method, e.at("storage.grid", e.find("storage.grid", marked)), &links)
		var names []string
		for _, l := range links {
			content := files[e.name(l.TargetURI)]
			tx := text.New([]byte(content))
			names = append(names, e.name(l.TargetURI)+":"+content[tx.Offset(l.TargetSelectionRange.Start):tx.Offset(l.TargetSelectionRange.End)])
		}
		return strings.Join(names, " ")
	}
	for marked, want := range map[string]string{
		"state    Disk‸State ": "storage.grid:DiskState", "common.Den‸ied": "common.grid:Denied", "com‸mon.Denied": "common.grid:common",
		"import \"comm‸on.grid\"": "common.grid:common", "errors   FileNot‸Found, DiskOffline\n    }\n\n    // Rep": "storage.grid:FileNotFound",
	} {
		if got := target("textDocument/definition", marked); got != want {
			t.Errorf("%s leads to %q, want %q", marked, got, want)
		}
	}
	for marked, want := range map[string]string{
		"stat‸e    DiskState": "storage.grid:DiskState", "rpc Read‸Version": "storage.grid:ReadVersionRequest storage.grid:FileInfo",
		"part‸s    []PartInfo": "storage.grid:PartInfo", "stream Repl‸icate": "storage.grid:Op storage.grid:Ack",
	} {
		if got := target("textDocument/typeDefinition", marked); got != want {
			t.Errorf("the type of %s is at %q, want %q", marked, got, want)
		}
	}
}

// A declaration of which nothing is sound but its name is led to, and told for what it is.
func TestBrokenDeclarations(t *testing.T) {
	e := start(t, nil)
	const content = "package a\n\nmessage A {\n    x Mode = 1\n    y Thing = 2\n}\n\nenum Mode\n\nextern Thing =\n\nannotation audit\n\nconst C\n\nerror E\n"
	e.open("a.grid", content)
	for marked, want := range map[string]string{"x Mo‸de": "enum a.Mode", "y Thi‸ng": "extern a.Thing", "const C‸": "const a.C", "error E‸": "error a.E", "annotation aud‸it": "audit"} {
		if got := e.hover("a.grid", marked); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not in\n%s", marked, want, got)
		}
	}
	var links []proto.LocationLink
	e.mustAsk("textDocument/definition", e.at("a.grid", e.find("a.grid", "x Mo‸de")), &links)
	if len(links) != 1 || links[0].TargetSelectionRange.Start.Line != 7 {
		t.Errorf("Mode leads to %+v", links)
	}
	for offset := 0; offset <= len(content); offset += 3 {
		e.askAll("a.grid", offset)
	}
}

// References are of all files; a highlight is of one.
func TestReferences(t *testing.T) {
	files := example(t)
	e := start(t, files)
	e.open("common.grid", files["common.grid"])
	e.open("storage.grid", files["storage.grid"])
	var places []proto.Location
	params := e.at("common.grid", e.find("common.grid", "error Den‸ied"))
	params["context"] = map[string]any{"includeDeclaration": true}
	e.mustAsk("textDocument/references", params, &places)
	var in []string
	for _, p := range places {
		in = append(in, e.name(p.URI))
	}
	slices.Sort(in)
	if diff := cmp.Diff([]string{"common.grid", "storage.grid"}, in); diff != "" {
		t.Error(diff)
	}
	var marks []proto.DocumentHighlight
	e.mustAsk("textDocument/documentHighlight", e.at("storage.grid", e.find("storage.grid", "error Disk‸Offline")), &marks)
	if len(marks) != 5 || marks[0].Kind != 3 || marks[1].Kind != 2 {
		t.Errorf("%+v", marks)
	}
}
