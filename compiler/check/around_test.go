package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/compiler/lint"
)

// lintOf lints the named files of a module as an editor does, and returns the ids.
func lintOf(t *testing.T, files lab.Memory, args ...string) []string {
	t.Helper()
	s, ds, err := check.Load(files.Options(), args...)
	if err != nil || s == nil {
		t.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	var ids []string
	for _, d := range lint.Lint(s, lint.Options{}) {
		ids = append(ids, d.ID)
	}
	return ids
}

const sharedService = "package svc\n\nmessage Req { }\n\nmessage Shared { p Part = 1 }\n\nmessage Part { }\n\nservice Svc {\n    // Do does.\n    rpc Do(Req) = 1\n}\n"

// What only the whole module tells is not said of a part of it: other files may
// use a type, wherever they are in the module.
func TestLintOfAPart(t *testing.T) {
	for name, other := range map[string]struct {
		file, text string
		unused     int
	}{
		"request elsewhere":        {"b/other.grid", "package other\n\nimport \"../a/svc.grid\"\n\nservice O {\n    rpc Do(svc.Shared) = 2\n}\n", 0},
		"by another name":          {"other.grid", "package other\n\nimport s \"a/svc.grid\"\n\nmessage M { s []s.Shared = 1 }\n", 0},
		"in a stream":              {"a/other.grid", "package other\n\nimport \"svc.grid\"\n\nservice O {\n    stream Do() = 2 {\n        in svc.Shared\n    }\n}\n", 0},
		"only a part of it":        {"a/other.grid", "package other\n\nimport \"svc.grid\"\n\nmessage M { p map[string]svc.Part = 1 }\n", 1},
		"a file with mistakes":     {"a/other.grid", "package other\n\nimport \"svc.grid\"\n\nmessage M { p svc.Shared 1 }\n", 0},
		"the name of another file": {"a/other.grid", "package other\n\nimport svc \"else.grid\"\n\nmessage M { p svc.Shared = 1 }\n", 2},
		"nobody":                   {"a/other.grid", "package other\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			files := lab.Memory{"go.mod": "module m\n", "a/svc.grid": sharedService, other.file: other.text}
			ids := lintOf(t, files, "a/svc.grid")
			if got := len(slices.DeleteFunc(ids, func(id string) bool { return id != "lint/unused-type" })); got != other.unused {
				t.Errorf("%d types are called unused, want %d", got, other.unused)
			}
		})
	}
}

// The next free id is free in the whole module.
func TestNextFreeIDOfAPart(t *testing.T) {
	files := lab.Memory{
		"go.mod":     "module m\n",
		"a.grid":     "package a\n\nservice A {\n    rpc X() = 1\n    rpc Y() = 1\n}\n",
		"x/b.grid":   "package b\n\nservice B {\n    reserved 2..4\n    rpc X() = 5\n}\n",
		"bad.grid":   "package bad\n\nservice Bad {\n    rpc X( = 7\n    rpc Y() = 6\n}\n",
		"gen/c.grid": "package c\n\nservice C {\n    rpc X() = 8\n}\n",
	}
	_, ds, err := check.Load(files.Options(), "a.grid")
	if err != nil || !strings.Contains(diag.HelpText(ds[0]), "the next free id is 7") {
		t.Errorf("%v\n%s", err, diag.HelpText(ds[0]))
	}
	delete(files, "bad.grid")
	files["a.grid"] = strings.Replace(files["a.grid"], "Y() = 1", "Y() = 9", 1)
	s := mustLoadFiles(t, files, "a.grid")
	if ids := ir.IDs(s); !slices.Equal(ids.Unread, []string{"x/b.grid"}) {
		t.Errorf("not read: %v", ids.Unread)
	}
	if ids := ir.IDs(mustLoadFiles(t, files, ".")); len(ids.Unread) > 0 {
		t.Errorf("not read: %v", ids.Unread)
	}
}

func mustLoadFiles(t *testing.T, files lab.Memory, args ...string) *ir.Schema {
	t.Helper()
	s, ds, err := check.Load(files.Options(), args...)
	if err != nil || s == nil {
		t.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	return s
}
