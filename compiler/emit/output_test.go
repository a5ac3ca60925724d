package emit

import (
	"testing"

	"github.com/gridrpc/gridc/compiler/ir"
)

// Languages share the folder of a package, and no file in it.
func TestPackageTarget(t *testing.T) {
	p := &ir.Package{Name: "history.v1", Path: "api/history.grid"}
	for want, got := range map[string]Target{
		"api/gen/history/v1/x": PackageTarget(p, "", Go),
		"web/history/v1/x":     PackageTarget(p, "web", TypeScript),
	} {
		got.Name = "x"
		if got.Path() != want || got.Beside != (got.Language == Go) {
			t.Errorf("%+v, want %s", got, want)
		}
	}
}

func TestCleanComment(t *testing.T) {
	for text, want := range map[string]string{
		"a */ b":      "a * / b",
		"a\nb\rc":     "a b c",
		"\u202ea\x07": "a",
		"\xff":        "�",
	} {
		if got := CleanComment(text); got != want {
			t.Errorf("CleanComment(%q) = %q, want %q", text, got, want)
		}
	}
}
