package diag_test

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/lint"
	"github.com/gridrpc/gridc/idl"
)

func TestWrongExamplesGiveTheirID(t *testing.T) {
	for _, code := range diag.FileCodes() { // idl proves its own
		t.Run(code.ID, func(t *testing.T) {
			ds := compileExample(t, code.ID, code.Wrong)
			if len(ds) == 0 {
				t.Error("the wrong example is sound")
			}
			for _, d := range ds {
				if d.ID != code.ID {
					t.Errorf("the wrong example gives another id: %s", diag.OneLine(d))
				}
			}
		})
	}
}

func TestRightExamplesAreSound(t *testing.T) {
	for _, code := range diag.FileCodes() {
		t.Run(code.ID, func(t *testing.T) {
			if ds := compileExample(t, code.ID, code.Right); len(ds) > 0 {
				t.Errorf("the right example is not sound:\n%s", lab.OneLines(ds))
			}
		})
	}
}

// compileExample gives the errors of an example and, for a lint code, the
// warnings of all rules.
func compileExample(t *testing.T, id string, example diag.Example) []*idl.Diagnostic {
	t.Helper()
	files := lab.Memory{}
	for _, f := range example {
		files[f.Name] = f.Text
	}
	s, ds, err := check.Load(files.Options(), diag.MainFile)
	if err != nil {
		t.Fatal(err)
	}
	if s != nil && strings.HasPrefix(id, "lint/") {
		ds = append(ds, lint.Lint(s, lint.Options{Enable: []string{id}})...)
	}
	return ds
}

// idInSource finds ids where diagnostics are made.
var idInSource = regexp.MustCompile(`\b(?:report|warn|became)\("([a-z/-]+)"`)

func TestEveryReportedIDIsExplained(t *testing.T) {
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range idInSource.FindAllSubmatch(text, -1) {
			found++
			if _, _, ok := diag.Explain(string(m[1])); !ok {
				t.Errorf("%s: %s is not explained in codes.txt", file, m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d ids found in the source: the pattern is out of date", found)
	}
}

func TestCodesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range diag.Codes() {
		if seen[code.ID] {
			t.Errorf("%s means two things", code.ID)
		}
		seen[code.ID] = true
		if code.Summary == "" || len(code.Wrong) == 0 || len(code.Right) == 0 {
			t.Errorf("%s is incomplete", code.ID)
		}
	}
	for _, id := range []string{"type-unknown", idl.CodeMissingBrace, "lint/unused-type"} {
		if !seen[id] {
			t.Errorf("%s is missing", id)
		}
	}
}

func TestCodesAreListedInOrder(t *testing.T) {
	listed := diag.FileCodes()
	if !slices.IsSortedFunc(listed, func(a, b diag.Code) int {
		return cmp.Or(cmp.Compare(diag.Family(a.ID), diag.Family(b.ID)), cmp.Compare(a.ID, b.ID))
	}) {
		t.Error("codes.txt is not in order")
	}
}

func TestExplainSuggests(t *testing.T) {
	if _, near, ok := diag.Explain("handler-id-resued"); ok || near != "handler-id-reused" {
		t.Errorf("Explain = %q, %v", near, ok)
	}
	code, _, ok := diag.Explain("import-cycle")
	if !ok || !strings.Contains(code.Wrong.String(), "// file other.grid\npackage other") {
		t.Errorf("Explain(import-cycle).Wrong = %q", code.Wrong.String())
	}
}
