package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler"
)

// Every id has a page, and a line of its own in the list.
func TestEveryCodeHasAPage(t *testing.T) {
	var list bytes.Buffer
	if err := listCodes(&list); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(list.String(), "\n"), "\n")
	codes := compiler.Codes()
	if len(lines) != len(codes) {
		t.Fatalf("%d lines for %d ids", len(lines), len(codes))
	}
	for i, code := range codes {
		if rest, ok := strings.CutPrefix(lines[i], code.ID); !ok || strings.TrimSpace(rest) == "" {
			t.Errorf("line %d is not about %s: %q", i+1, code.ID, lines[i])
		}
		var page bytes.Buffer
		if err := explain(&page, code); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{code.ID + "\n", "\nwrong:\n", "\nright:\n", "    package "} {
			if !strings.Contains(page.String(), want) {
				t.Errorf("the page of %s lacks %q:\n%s", code.ID, want, &page)
			}
		}
	}
}
