package gridc_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tabled is a file as the table of copies in CONTRIBUTING.md names it.
var tabled = regexp.MustCompile("`([\\w/]+\\.go)`")

// The table of copies names the files of the runtime that say where the bytes of long messages are copied,
// and no others.
func TestTableOfCopies(t *testing.T) {
	_, table, found := strings.Cut(read(t, "CONTRIBUTING.md"), "\n**The copies of a large message.**")
	table, _, ends := strings.Cut(table, "\nSo a message of 64 KiB")
	if !found || !ends {
		t.Fatal("the table of copies is not where it was")
	}
	named, copying := make(map[string]bool), make(map[string]bool)
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "|") {
			for _, file := range tabled.FindAllStringSubmatch(line, -1) {
				named["runtime/"+file[1]] = true
			}
		}
	}
	for _, file := range goFiles(t) {
		if strings.HasPrefix(file, "runtime/") && !strings.HasSuffix(file, "_test.go") && strings.Contains(read(t, file), "A copy:") {
			copying[file] = true
		}
	}
	if len(copying) == 0 || !maps.Equal(named, copying) {
		t.Errorf("CONTRIBUTING.md names\n%q, and the files that say \"A copy:\" are\n%q", slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(copying)))
	}
}
