package lab

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

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/load"
	"github.com/gridrpc/gridc/idl"
)

// Update says that expected results are to be written anew.
var Update = flag.Bool("update", false, "rewrite expected results")

// Memory is a file system of texts by path.
type Memory map[string]string

// Options make Load read from memory.
func (m Memory) Options() load.Options {
	return load.Options{ReadFile: m.ReadFile, ReadDir: m.readDir}
}

// ReadFile returns the text of a file.
func (m Memory) ReadFile(name string) ([]byte, error) {
	text, ok := m[name]
	if _, err := m.readDir(name); err == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
	}
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(text), nil
}

func (m Memory) readDir(dir string) ([]fs.DirEntry, error) {
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

// LoadText loads one file from its text.
func LoadText(t testing.TB, text string) (*ir.Schema, []*idl.Diagnostic) {
	t.Helper()
	s, ds, err := check.Load(Memory{"main.grid": text}.Options(), "main.grid")
	if err != nil {
		t.Fatal(err)
	}
	return s, ds
}

// MustLoad loads one sound file from its text.
func MustLoad(t testing.TB, text string) *ir.Schema {
	t.Helper()
	s, ds := LoadText(t, text)
	if s == nil {
		t.Fatalf("unexpected errors:\n%s", OneLines(ds))
	}
	return s
}

// OneLines are the diagnostics in their one-line form.
func OneLines(ds []*idl.Diagnostic) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(diag.OneLine(d) + "\n")
	}
	return b.String()
}

// TestFiles are the files below testdata that match.
func TestFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	slices.Sort(files)
	return files
}

// ReadTestFile returns the text of a file, which has to be there.
func ReadTestFile(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Rewrite replaces the expected results in a file under -update.
func Rewrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
