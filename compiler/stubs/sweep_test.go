package stubs

import (
	"slices"
	"testing"
)

// A run that is killed between writing and renaming leaves a temporary file. The
// next one removes it, and nothing that looks otherwise.
func TestWriteSweeps(t *testing.T) {
	p := newProject(t)
	p.changed(p.disk())
	left := "api/gen/disk/.gridc-types_grid.go.fedcba9876543210.tmp"
	abandoned := "api/gen/old/.gridc-types_grid.go.0123456789abcdef.tmp" // of a package that is gone
	others := []string{
		"api/gen/disk/.gridc-notes.tmp", "api/gen/disk/.gridc-types_grid.go.0123.tmp", "api/gen/disk/types_grid.go.tmp",
		"api/gen/disk/.gridc-types_grid.go.0123456789abcdef.tmp/file",
	}
	for _, name := range append(others, left, abandoned) {
		p.write(name, "half of a fi")
	}
	if got := p.changed(p.disk()); len(got) > 0 {
		t.Errorf("changed: %v", got)
	}
	got := p.files()
	if slices.Contains(got, left) || slices.Contains(got, abandoned) {
		t.Errorf("left behind: %v", got)
	}
	for _, name := range others {
		if !slices.Contains(got, name) {
			t.Errorf("%s is gone, which is somebody else's", name)
		}
	}
}
