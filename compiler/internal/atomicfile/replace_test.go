package atomicfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that cannot be replaced is named, and nothing is left beside it.
func TestReplaceFileFails(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder.grid")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, filepath.Join(dir, "nowhere.grid")} {
		err := Replace(path, []byte("package app\n"))
		if err == nil || !strings.HasPrefix(err.Error(), "cannot rewrite "+path+": ") {
			t.Errorf("ReplaceFile(%s) = %v", path, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "folder.grid" {
		t.Errorf("left behind: %v", left)
	}
}
