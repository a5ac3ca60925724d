package promises_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the tests quote from PROTOCOL.md is in it.
func TestQuotes(t *testing.T) {
	protocol, err := os.ReadFile(filepath.Join(root, "PROTOCOL.md"))
	if err != nil {
		t.Fatal(err)
	}
	space := regexp.MustCompile(`\s+`)
	text := space.ReplaceAllString(string(protocol), " ")
	found := 0
	for _, name := range testFiles(t) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\s*// PROTOCOL\.md: "(.*)"$`).FindAllStringSubmatch(string(src), -1) {
			found++
			if !strings.Contains(text, m[1]) {
				t.Errorf("%s quotes what PROTOCOL.md does not say: %q", name, m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d quotes found", found)
	}
}
