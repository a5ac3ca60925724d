package gogen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestModulePath(t *testing.T) {
	tests := map[string]string{
		"module example.com/a\n":                                "example.com/a",
		"module example.com/a":                                  "example.com/a",
		"// module wrong\nmodule example.com/a // the module\n": "example.com/a",
		"module\texample.com/a//x\r\n":                          "example.com/a",
		"module \"example.com/a\"\n":                            "example.com/a",
		"module\"example.com/a\"\n":                             "example.com/a",
		"module `example.com/a`\n":                              "example.com/a",
		"go 1.26\n\nmodule a\n":                                 "a",
		"module (\n\t// why\n\t\"example.com/a\"\n)\n":          "example.com/a",
		"module(\n example.com/a\n)\n":                          "example.com/a",
		"modules example.com/a\n":                               "",
		"module \"broken\n":                                     "",
		"module\n":                                              "",
		"":                                                      "",
	}
	for mod, want := range tests {
		if got := modulePath(mod); got != want {
			t.Errorf("%q: got %q, want %q", mod, got, want)
		}
	}
}

func TestImportPathFollowsFromTheNearestModule(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/app\n")
	write("nested/go.mod", "module example.com/nested/v2\n")
	write("empty/go.mod", "go 1.26\n")

	tests := []struct{ folder, want, err string }{
		{"gen/disk", "example.com/app/gen/disk", ""},
		{"nested/gen/disk", "example.com/nested/v2/gen/disk", ""},
		{"nested", "example.com/nested/v2", ""},
		{"empty/gen", "", "has no module line"},
		{"with space/gen", "", "which Go does not allow"},
	}
	for _, tt := range tests {
		got, err := GoImportPath(filepath.ToSlash(filepath.Join(dir, tt.folder)))
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: got %q, %v; want %q, %q", tt.folder, got, err, tt.want, tt.err)
		}
	}
}

func TestNoModuleIsSaidPlainly(t *testing.T) {
	_, err := GoImportPath("/nowhere/gen/disk")
	if err == nil || !strings.Contains(err.Error(), "no go.mod in /nowhere/gen/disk or above") {
		t.Errorf("got %v", err)
	}
}
