package lsp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
	"github.com/gridrpc/gridc/idl"
)

// Formatting replaces the lines that differ, and gives what gridc fmt gives.
func TestFormatting(t *testing.T) {
	e := start(t, nil)
	for _, content := range []string{
		"package a\nmessage A {\n  x string=1 // 🙂\n}\n", "package a\r\nmessage A {\r\n  x string=1\r\n}\r\n", "package a", "", "\n\n\n", "package   a\n", "package a\n\nmessage A { }\n\n\n\n",
		"package a\n\nmessage A {\n    x string = 1\n}\n", "package a\n// end", "package a\n\nmessage A {\n  x strin=1\n  y *int =2\n}\n",
	} {
		want, _ := idl.Format("a.grid", []byte(content))
		if string(want) != content {
			want = idl.LikeLines([]byte(content), want)
		}
		e.open("a.grid", content)
		var edits []proto.TextEdit
		e.mustAsk("textDocument/formatting", e.at("a.grid", 0), &edits)
		e.apply("a.grid", edits...)
		if diff := cmp.Diff(string(want), e.texts["a.grid"]); diff != "" {
			t.Errorf("%q: %s", content, diff)
		}
		if string(want) == content && len(edits) > 0 {
			t.Errorf("%q is tidy: %+v", content, edits)
		}
	}
}

// A closing brace formats a sound file, and moves nothing in another.
func TestFormattingOnBrace(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", "package a\n\nmessage A {\n  x string=1\n}\n")
	var edits []proto.TextEdit
	e.mustAsk("textDocument/onTypeFormatting", e.at("a.grid", 0), &edits)
	if len(edits) != 1 || edits[0].NewText != "    x string = 1\n" {
		t.Errorf("%+v", edits)
	}
	e.replace("a.grid", "package a\n\nmessage A {\n  x strin=1\n}\n")
	if e.mustAsk("textDocument/onTypeFormatting", e.at("a.grid", 0), &edits); len(edits) != 0 {
		t.Errorf("%+v", edits)
	}
}

// actions are what is offered at ‸ in a piece of a document's text.
func (e *editor) actions(name, marked string, only ...string) []proto.CodeAction {
	e.t.Helper()
	at := e.find(name, marked)
	params := e.at(name, at)
	place := params["position"]
	params["range"] = map[string]any{"start": place, "end": place}
	params["context"] = map[string]any{"diagnostics": []any{}, "only": only}
	var list []proto.CodeAction
	e.mustAsk("textDocument/codeAction", params, &list)
	return list
}

// take makes the action whose title begins so.
func (e *editor) take(name, title string, list []proto.CodeAction) {
	e.t.Helper()
	i := slices.IndexFunc(list, func(a proto.CodeAction) bool { return strings.HasPrefix(a.Title, title) })
	if i < 0 {
		var titles []string
		for _, a := range list {
			titles = append(titles, a.Title)
		}
		e.t.Fatalf("no %q among %q", title, titles)
	}
	for uri, edits := range list[i].Edit.Changes {
		if e.name(uri) != name {
			e.t.Fatalf("edits of %s", uri)
		}
		e.apply(name, edits...)
	}
}

// Every fix of the compiler is an action, the certain one preferred, with the diagnostic
// that it settles.
func TestFixes(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", "package a\n\nmessage A {\n    🙂 string = 1\n    string name = 2;\n    n float = 3\n}\n")
	list := e.actions("a.grid", "string na‸me")
	if len(list) == 0 || list[0].Kind != "quickfix" || !list[0].IsPreferred || len(list[0].Diagnostics) != 1 || list[0].Diagnostics[0].Code != "type-before-name" {
		t.Fatalf("%+v", list)
	}
	e.take("a.grid", "Write `name string`", list)
	guesses := e.actions("a.grid", "n flo‸at")
	if len(guesses) != 3 || guesses[0].IsPreferred {
		t.Errorf("%+v", guesses)
	}
	e.take("a.grid", "Write `float64`", guesses)
	e.take("a.grid", "Make all fixes", e.actions("a.grid", "message‸", "source.fixAll"))
	if want := "package a\n\nmessage A {\n    🙂 string = 1\n    name string = 2\n    n float64 = 3\n}\n"; e.texts["a.grid"] != want {
		t.Errorf("%q", e.texts["a.grid"])
	}
}

// A member is deleted with its number reserved, and a handler gets a new id with the old
// one reserved: what is left is sound and has its comments.
func TestReserving(t *testing.T) {
	const head = "package a\n\n"
	for _, c := range []struct{ name, before, at, action, after string }{
		{"field", "message A {\n    x string = 1\n    // about y\n    y string = 2 // 🙂\n    z string = 3\n}\n", "y str‸ing", "Reserve 2 and delete `y`", "message A {\n    x string = 1\n    reserved 2\n    z string = 3\n}\n"},
		{"reserved line", "message A {\n    x string = 1\n    y string = 2\n    reserved 8, 9\n}\n", "y str‸ing", "Reserve 2 and delete `y`", "message A {\n    x string = 1\n    reserved 8, 9, 2\n}\n"},
		{"key", "message A {\n    x string = \"x\"\n    y string = \"why\"\n}\n", "y str‸ing", "Reserve \"why\" and delete `y`", "message A {\n    x string = \"x\"\n    reserved \"why\"\n}\n"},
		{"enum value", "enum E uint8 {\n    no = 0\n    one = 1\n}\n", "on‸e", "Reserve 1 and delete `one`", "enum E uint8 {\n    no = 0\n    reserved 1\n}\n"},
		{"handler", "service S {\n    // A does.\n    rpc A() = 1\n\n    // B does.\n    @timeout(1s)\n    stream B() = 2 {\n        out bytes\n    }\n}\n", "stream B‸", "Reserve 2 and delete `B`", "service S {\n    // A does.\n    rpc A() = 1\n\n    reserved 2\n}\n"},
		{"new id", "service S {\n    // A does.\n    rpc A() = 1\n    // B does.\n    rpc B() = 2\n}\n", "rpc A‸", "Give `A` the new id 3, and reserve 1", "service S {\n    reserved 1\n    // A does.\n    rpc A() = 3\n    // B does.\n    rpc B() = 2\n}\n"},
		{"new id beside reserved", "service S {\n    reserved 3..5\n    // A does.\n    rpc A() = 1\n}\n", "rpc A‸", "Give `A` the new id 2, and reserve 1", "service S {\n    reserved 3..5, 1\n    // A does.\n    rpc A() = 2\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, nil)
			e.open("a.grid", head+c.before)
			e.take("a.grid", c.action, e.actions("a.grid", c.at))
			if diff := cmp.Diff(head+c.after, e.texts["a.grid"]); diff != "" {
				t.Error(diff)
			}
			e.settle()
			for _, d := range e.told["a.grid"] {
				if d.Severity == proto.SeverityError {
					t.Errorf("%s: %s", d.Code, d.Message)
				}
			}
		})
	}
}

func TestOrganizeImports(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"b", "c", "d"} {
		files[name+".grid"] = "package " + name + "\n\nmessage X { }\n"
	}
	const body = "\n\nmessage A {\n    d d.X = 1\n    b b.X = 2\n    e e.X = 3\n}\n"
	for _, c := range []struct{ name, before, after string }{
		{"lines", "import \"d.grid\"\nimport \"c.grid\"\nimport e \"b.grid\"", "import e \"b.grid\"\nimport \"d.grid\""},
		{"group", "import (\n    \"d.grid\"\n    \"c.grid\"\n    \"b.grid\"\n)", "import (\n    \"b.grid\"\n    \"d.grid\"\n)"},
		{"comments", "import (\n    \"d.grid\" // why\n    \"c.grid\"\n    \"b.grid\"\n)", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, files)
			e.open("a.grid", "package a\n\n"+c.before+body)
			list := e.actions("a.grid", "packa‸ge a", "source.organizeImports")
			if c.after == "" {
				if len(list) > 0 {
					t.Errorf("%+v", list)
				}
				return
			}
			e.take("a.grid", "Organize imports", list)
			if diff := cmp.Diff("package a\n\n"+c.after+body, e.texts["a.grid"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The name that documentation begins with is a place, wherever it stands; another word is
// none, nor a comment that is not the documentation.
func TestRenameInDocumentation(t *testing.T) {
	for before, after := range map[string]string{
		"// 🙂\n\n//  A is it, A.\nmessage ‸A {}\n":                "// 🙂\n\n//  B is it, A.\nmessage B {}\n",
		"// An A.\nmessage ‸A {}\n":                               "// An A.\nmessage B {}\n",
		"// A stands alone.\n\nmessage ‸A {}\n":                   "// A stands alone.\n\nmessage B {}\n",
		"// A2 is another.\nmessage ‸A {}\n":                      "// A2 is another.\nmessage B {}\n",
		"@go(\"X\")\n// A is below.\nmessage ‸A {}\n":             "@go(\"X\")\n// B is below.\nmessage B {}\n",
		"message M {\n    // A is a field.\n    ‸A bool = 1\n}\n": "message M {\n    // B is a field.\n    B bool = 1\n}\n",
	} {
		e := start(t, nil)
		content := "package p\n\n" + strings.Replace(before, "‸", "", 1)
		e.open("a.grid", content)
		params := e.at("a.grid", strings.Index("package p\n\n"+before, "‸"))
		params["newName"] = "B"
		var edit proto.WorkspaceEdit
		e.mustAsk("textDocument/rename", params, &edit)
		e.apply("a.grid", edit.Changes[e.uri("a.grid")]...)
		if diff := cmp.Diff("package p\n\n"+after, e.texts["a.grid"]); diff != "" {
			t.Error(diff)
		}
	}
}

// Neovim asks for the fixes of all that is wrong on a line, wherever the cursor stands.
func TestFixesOfDiagnosticsThatAreSentBack(t *testing.T) {
	e := start(t, nil)
	e.open("a.grid", "package p\n\nmessage A {\n    b uint65 = 1\n    c uint65 = 2\n}\n")
	e.settle()
	told := e.told["a.grid"]
	if len(told) != 2 {
		t.Fatalf("%+v", told)
	}
	params := e.at("a.grid", e.find("a.grid", "b uint65 = ‸1"))
	place := params["position"]
	params["range"] = map[string]any{"start": place, "end": place}
	titles := func(diagnostics ...proto.Diagnostic) (all []string) {
		params["context"] = map[string]any{"diagnostics": diagnostics, "only": []string{"quickfix"}}
		var list []proto.CodeAction
		e.mustAsk("textDocument/codeAction", params, &list)
		for _, a := range list {
			all = append(all, a.Title)
		}
		return all
	}
	if got := titles([]proto.Diagnostic{}...); len(got) > 0 {
		t.Errorf("%q, and the cursor stands after", got)
	}
	if got := titles(told[0]); len(got) != 1 || !strings.Contains(got[0], "uint64") {
		t.Errorf("%q", got)
	}
	if moved := told[0]; true {
		moved.Range.Start.Line--
		if got := titles(moved); len(got) > 0 {
			t.Errorf("%q for what is told nowhere", got)
		}
	}
}

// A rename changes every place in all files, says that Go code changes, and refuses what
// would not be sound.
func TestRename(t *testing.T) {
	files := example(t)
	e := start(t, files)
	e.open("common.grid", files["common.grid"])
	e.open("storage.grid", files["storage.grid"])
	rename := func(name, marked, to string) map[string][]proto.TextEdit {
		var prepared struct{ Placeholder string }
		e.mustAsk("textDocument/prepareRename", e.at(name, e.find(name, marked)), &prepared)
		params := e.at(name, e.find(name, marked))
		params["newName"] = to
		var edit proto.WorkspaceEdit
		e.mustAsk("textDocument/rename", params, &edit)
		return edit.Changes
	}
	for _, c := range []struct {
		file, at, to string
		places       map[string]int
	}{
		{"common.grid", "error Den‸ied", "Refused", map[string]int{"common.grid": 2, "storage.grid": 1}},
		{"storage.grid", "common‸.Refused", "shared", map[string]int{"common.grid": 1, "storage.grid": 1}},
		{"storage.grid", "message File‸Info", "Entry", map[string]int{"storage.grid": 4}},
		{"storage.grid", "endpo‸int", "address", map[string]int{"storage.grid": 1}},
		// Its documentation begins with it, above its annotations.
		{"storage.grid", "rpc Read‸Version", "ReadInfo", map[string]int{"storage.grid": 2}},
	} {
		changes := rename(c.file, c.at, c.to)
		got := map[string]int{}
		for uri, edits := range changes {
			got[e.name(uri)] = len(edits)
			e.apply(e.name(uri), edits...)
		}
		if diff := cmp.Diff(c.places, got); diff != "" {
			t.Errorf("%s: %s", c.at, diff)
		}
		e.settle()
		for _, name := range []string{"common.grid", "storage.grid"} {
			if codes := e.codes(name); len(codes) > 0 {
				t.Errorf("after %s: %s has %v", c.to, name, codes)
			}
		}
	}
	if n := len(e.notes); n == 0 || e.notes[n-1].Method != "window/showMessage" || !strings.Contains(string(e.notes[n-1].Params), "the wire does not") {
		t.Errorf("%+v", e.notes)
	}
	for to, why := range map[string]string{"Op": "already declared", "string": "built-in", "a b": "not a name", "": "not a name", "é": "not a name"} {
		params := e.at("storage.grid", e.find("storage.grid", "message Ent‸ry"))
		params["newName"] = to
		if err := e.ask("textDocument/rename", params, nil); err == nil || !strings.Contains(err.Message, why) {
			t.Errorf("%q: %v", to, err)
		}
	}
	if err := e.ask("textDocument/prepareRename", e.at("storage.grid", 0), nil); err == nil {
		t.Error("a comment can be renamed")
	}
}
