package grid_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// promises is how many promises the documentation of the package makes.
const promises = 13

// testsHere returns the names of all tests of this package.
func testsHere(t *testing.T) map[string]bool {
	t.Helper()
	var files []string
	for _, folder := range []string{"", "internal/*/", "internal/mux/*/"} {
		found, err := filepath.Glob(folder + "*_test.go")
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		files = append(files, found...)
	}
	names := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names[fn.Name.Name] = true
			}
		}
	}
	return names
}

var (
	promiseItem = regexp.MustCompile(`(?m)^\s*- (P\d+): `)
	testName    = regexp.MustCompile(`\bTest[A-Z]\w+`)
)

// promisesOf finds the tests that each promise names in a text.
func promisesOf(text string) map[string][]string {
	named := map[string][]string{}
	_, text, _ = strings.Cut(text, "# Promises")
	text, _, _ = strings.Cut(text, "\n# ")
	items := promiseItem.FindAllStringSubmatchIndex(text, -1)
	for i, at := range items {
		end := len(text)
		if i+1 < len(items) {
			end = items[i+1][0]
		}
		named[text[at[2]:at[3]]] = testName.FindAllString(text[at[1]:end], -1)
	}
	return named
}

// Each promise of the documentation names tests that exist and that bear its
// number; and each test that bears a number stands with its promise.
func TestPromisesNameTheirTests(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	here := testsHere(t)
	named := promisesOf(file.Doc.Text())
	if len(named) != promises {
		t.Errorf("%d promises are found", len(named))
	}
	for i := range promises {
		p := fmt.Sprintf("P%d", i+1)
		if len(named[p]) == 0 {
			t.Errorf("%s names no test", p)
		}
		for _, name := range named[p] {
			if !here[name] {
				t.Errorf("%s names %s, which does not exist", p, name)
			}
			if !strings.HasPrefix(name, "Test"+p) || strings.Contains("0123456789", name[len("Test"+p):][:1]) {
				t.Errorf("%s names %s, which does not bear its number", p, name)
			}
		}
	}
	numbered := regexp.MustCompile(`^Test(P\d+)`)
	for name := range here {
		if m := numbered.FindStringSubmatch(name); m != nil && !slices.Contains(named[m[1]], name) {
			t.Errorf("%s is not named by promise %s in doc.go", name, m[1])
		}
	}
}

// Every test that a table names exists.
func TestTablesNameTests(t *testing.T) {
	here := testsHere(t)
	check := func(what string, tests []string) {
		if len(tests) == 0 {
			t.Errorf("%s: no test", what)
		}
		for _, name := range tests {
			if !here[name] {
				t.Errorf("%s: there is no %s", what, name)
			}
		}
	}
	for _, o := range origins {
		check(o.mistake, o.tests)
	}
	for field, tests := range limitTests {
		check(field, tests)
	}
}

// Every field of Limits has its tests.
func TestEveryLimitIsExceeded(t *testing.T) {
	fields := reflect.VisibleFields(reflect.TypeFor[grid.Limits]())
	for _, f := range fields {
		if len(limitTests[f.Name]) == 0 {
			t.Errorf("no test exceeds Limits.%s", f.Name)
		}
	}
	if len(fields) != len(limitTests) {
		t.Errorf("%d fields, %d in the table", len(fields), len(limitTests))
	}
}
