package compiler

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// revisions loads both revisions of an example: the older one is in the folder
// old.
func revisions(t testing.TB, example Example) (files memory, old, new *Schema) {
	t.Helper()
	files = memory{}
	before, after := memory{}, memory{}
	for _, f := range example {
		files[f.Name] = f.Text
		if name, ok := strings.CutPrefix(f.Name, "old/"); ok {
			before[name] = f.Text
		} else {
			after[f.Name] = f.Text
		}
	}
	return files, loadAll(t, before), loadAll(t, after)
}

func loadAll(t testing.TB, files memory) *Schema {
	t.Helper()
	s, ds, err := Load(files.options(), ".")
	if err != nil || s == nil {
		t.Fatalf("%v\n%s", err, oneLines(ds))
	}
	return s
}

// reviewed is everything that a review says about an example.
func reviewed(t *testing.T, example Example) []*idl.Diagnostic {
	t.Helper()
	files, old, new := revisions(t, example)
	allowed, ds, err := ReadAllowed(files.options(), old, new)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range allowed.Remaining(Breaking(old, new, schema.Wire)) {
		ds = append(ds, c.Diagnostic)
	}
	return append(ds, allowed.Stale()...)
}

// A wrong example gives its id and no other, at a place in the new files; a
// right one gives nothing.
func TestExamplesOfBreaking(t *testing.T) {
	for _, code := range parseCodes(breakingCodesText) {
		t.Run(code.ID, func(t *testing.T) {
			ds := reviewed(t, code.Wrong)
			if len(ds) == 0 {
				t.Error("the wrong example is sound")
			}
			for _, d := range ds {
				if d.ID != code.ID {
					t.Errorf("the wrong example gives another id: %s", OneLine(d))
				}
				checkPlace(t, code.Wrong, d)
			}
			if ds := reviewed(t, code.Right); len(ds) > 0 {
				t.Errorf("the right example is not sound:\n%s", oneLines(ds))
			}
		})
	}
}

// checkPlace checks that a diagnostic points into a file that is there now.
func checkPlace(t *testing.T, example Example, d *idl.Diagnostic) {
	t.Helper()
	for _, f := range example {
		if f.Name == d.Span.File && d.Span.Start.Offset <= d.Span.End.Offset && d.Span.End.Offset <= len(f.Text) && d.Span.Start.Line > 0 {
			return
		}
	}
	t.Errorf("%s is not in the new files: %+v", OneLine(d), d.Span)
}

func TestBreakingCodesAreListedInOrder(t *testing.T) {
	listed := parseCodes(breakingCodesText)
	byFamily := func(a, b Code) int {
		return strings.Compare(family(a.ID)+" "+a.ID, family(b.ID)+" "+b.ID)
	}
	if !slices.IsSortedFunc(listed, byFamily) {
		t.Error("codes_breaking.txt is not in order")
	}
}

// changeID finds the ids of changes where they are written down.
var changeID = regexp.MustCompile(`"((?:wire|rollout|source|behavior)/[a-z-]+)"`)

func TestEveryChangeIsExplained(t *testing.T) {
	files, err := filepath.Glob("breaking*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range append(files, "../runtime/schema/verdict.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range changeID.FindAllStringSubmatch(readTestFile(t, file), -1) {
			found[m[1]] = true
		}
	}
	delete(found, string(schema.TooComplex)) // never said in a review
	for id := range found {
		if _, _, ok := Explain(id); !ok {
			t.Errorf("%s is not explained in codes_breaking.txt", id)
		}
	}
	for _, code := range parseCodes(breakingCodesText) {
		if isChangeRule(code.ID) && !found[code.ID] {
			t.Errorf("%s is explained, and nothing reports it", code.ID)
		}
	}
}
