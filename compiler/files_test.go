package compiler

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/load"
)

// Archives in testdata/files hold several .grid files. The first line says what
// is loaded; the file "want" holds the diagnostics, one a line, and the loaded
// packages when there are none.
func TestFiles(t *testing.T) {
	for _, file := range lab.TestFiles(t, "files/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive := txtar.Parse([]byte(lab.ReadTestFile(t, file)))
			files, want := lab.Memory{}, ""
			var inputs []txtar.File
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				files[f.Name] = string(f.Data)
				inputs = append(inputs, f)
			}
			got := loadResult(t, files, strings.Fields(string(archive.Comment))[1:])
			if diff := cmp.Diff(want, got); diff != "" && !*lab.Update {
				t.Errorf("(-want +got):\n%s", diff)
			} else if diff != "" {
				archive.Files = append(inputs, txtar.File{Name: "want", Data: []byte(got)})
				lab.Rewrite(t, file, string(txtar.Format(archive)))
			}
		})
	}
}

func loadResult(t *testing.T, files lab.Memory, args []string) string {
	t.Helper()
	s, ds, err := Load(files.Options(), args...)
	if err != nil {
		t.Fatal(err)
	}
	got := lab.OneLines(ds)
	if s == nil {
		return got
	}
	for _, p := range s.Packages {
		got += "package " + p.Name + " from " + p.Path
		if p.Root {
			got += ", named"
		}
		got += "\n"
	}
	return got
}

func TestUnreadableArguments(t *testing.T) {
	files := lab.Memory{"a.grid": "package a\n", "notes.txt": "x", "empty/notes.txt": "x"}
	for _, tc := range []struct{ arg, want string }{
		{"nowhere.grid", "nowhere.grid: file does not exist"},
		{"nowhere", "nowhere: file does not exist"},
		{"notes.txt", "notes.txt: not a .grid file"},
		{"empty", "empty: no .grid files in this folder"},
	} {
		s, ds, err := Load(files.Options(), "a.grid", tc.arg)
		if err == nil || !strings.Contains(err.Error(), tc.want) || s != nil || ds != nil {
			t.Errorf("Load(%s) = %v, %v, %v; want an error with %q", tc.arg, s, ds, err, tc.want)
		}
	}
}

func TestLinksToOneFileAreOneFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("main.grid", "package a\n\nimport (\n    \"b.grid\"\n    \"c.grid\"\n)\n\nmessage A {\n    b b.B = 1\n    c c.B = 2\n}\n")
	write("b.grid", "package b\n\nmessage B { }\n")
	write("c.grid", "package c\n\nimport \"link.grid\"\n\nmessage B { b b.B = 1 }\n")
	if err := os.Symlink("b.grid", filepath.Join(dir, "link.grid")); err != nil {
		t.Fatal(err)
	}
	s, ds, err := Load(load.Options{}, filepath.Join(dir, "main.grid"))
	if err != nil || s == nil {
		t.Fatalf("Load: %v\n%s", err, lab.OneLines(ds))
	}
	if len(s.Packages) != 3 {
		t.Errorf("%d packages, want 3: a link is the file that it leads to", len(s.Packages))
	}
}

func TestUnreadableImportOnDisk(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "main.grid")
	if err := os.WriteFile(main, []byte("package a\n\nimport \"b.grid\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	denied := load.Options{ReadFile: func(path string) ([]byte, error) {
		if filepath.Base(path) == "b.grid" {
			return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("permission denied")}
		}
		return os.ReadFile(path)
	}}
	_, ds, err := Load(denied, main)
	if err != nil || len(ds) != 1 || ds[0].ID != "import-unreadable" || ds[0].Message != "cannot read `b.grid`: permission denied" {
		t.Errorf("Load: %v\n%s", err, lab.OneLines(ds))
	}
}
