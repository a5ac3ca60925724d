package diag_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/emit"
	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/lab"
)

func TestArticle(t *testing.T) {
	for _, want := range []string{
		"an Event", "an error", "an enum", "an extern", "an Op", "an Index", "an Ack", "an int64", "an rpc", "an Update", "an unknown",
		"a message", "a union", "a Union", "a unit", "a uint8", "a uuid", "a UUID", "a User", "a Use", "a Usage", "a UTF8Text", "a URL", "a European",
		"a OneShot", "a Disk", "a service", "a bool", "a string", "a stream", "a Yes", "a Xray", "a Unique", "a Universe", "a Utility", "a UI",
		"an RPC", "an RPCEvent", "an HTTPRequest", "an IDSet", "an FSInfo", "a DBRow", "a KV", "an Uncle", "an Undo", "an `Event`", "a `Disk`", "an Uninstall", "an Unmount",
	} {
		_, word, _ := strings.Cut(want, " ")
		if got := diag.Article(word); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Wherever a text is put together, the article fits the name.
func TestArticleInTexts(t *testing.T) {
	for text, want := range map[string]string{
		"union U { a int64 = 1 }\nservice S { rpc A() = 1 { errors U } }": "`U` is a union, not an error",
		"error E = \"p.e\"\nmessage M { e string = 1 @limit(E) }":         "`E` is an error, not a constant",
		"const A int64 = true": "an int64 constant needs",
		"const A uint8 = true": "a uint8 constant needs",
	} {
		if _, ds := lab.LoadText(t, "package p\n\n"+text+"\n"); !strings.Contains(lab.OneLines(ds), want) {
			t.Errorf("%s: got %s, want %s", text, lab.OneLines(ds), want)
		}
	}
	s := lab.MustLoad(t, "package p\n\nunion Event { a int64 = 1 }\nunion Unit { a int64 = 1 }\n")
	outputs, err := gogen.Generate(s, gogen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	types := slices.IndexFunc(outputs, func(o emit.Output) bool { return path.Base(o.Path) == "types_grid.go" })
	code := outputs[types].Content
	for _, want := range []string{"which variant of an Event is set", "which variant of a Unit is set"} {
		if !strings.Contains(string(code), want) {
			t.Errorf("generated code lacks %q", want)
		}
	}
}
