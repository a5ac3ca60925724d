package compiler

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gridrpc/gridc/idl"
)

var update = flag.Bool("update", false, "rewrite expected results")

// memory is a file system of texts by path.
type memory map[string]string

// options make Load read from memory.
func (m memory) options() Options {
	return Options{ReadFile: m.readFile, ReadDir: m.readDir}
}

func (m memory) readFile(name string) ([]byte, error) {
	text, ok := m[name]
	if _, err := m.readDir(name); err == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
	}
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

func (m memory) readDir(dir string) ([]fs.DirEntry, error) {
	entries := map[string]fs.DirEntry{}
	for name := range m {
		rest, below := strings.CutPrefix(path.Clean("/"+name), strings.TrimSuffix(path.Clean("/"+dir), "/")+"/")
		if !below {
			continue
		}
		first, _, isDir := strings.Cut(rest, "/")
		entries[first] = memoryEntry{first, isDir}
	}
	if len(entries) == 0 {
		return nil, fs.ErrNotExist
	}
	var list []fs.DirEntry
	for _, e := range entries {
		list = append(list, e)
	}
	return list, nil
}

type memoryEntry struct {
	name string
	dir  bool
}

func (e memoryEntry) Name() string               { return e.name }
func (e memoryEntry) IsDir() bool                { return e.dir }
func (e memoryEntry) Type() fs.FileMode          { return e.Mode().Type() }
func (e memoryEntry) Info() (fs.FileInfo, error) { return e, nil }
func (e memoryEntry) Size() int64                { return 0 }
func (e memoryEntry) ModTime() time.Time         { return time.Time{} }
func (e memoryEntry) Sys() any                   { return nil }
func (e memoryEntry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir
	}
	return 0
}

// loadText loads one file from its text.
func loadText(t testing.TB, text string) (*Schema, []*idl.Diagnostic) {
	t.Helper()
	s, ds, err := loadSchema(memory{"main.grid": text}.options(), "main.grid")
	if err != nil {
		t.Fatal(err)
	}
	return s, ds
}

// mustLoad loads one sound file from its text.
func mustLoad(t testing.TB, text string) *Schema {
	t.Helper()
	s, ds := loadText(t, text)
	if s == nil {
		t.Fatalf("unexpected errors:\n%s", oneLines(ds))
	}
	return s
}

// oneLines are the diagnostics in their one-line form.
func oneLines(ds []*idl.Diagnostic) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(OneLine(d) + "\n")
	}
	return b.String()
}

// testFiles are the files below testdata that match.
func testFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	slices.Sort(files)
	return files
}

func readTestFile(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rewrite replaces the expected results in a file under -update.
func rewrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
