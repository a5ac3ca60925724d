package interop_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The library that VS Code's own clients are made of talks to gridc lsp, and finds each
// answer to be one of the protocol.
func TestNpmLanguageClient(t *testing.T) {
	program, folder := nodeProgram(t), npmFolder(t)
	files := t.TempDir()
	for _, name := range []string{"storage.grid", "common.grid"} {
		text, err := os.ReadFile(filepath.Join("..", "examples", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(files, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	gridc := filepath.Join(t.TempDir(), "gridc")
	build := exec.Command("go", "build", "-o", gridc, "./cmd/gridc")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, filepath.Join(folder, "lsp.mjs"), gridc, files).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all answers are those of the protocol") {
		t.Errorf("%v\n%s", err, out)
	}
}
