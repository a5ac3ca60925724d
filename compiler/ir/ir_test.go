package ir_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gridrpc/gridc/compiler/breaking"
	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// proofIR is the schema with every construct, and its JSON.
func proofIR(t testing.TB) (*ir.Schema, []byte) {
	t.Helper()
	s, ds, err := check.Load(load.Options{}, "../testdata/proof", "../../examples/storage.grid")
	if err != nil || s == nil {
		t.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	text, err := ir.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, text
}

// referencesByName compares what a schema refers to by name. The declarations
// themselves are compared where their package lists them; to follow every
// reference took seconds, for cmp does twice the work on each level.
var referencesByName = cmp.FilterPath(isReference, cmp.Comparer(func(a, b any) bool { return qualifiedName(a) == qualifiedName(b) }))

func isReference(path cmp.Path) bool {
	switch step := path.Last().(type) {
	case cmp.SliceIndex:
		return step.Type() == reflect.TypeFor[*ir.Package]() && path.Index(-2).String() == ".Imports"
	case cmp.StructField:
		return step.Type().Kind() == reflect.Pointer && (step.Name() == "Package" || path.Index(-2).Type() == reflect.TypeFor[ir.Type]() && step.Name() != "Key" && step.Name() != "Elem")
	}
	return false
}

// withoutPlaces leaves out what JSON does: all places but those of names.
var withoutPlaces = cmp.FilterPath(isUnsavedPlace, cmp.Ignore())

func isUnsavedPlace(path cmp.Path) bool {
	step, ok := path.Last().(cmp.StructField)
	if !ok {
		return false
	}
	switch step.Type() {
	case reflect.TypeFor[idl.Span](), reflect.TypeFor[[]idl.Span](), reflect.TypeFor[map[string]idl.Span]():
		return path.Index(-2).Type() != reflect.TypeFor[ir.Info]() || step.Name() != "Span"
	}
	return false
}

func qualifiedName(decl any) string {
	switch d := decl.(type) {
	case *ir.Package:
		if d != nil {
			return d.Path + " " + d.Name
		}
	case *ir.Enum:
		if d != nil {
			return "enum " + d.Name
		}
	case *ir.Message:
		if d != nil {
			return "message " + d.Package.Name + "." + d.Name
		}
	case *ir.Union:
		if d != nil {
			return "union " + d.Package.Name + "." + d.Name
		}
	case *ir.Extern:
		if d != nil {
			return "extern " + d.Name
		}
	}
	return ""
}

func TestIRLosesNothing(t *testing.T) {
	s, text := proofIR(t)
	again, err := ir.Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, again, cmpopts.IgnoreFields(ir.Schema{}, "Origin", "Saved"), cmpopts.EquateEmpty(), referencesByName, withoutPlaces); diff != "" {
		t.Errorf("(-saved +read):\n%s", diff)
	}
	second, err := ir.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, second) {
		t.Errorf("written again it differs:\n%s", cmp.Diff(string(text), string(second)))
	}
	for _, pair := range [][2]*ir.Schema{{s, s}, {again, s}} {
		for _, c := range breaking.Compare(pair[0], pair[1], schema.Source) {
			t.Errorf("nothing changed, and yet: %s", diag.OneLine(c.Diagnostic))
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
		`{"gridc_ir": 1, "packages": [null]}`:                                                                                     "null where a declaration or member is due",
		`{"gridc_ir": 1, "packages": [{"name":"p","path":"p.grid","messages":[null]}]}`:                                           `null where a declaration or member is due`,
		`{"gridc_ir": 1, "packages": [{"name":"p","path":"p.grid","enums":[{"name":"E","base":"int8","values":[null]}]}]}`:        `null where a declaration or member is due`,
		`{"gridc_ir": 1, "packages": [{"name":"p","path":"p.grid","root":true,"services":[{"name":"S","handlers":[{"id":0}]}]}]}`: "id 0 is not allowed",
	} {
		if _, err := ir.Unmarshal([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// Whatever a saved schema is damaged into, it is an error or a schema that a
// review can use.
func FuzzUnmarshalIR(f *testing.F) {
	s := lab.MustLoad(f, "package p\n\nenum E uint8 {\n    zero = 0\n}\nmessage A {\n    e E = 1\n    m map[string][]A = 2\n}\nservice S {\n    rpc Get(A) A = 1\n}\n")
	text, err := ir.Marshal(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, cut := range []string{`"kind": "message"`, `"number": 1`, `"elem"`, `"ref": "p.A"`, `"id": 1`, `"root": true`, `"base": "uint8"`} {
		f.Add(bytes.Replace(text, []byte(cut), []byte(`"other": 1`), 1))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		other, err := ir.Unmarshal(text)
		if err != nil {
			return
		}
		breaking.Compare(other, s, schema.Wire)
		if _, err := ir.Marshal(other); err != nil {
			t.Error(err)
		}
	})
}
