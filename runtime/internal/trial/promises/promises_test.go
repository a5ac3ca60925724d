package promises_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	grid "github.com/gridrpc/gridc/runtime"
)

// root is the folder of package grid: all of its tests, and those of the packages that it
// is made of, are below.
const root = "../../.."

// testFiles returns the paths of all files with tests below root.
func testFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// document returns the text of a file of docs/.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// allTests returns the names of all tests below root.
func allTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, name := range testFiles(t) {
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

// promised returns the numbers of the promises that the documentation makes.
func promised(t *testing.T) []string {
	t.Helper()
	_, text, _ := strings.Cut(document(t, "promises.md"), "## Promises")
	text, _, _ = strings.Cut(text, "\n## ")
	var numbers []string
	for _, item := range regexp.MustCompile(`(?m)^\s*- (P\d+): `).FindAllStringSubmatch(text, -1) {
		numbers = append(numbers, item[1])
	}
	return numbers
}

// Each promise of the documentation has tests that exist and that bear its number; and
// each test that bears a number stands with its promise.
func TestPromisesNameTheirTests(t *testing.T) {
	all, numbers := allTests(t), promised(t)
	if len(numbers) != len(provedBy) {
		t.Errorf("%d promises in the documentation, %d in the table", len(numbers), len(provedBy))
	}
	for _, p := range numbers {
		if len(provedBy[p]) == 0 {
			t.Errorf("%s names no test", p)
		}
		for _, name := range provedBy[p] {
			if !all[name] {
				t.Errorf("%s names %s, which does not exist", p, name)
			}
			if !strings.HasPrefix(name, "Test"+p) || strings.Contains("0123456789", name[len("Test"+p):][:1]) {
				t.Errorf("%s names %s, which does not bear its number", p, name)
			}
		}
	}
	numbered := regexp.MustCompile(`^Test(P\d+)`)
	for name := range all {
		if m := numbered.FindStringSubmatch(name); m != nil && !slices.Contains(provedBy[m[1]], name) {
			t.Errorf("%s is not named by promise %s in table_test.go", name, m[1])
		}
	}
}

// Every test that a table names exists.
func TestTablesNameTests(t *testing.T) {
	all := allTests(t)
	check := func(what string, tests []string) {
		if len(tests) == 0 {
			t.Errorf("%s: no test", what)
		}
		for _, name := range tests {
			if !all[name] {
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
