package idl

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestCodes proves the examples of every id, as gridc explain shows them.
func TestCodes(t *testing.T) {
	for _, c := range Codes() {
		t.Run(c.ID, func(t *testing.T) {
			_, diags := Parse("wrong.grid", []byte(c.Wrong.String()))
			if len(diags) != 1 || diags[0].ID != c.ID {
				t.Errorf("the wrong example yields %s, want one %s", summary(diags), c.ID)
			}
			if _, diags := Parse("right.grid", []byte(c.Right.String())); len(diags) > 0 {
				t.Errorf("the right example yields %s", summary(diags))
			}
			if !strings.Contains(c.Summary, ". ") {
				t.Error("no explanation")
			}
			out, _ := Format("right.grid", []byte(c.Right.String()))
			if string(out) != c.Right.String() {
				t.Errorf("the right example is not in canonical form:\n%s", out)
			}
		})
	}
}

// TestCodesComplete compares the constants with the table.
func TestCodesComplete(t *testing.T) {
	src, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range Codes() {
		if known[c.ID] {
			t.Errorf("%s is described twice", c.ID)
		}
		known[c.ID] = true
	}
	consts := regexp.MustCompile(`Code\w+ += "([a-z0-9-]+)"`).FindAllSubmatch(src, -1)
	for _, m := range consts {
		if !known[string(m[1])] {
			t.Errorf("%s is not described", m[1])
		}
	}
	if len(consts) != len(Codes()) {
		t.Errorf("%d constants, %d descriptions", len(consts), len(Codes()))
	}
}

// summary shows diagnostics on one line each.
func summary(diags []*Diagnostic) string {
	if len(diags) == 0 {
		return "nothing"
	}
	var s string
	for _, d := range diags {
		s += "\n\t" + short(d)
	}
	return s
}
