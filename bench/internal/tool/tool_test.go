package tool

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestTheCorpusIsAsLargeAsTheGoalSays(t *testing.T) {
	dir := t.TempDir()
	if err := writeCorpus(dir, files, 9); err != nil {
		t.Fatal(err)
	}
	lines, ids := 0, map[string]bool{}
	id := regexp.MustCompile(`(?m)^\trpc .* = (\d+)$`)
	for i := range files {
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("file%d.grid", i)))
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(text, []byte("\n"))
		for _, m := range id.FindAllSubmatch(text, -1) {
			ids[string(m[1])] = true
		}
	}
	if lines < 11_000 || lines > 13_000 {
		t.Errorf("the corpus has %d lines, the goal speaks of 12,000", lines)
	}
	if len(ids) != files*9 {
		t.Errorf("%d handlers have %d ids", files*9, len(ids))
	}
}
