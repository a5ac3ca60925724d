package promises_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docScreen is how many lines the documentation of package grid has at most before its
// sections, which are an index: one screen, with an example. docAll is all of it.
const (
	docScreen = 32
	docAll    = 80
)

// linked is a name that the documentation of a package refers to.
var linked = regexp.MustCompile(`\[(\w+)\]`)

// exported are the types and functions of package grid, without those that are
// deprecated or that only make what a type of the same name is.
func exported(t *testing.T, files map[string]*ast.File) (names []string) {
	t.Helper()
	types := make(map[string]bool)
	var functions []string
	for _, file := range files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() {
						types[s.Name.Name] = true
					}
				}
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() && !strings.Contains(d.Doc.Text(), "Deprecated:") {
					functions = append(functions, d.Name.Name)
				}
			}
		}
	}
	for name := range types {
		names = append(names, name)
	}
	for _, name := range functions {
		made := strings.TrimSuffix(strings.TrimPrefix(name, "New"), "With")
		if made == name || !types[made] || made == "Manager" || strings.HasSuffix(made, "Handler") {
			names = append(names, name)
		}
	}
	return names
}

// The documentation of package grid begins with a screen that has an example, and has each
// type and function in one of its sections: for everybody, for calls without a .grid file,
// for generated code.
func TestPackageDocumentationLeads(t *testing.T) {
	files := make(map[string]*ast.File)
	names, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = file
	}
	text := files["doc.go"].Doc.Text()
	if n := strings.Count(text, "\n"); n > docAll {
		t.Errorf("the documentation of package grid has %d lines, and may have %d", n, docAll)
	}
	lead, sections, _ := strings.Cut(text, "# For everybody")
	if n := strings.Count(lead, "\n"); n > docScreen {
		t.Errorf("the documentation of package grid begins with %d lines, %d are a screen", n, docScreen)
	}
	if !strings.Contains(lead, "grid.NewManager(") {
		t.Error("the documentation of package grid does not begin with an example")
	}
	times := make(map[string]int)
	for _, m := range linked.FindAllStringSubmatch(sections, -1) {
		times[m[1]]++
	}
	for _, name := range exported(t, files) {
		if times[name] != 1 {
			t.Errorf("%s is named %d times in the sections of doc.go, not once", name, times[name])
		}
	}
}

// Whoever reads the documentation finds no link to a test: what tests prove is for those
// who work on the runtime.
func TestDocumentationNamesNoTests(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "internal" {
			return fs.SkipDir
		}
		if filepath.Base(path) != "doc.go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		if m := regexp.MustCompile(`\bTest[A-Z]\w+`).FindString(file.Doc.Text()); m != "" {
			t.Errorf("%s names %s", path, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
