package lsp_test

import (
	"fmt"
	"testing"

	"github.com/gridrpc/gridc/cmd/gridc/internal/lsp/proto"
)

// Where many files import the one that is edited, what is wrong with it is told first, with
// nobody asking, and what follows for the others a little later.
func TestDependentsWait(t *testing.T) {
	files := map[string]string{"z.grid": "package z\n\nmessage Z { }\n"}
	for i := range 25 {
		files[fmt.Sprintf("a%d.grid", i)] = fmt.Sprintf("package a%d\n\nimport \"z.grid\"\n\nmessage A {\n    z z.Z = 1\n}\n", i)
	}
	e := start(t, files)
	e.open("z.grid", files["z.grid"])
	e.settle()
	clear(e.told)
	e.replace("z.grid", "package z\n\nmessage Y {\n    x strin = 1\n}\n")
	for len(e.told) == 0 {
		e.read()
	}
	if _, first := e.told["z.grid"]; !first {
		t.Errorf("told first: %v", e.told)
	}
	for len(e.told) < len(files) {
		e.read()
	}
	for name := range files {
		if got := e.codes(name); len(got) != 1 || got[0] != "type-unknown" {
			t.Errorf("%s: %v", name, got)
		}
	}
	// What is mended is told as soon, and all is as if nothing had been.
	e.replace("z.grid", files["z.grid"])
	for len(e.told["z.grid"]) > 0 {
		e.read()
	}
	if len(e.told["a7.grid"]) == 0 {
		t.Error("a7.grid is told before")
	}
	e.settle()
	for name := range files {
		for _, d := range e.told[name] {
			if d.Severity == proto.SeverityError {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
}
