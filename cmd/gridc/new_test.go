package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// source is the root of this repository.
func source(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A new folder is a module that works at once, with nothing downloaded: it
// vets, its test passes, and its stubs are what `go tool gridc` makes.
func TestNewWorks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hello world")
	var stdout, stderr bytes.Buffer
	env := &environment{stdout: &stdout, stderr: &stderr, getenv: os.Getenv, format: "auto"}
	if status := run([]string{"new", "--replace", source(t), "--module", "example.com/hello", dir}, env); status != statusOK {
		t.Fatalf("status %d\n%s", status, &stderr)
	}
	for _, args := range [][]string{
		{"vet", "./..."},
		{"test", "./..."},
		{"tool", "gridc", "gen", "--check", "."},
		{"generate", "./..."},
		{"tool", "gridc", "gen", "--check", "."},
	} {
		goOffline(t, dir, args...)
	}
}

// goOffline runs the go command where it can download nothing; it must succeed.
func goOffline(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=-mod=readonly")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// What the starter's go.mod requires is what this module does.
func TestIndirectRequirements(t *testing.T) {
	got := indirect("module m\n\nrequire (\n\ta.com/b v1.2.3\n\tc.com/d v0.1.0 // indirect\n)\n")
	want := "\nrequire (\n\ta.com/b v1.2.3 // indirect\n\tc.com/d v0.1.0 // indirect\n)\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A released version needs no source: it is required by its number.
func TestNewOfRelease(t *testing.T) {
	for path, quoted := range map[string]string{"/a/b": "/a/b", "/a b": `"/a b"`} {
		if got := modQuoted(path); got != quoted {
			t.Errorf("modQuoted(%q) = %s", path, got)
		}
	}
	mod := starterMod{text: "x", tidy: true}
	if !strings.Contains(mod.next("dir"), "go mod tidy") || strings.Contains(starterMod{}.next("dir"), "go mod tidy") {
		t.Error("`go mod tidy` is for released versions, and for nothing else")
	}
}
