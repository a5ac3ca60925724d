package compiler

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gridrpc/gridc/runtime/schema"
)

// proofIR is the schema with every construct, and its JSON.
func proofIR(t testing.TB) (*Schema, []byte) {
	t.Helper()
	s, ds, err := Load(Options{}, "testdata/proof", "../examples/storage.grid")
	if err != nil || s == nil {
		t.Fatalf("%v\n%s", err, oneLines(ds))
	}
	text, err := MarshalIR(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, text
}

func TestIRLosesNothing(t *testing.T) {
	s, text := proofIR(t)
	again, err := UnmarshalIR(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, again, cmpopts.IgnoreUnexported(Schema{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-saved +read):\n%s", diff)
	}
	second, err := MarshalIR(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, second) {
		t.Errorf("written again it differs:\n%s", cmp.Diff(string(text), string(second)))
	}
	for _, pair := range [][2]*Schema{{s, s}, {again, s}} {
		for _, c := range Breaking(pair[0], pair[1], schema.Source) {
			t.Errorf("nothing changed, and yet: %s", OneLine(c.Diagnostic))
		}
	}
}

func TestIROfOtherThings(t *testing.T) {
	for text, want := range map[string]string{
		`nonsense`:         "not the JSON of `gridc ir`",
		`{}`:               `it has no "gridc_ir"`,
		`{"gridc_ir": 99}`: "version 99",
		`{"gridc_ir": 1, "packages": [{"name":"p","path":"p.grid","messages":[{"name":"A","fields":[{"type":{"kind":"message","ref":"p.B"},"number":1}]}]}]}`: `p.grid: there is no message "p.B"`,
		`{"gridc_ir": 1, "packages": [{"name":"p","path":"p.grid","messages":[{"name":"A","fields":[{"type":{"kind":"list"},"number":1}]}]}]}`:                `there is no list ""`,
		`{"gridc_ir": 1, "packages": [{"name":"p","path":"p.grid","root":true,"services":[{"name":"S","handlers":[{"id":0}]}]}]}`:                             "id 0 is not allowed",
	} {
		if _, err := UnmarshalIR([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// Whatever a saved schema is damaged into, it is an error or a schema that a
// review can use.
func FuzzUnmarshalIR(f *testing.F) {
	s := mustLoad(f, "package p\n\nenum E uint8 {\n    zero = 0\n}\nmessage A {\n    e E = 1\n    m map[string][]A = 2\n}\nservice S {\n    rpc Get(A) A = 1\n}\n")
	text, err := MarshalIR(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, cut := range []string{`"kind": "message"`, `"number": 1`, `"elem"`, `"ref": "p.A"`, `"id": 1`, `"root": true`, `"base": "uint8"`} {
		f.Add(bytes.Replace(text, []byte(cut), []byte(`"other": 1`), 1))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		other, err := UnmarshalIR(text)
		if err != nil {
			return
		}
		Breaking(other, s, schema.Wire)
		if _, err := MarshalIR(other); err != nil {
			t.Error(err)
		}
	})
}
