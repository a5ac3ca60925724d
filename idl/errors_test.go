package idl

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// expected is one `// ERROR "regexp" id` of an error file. `// ERROR@n` means
// the line n lines further on, for places where no comment can stand.
type expected struct {
	line int
	text *regexp.Regexp
	id   string
}

var expectation = regexp.MustCompile(`ERROR(@[-+]?\d+)? ("(?:[^"\\]|\\.)*") ([a-z0-9-]+)`)

// expectations reads what a chunk says about its own mistakes.
func expectations(t *testing.T, src string) []expected {
	t.Helper()
	var all []expected
	for i, text := range strings.Split(src, "\n") {
		for _, m := range expectation.FindAllStringSubmatch(text, -1) {
			offset, _ := strconv.Atoi(strings.TrimPrefix(m[1], "@"))
			pattern := strings.ReplaceAll(m[2][1:len(m[2])-1], `\"`, `"`)
			all = append(all, expected{line: i + 1 + offset, text: regexp.MustCompile(pattern), id: m[3]})
		}
	}
	slices.SortStableFunc(all, func(a, b expected) int { return cmp.Compare(a.line, b.line) })
	return all
}

// chunks calls test for every chunk of the error files.
func chunks(t *testing.T, test func(t *testing.T, src string)) {
	files, err := filepath.Glob("testdata/errors/*.grid")
	if err != nil || len(files) == 0 {
		t.Fatalf("no error files: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, src := range strings.Split(string(data), "---\n") {
			name := strings.TrimSuffix(filepath.Base(file), ".grid") + "/" + strconv.Itoa(i+1)
			t.Run(name, func(t *testing.T) { test(t, src) })
		}
	}
}

// TestErrors compares the diagnostics of the error files with what the files
// say: each of them, on its line, and nothing else.
func TestErrors(t *testing.T) {
	chunks(t, func(t *testing.T, src string) {
		_, diags := Parse("errors.grid", []byte(src))
		left := slices.Clone(diags)
		for _, want := range expectations(t, src) {
			i := slices.IndexFunc(left, func(d *Diagnostic) bool {
				return d.Span.Start.Line == want.line && d.ID == want.id && want.text.MatchString(d.Message)
			})
			if i < 0 {
				t.Errorf("line %d: no %q [%s]", want.line, want.text, want.id)
				continue
			}
			left = slices.Delete(left, i, i+1)
		}
		for _, d := range left {
			t.Errorf("not expected: %s", short(d))
		}
		for _, d := range diags {
			checkDiagnostic(t, d, []byte(src))
		}
	})
}

// TestErrorFilesFormat formats the error files: broken parts survive.
func TestErrorFilesFormat(t *testing.T) {
	chunks(t, func(t *testing.T, src string) { checkFormat(t, []byte(src)) })
}
