package compiler

import (
	"os"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// FuzzCompile compiles any bytes, down to the generated code: whatever compiles
// must come out as Go that holds nothing but what the generator means to write.
func FuzzCompile(f *testing.F) {
	for _, file := range []string{"../examples/storage.grid", "testdata/proof/proof.grid", "../cmd/gridc/starter/lock.grid"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, code := range diag.Codes() {
		f.Add(code.Right[0].Text)
	}
	for _, evil := range payloads {
		f.Add("package p\n\n//" + evil + "\nmessage A { //" + evil + "\n    a string = 1 //" + evil + "\n}\n")
	}
	others := lab.Memory{
		"other.grid": "package other\n\nmessage User { name string = 1 }\n", "common.grid": "package common\n\nerror Denied = \"common.denied\"\n",
	}
	for _, name := range []string{"parts.grid", "parts_more.grid", "dotted.grid", "time.grid", "val.grid"} {
		others[name] = lab.ReadTestFile(f, "testdata/proof/"+name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := lab.Memory{diag.MainFile: text}
		for name, other := range others {
			files[name] = other
		}
		s, ds, err := Load(files.Options(), diag.MainFile)
		if err != nil {
			t.Fatal(err)
		}
		if s == nil {
			if !diag.HasErrors(ds) {
				t.Fatal("neither a schema nor an error")
			}
			return
		}
		outputs, err := gogen.Generate(s, gogen.Options{})
		if err != nil {
			// The folders of two packages may be one, or no import path.
			if strings.Contains(err.Error(), "fault of gridc") {
				t.Fatal(err)
			}
			return
		}
		for _, o := range outputs {
			checkGo(t, o)
		}
	})
}
