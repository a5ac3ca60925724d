package compiler

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/idl"
)

func TestWrongExamplesGiveTheirID(t *testing.T) {
	for _, code := range parseCodes(codesText) { // idl proves its own
		t.Run(code.ID, func(t *testing.T) {
			ds := compileExample(t, code.ID, code.Wrong)
			if len(ds) == 0 {
				t.Error("the wrong example is sound")
			}
			for _, d := range ds {
				if d.ID != code.ID {
					t.Errorf("the wrong example gives another id: %s", OneLine(d))
				}
			}
		})
	}
}

func TestRightExamplesAreSound(t *testing.T) {
	for _, code := range parseCodes(codesText) {
		t.Run(code.ID, func(t *testing.T) {
			if ds := compileExample(t, code.ID, code.Right); len(ds) > 0 {
				t.Errorf("the right example is not sound:\n%s", oneLines(ds))
			}
		})
	}
}

// compileExample gives the errors of an example and, for a lint code, the
// warnings of all rules.
func compileExample(t *testing.T, id string, example Example) []*idl.Diagnostic {
	t.Helper()
	files := memory{}
	for _, f := range example {
		files[f.Name] = f.Text
	}
	s, ds, err := Load(files.options(), mainFile)
	if err != nil {
		t.Fatal(err)
	}
	if s != nil && strings.HasPrefix(id, "lint/") {
		ds = append(ds, Lint(s, LintOptions{Enable: []string{id}})...)
	}
	return ds
}

// idInSource finds ids where diagnostics are made.
var idInSource = regexp.MustCompile(`\b(?:report|warn)\("([a-z/-]+)"`)

func TestEveryReportedIDIsExplained(t *testing.T) {
	files, err := filepath.Glob("*.go")
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
			if _, _, ok := Explain(string(m[1])); !ok {
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
	for _, code := range Codes() {
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
	listed := parseCodes(codesText)
	if !slices.IsSortedFunc(listed, func(a, b Code) int { return cmp.Or(cmp.Compare(family(a.ID), family(b.ID)), cmp.Compare(a.ID, b.ID)) }) {
		t.Error("codes.txt is not in order")
	}
}

func TestExplainSuggests(t *testing.T) {
	if _, near, ok := Explain("handler-id-resued"); ok || near != "handler-id-reused" {
		t.Errorf("Explain = %q, %v", near, ok)
	}
	code, _, ok := Explain("import-cycle")
	if !ok || !strings.Contains(code.Wrong.String(), "// file other.grid\npackage other") {
		t.Errorf("Explain(import-cycle).Wrong = %q", code.Wrong.String())
	}
}
