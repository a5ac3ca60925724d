package gridc_test

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goFile is a Go file as documents name it: `mux/read.go`, diag/render*.go.
var goFile = regexp.MustCompile(`[\w/*-]+\.go\b`)

// goFiles are the Go files of the repository, below its root.
func goFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") {
			files = append(files, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	return files
}

// names reports whether a document's name of a file fits one: it may leave out
// folders at the front.
func names(mention, file string) bool {
	for {
		if ok, _ := path.Match(mention, file); ok {
			return true
		}
		_, rest, more := strings.Cut(file, "/")
		if !more {
			return false
		}
		file = rest
	}
}

// Whoever reads the map finds every file that it names.
func TestDocumentsNameFilesThatExist(t *testing.T) {
	files := goFiles(t)
	documents := []string{"CONTRIBUTING.md", "README.md", "SECURITY.md", "runtime/PROTOCOL.md"}
	for _, file := range files {
		if path.Base(file) == "doc.go" {
			documents = append(documents, file)
		}
	}
	for _, document := range documents {
		for _, mention := range goFile.FindAllString(read(t, document), -1) {
			if mention == "*_grid.go" || strings.HasSuffix(mention, "/*_grid.go") {
				continue // what gridc will write
			}
			if !slices.ContainsFunc(files, func(file string) bool { return names(mention, file) }) {
				t.Errorf("%s names %s, which is not there", document, mention)
			}
		}
	}
}

// Each package of the compiler and the runtime says in doc.go what it is for, and has
// its place in CONTRIBUTING.md.
func TestEveryPackageIsOnTheMap(t *testing.T) {
	contributing := read(t, "CONTRIBUTING.md")
	for _, pkg := range goList(t, "./compiler/...", "./runtime/...") {
		folder := folderOf(pkg.ImportPath)
		if len(pkg.GoFiles) == 0 || slices.Contains(strings.Split(folder, "/"), "gen") || below(folder, "compiler/internal/proof") {
			continue // tests, and what they generate
		}
		if !slices.Contains(pkg.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go, which says its job, what it owns and what it may know", folder)
		}
		if folder == "compiler" || folder == "runtime" {
			continue // the map is theirs
		}
		short := strings.TrimPrefix(strings.TrimPrefix(folder, "runtime/"), "compiler/internal/")
		if !strings.Contains(contributing, "`"+folder+"`") && !strings.Contains(contributing, "`"+short+"`") {
			t.Errorf("CONTRIBUTING.md does not say what %s is", folder)
		}
	}
}

func TestNamesOfFiles(t *testing.T) {
	for _, c := range []struct {
		mention, file string
		want          bool
	}{
		{"mux/read.go", "runtime/internal/mux/read.go", true},
		{"read.go", "runtime/internal/mux/read.go", true},
		{"diag/render*.go", "compiler/diag/render_rich.go", true},
		{"ux/read.go", "runtime/internal/mux/read.go", false},
		{"mux/reads.go", "runtime/internal/mux/read.go", false},
	} {
		if got := names(c.mention, c.file); got != c.want {
			t.Errorf("does %s name %s? got %v", c.mention, c.file, got)
		}
	}
}
