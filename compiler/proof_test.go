package compiler

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/gridrpc/gridc/compiler/gogen"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/load"
)

// proofFolder holds the code generated from testdata/proof, which the tests
// beside it put on trial.
const proofFolder = "internal/proof/gen"

// TestProofIsFresh generates the packages of testdata/proof and compares them
// with what is checked in.
func TestProofIsFresh(t *testing.T) {
	schema, ds, err := Load(load.Options{}, "testdata/proof/proof.grid", "testdata/proof/forms.grid", "testdata/proof/rules.grid")
	if err != nil {
		t.Fatal(err)
	}
	if len(ds) > 0 {
		t.Fatalf("%s: %s (%d findings)", ds[0].Span.File, ds[0].Message, len(ds))
	}
	outputs, err := gogen.Generate(schema, gogen.Options{Out: proofFolder})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		checkProof(t, filepath.FromSlash(o.Path), o.Content)
	}
}

func checkProof(t *testing.T, name string, got []byte) {
	t.Helper()
	if *lab.Update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(name, want, "generated now", got); d != nil {
		t.Errorf("stale; run go test ./compiler -run TestProofIsFresh -update\n%s", d)
	}
}
