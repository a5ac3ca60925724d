package lint

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/load"
)

func TestLintStorageIsClean(t *testing.T) {
	s, ds, err := check.Load(load.Options{}, "../../examples/storage.grid", "../../examples/common.grid")
	if err != nil || s == nil {
		t.Fatalf("Load: %v\n%s", err, lab.OneLines(ds))
	}
	if found := Lint(s, Options{}); len(found) > 0 {
		t.Errorf("unexpected warnings:\n%s", lab.OneLines(found))
	}
}

// lintText lints one file, with every rule on.
func lintText(t *testing.T, text string) string {
	t.Helper()
	return lab.OneLines(Lint(lab.MustLoad(t, text), Options{Enable: []string{"lint/unbounded"}}))
}

func TestLintRules(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"types reached through anything", `package p

enum E uint8 { unknown = 0 }
message A { e map[string][]E = 1 @limit(1) }
union U { a A = 1 }
message Lost { next Lost? = 1 }
error Gone = "p.gone" { u U = 1 }
error Never = "p.never"
service S {
    // Get gets.
    rpc Get() = 1 { errors Gone }
}
`, `main.grid:6:9: warning: message ` + "`Lost`" + ` is not used by any handler; remove it, or move it to a file without services [lint/unused-type]
main.grid:8:7: warning: error ` + "`Never`" + ` is not used by any handler; remove it, or move it to a file without services [lint/unused-type]
`},
		{"lists of uint8", `package p

message A {
    a []uint8 = 1
    b map[uint8][][]uint8 = 2
    c []uint16 = 3
    //gridc:ignore lint/byte-list they are levels, not text
    d []uint8 = 4
}
`, "main.grid:4:7: warning: `[]uint8` is a list of numbers, each encoded by itself; for bytes write `bytes` [lint/byte-list]\n" +
			"main.grid:5:19: warning: `[]uint8` is a list of numbers, each encoded by itself; for bytes write `bytes` [lint/byte-list]\n"},
		{"reuse of nothing", `package p

message A { }
service S {
    // A to F.
    @reuse
    rpc A() = 1
    // .
    @reuse
    rpc B(A) = 2
    // .
    @reuse
    rpc C() A = 3
    // .
    @timeout(1s) @reuse
    stream D() = 4 { out(1) A }
    // .
    @reuse
    stream E() = 5 { in(1) A }
    // .
    rpc F() = 6
}
`, "main.grid:6:5: warning: `@reuse` does nothing here: `A` has neither a request nor a response; remove it [lint/reuse-idle]\n" +
			"main.grid:15:18: warning: `@reuse` does nothing here: `D` does not receive; a client uses messages again with `RecvInto` [lint/reuse-idle]\n"},
		{"a file without services is a library", "package p\n\nmessage A { }\n", ""},
		{"names", `package My_pkg

message disk_info {
    FileName string = 1
    HTTPServer string = 2
    file_size int64 = 3
    ID int64 = 4
    good int64 = 5
}
enum State uint8 { UNKNOWN = 0 }
const max int64 = 1
service s { rpc get() = 1 }
`, `main.grid:1:9: warning: package ` + "`My_pkg`" + ` should be lower case, without ` + "`_`" + ` [lint/name-case]
main.grid:3:9: warning: message ` + "`disk_info`" + ` should be called ` + "`DiskInfo`" + ` [lint/name-case]
main.grid:3:9: warning: message ` + "`disk_info`" + ` is not used by any handler; remove it, or move it to a file without services [lint/unused-type]
main.grid:4:5: warning: ` + "`FileName`" + ` should be called ` + "`fileName`" + `; rename it; its Go name stays [lint/name-case]
main.grid:5:5: warning: ` + "`HTTPServer`" + ` should be called ` + "`httpServer`" + `; rename it; its Go name stays [lint/name-case]
main.grid:6:5: warning: ` + "`file_size`" + ` should be called ` + "`fileSize`" + `; rename it; its Go name stays [lint/name-case]
main.grid:7:5: warning: ` + "`ID`" + ` should be called ` + "`id`" + `; rename it; its Go name stays [lint/name-case]
main.grid:10:6: warning: enum ` + "`State`" + ` is not used by any handler; remove it, or move it to a file without services [lint/unused-type]
main.grid:10:20: warning: ` + "`UNKNOWN`" + ` should be called ` + "`unknown`" + ` [lint/name-case]
main.grid:11:7: warning: const ` + "`max`" + ` should be called ` + "`Max`" + ` [lint/name-case]
main.grid:12:9: warning: service ` + "`s`" + ` should be called ` + "`S`" + ` [lint/name-case]
main.grid:12:17: warning: handler ` + "`get`" + ` has no doc comment; describe it in a comment above it: the generated method has the same comment [lint/doc-missing]
main.grid:12:17: warning: handler ` + "`get`" + ` should be called ` + "`Get`" + ` [lint/name-case]
`},
		{"deprecation", `package p

@deprecated("use New")
message Old { self Old? = 1 }
@deprecated("also")
message Older { old Old = 1 }
message New {
    a Old ? = 1
    b Old = 2 @deprecated("with its type")
}
`, "main.grid:8:7: warning: message `Old` is deprecated: use New (main.grid:4:9) [lint/deprecated-use]\n"},
		{"unbounded", `package p

message A {
    a bytes = 1
    b []B = 2 @limit(5)
    c string = 3
}
message B { d map[string]string = 1 }
message C { e []string = 1 }
service S {
    // Get gets.
    stream Get(bytes) = 1 { in(5) A }
    // List lists.
    rpc List() C = 2
}
`, `main.grid:4:5: warning: ` + "`a`" + ` is part of a request and has no ` + "`@limit`" + `; set the maximum: ` + "`@limit(1024)`" + ` [lint/unbounded]
main.grid:8:13: warning: ` + "`d`" + ` is part of a request and has no ` + "`@limit`" + `; set the maximum: ` + "`@limit(1024)`" + ` [lint/unbounded]
`},
		{"bytes and externs may be shared", `package p

extern X = "time.Time"
service S {
    // A is one.
    rpc A(bytes) bytes = 1
    // B is one.
    rpc B(X) X = 2
    // C is one.
    rpc C(X) bytes = 3
}
`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, lintText(t, tc.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLintIgnore(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"line above", "package p\n\n//gridc:ignore lint/name-case old name\nmessage disk { }\n", ""},
		{"same line", "package p\n\nmessage disk { } //gridc:ignore lint/name-case old name\n", ""},
		{
			"above doc and annotations",
			"package p\n\n//gridc:ignore lint/doc-missing obvious\n@timeout(5s)\nservice S {\n    //gridc:ignore lint/doc-missing obvious\n    @idempotent\n    rpc Get() = 1\n}\n",
			"main.grid:3:1: warning: there is no `lint/doc-missing` here to ignore; remove the comment [lint/ignore-unused]\n",
		},
		{
			"no reason", "package p\n\nmessage disk { } //gridc:ignore lint/name-case\n",
			"main.grid:3:9: warning: message `disk` should be called `Disk` [lint/name-case]\n" +
				"main.grid:3:18: warning: `lint/name-case` is ignored without a reason; write `//gridc:ignore lint/name-case reason` [lint/ignore-invalid]\n",
		},
		{
			"unknown rule", "package p\n\n//gridc:ignore name-case because\nmessage Disk { }\n",
			"main.grid:3:1: warning: there is no lint rule `name-case`; write `//gridc:ignore lint/RULE reason` [lint/ignore-invalid]\n",
		},
		{
			"other rule", "package p\n\nmessage disk { } //gridc:ignore lint/doc-missing because\n",
			"main.grid:3:9: warning: message `disk` should be called `Disk` [lint/name-case]\n" +
				"main.grid:3:18: warning: there is no `lint/doc-missing` here to ignore; remove the comment [lint/ignore-unused]\n",
		},
		{"in a string", "package p\n\nconst A string = \"\\\"//gridc:ignore x\"\n", ""},
		{"with a space it is a comment", "package p\n\n// gridc:ignore lint/nothing\nmessage Disk { }\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, lintText(t, tc.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An ignored rule that is off in this run is not called unused.
func TestLintIgnoreOfARuleThatIsOff(t *testing.T) {
	s := lab.MustLoad(t, "package p\n\nmessage A {\n    a bytes = 1 //gridc:ignore lint/unbounded small in practice\n}\nservice S {\n    // Put puts.\n    rpc Put(A) = 1\n}\n")
	for _, enabled := range [][]string{nil, {"lint/unbounded"}} {
		if found := Lint(s, Options{Enable: enabled}); len(found) > 0 {
			t.Errorf("with %v:\n%s", enabled, lab.OneLines(found))
		}
	}
}

func TestLintSkipsImportedFiles(t *testing.T) {
	files := lab.Memory{
		"main.grid":  "package p\n\nimport \"other.grid\"\n\nmessage A { o other.disk = 1 }\n",
		"other.grid": "package other\n\nmessage disk { }\n",
	}
	for _, tc := range []struct {
		args []string
		want int
	}{{[]string{"main.grid"}, 0}, {[]string{"main.grid", "other.grid"}, 1}} {
		s, _, err := check.Load(files.Options(), tc.args...)
		if err != nil {
			t.Fatal(err)
		}
		if found := Lint(s, Options{}); len(found) != tc.want {
			t.Errorf("%v: %d warnings, want %d:\n%s", tc.args, len(found), tc.want, lab.OneLines(found))
		}
	}
}

func TestLintFixes(t *testing.T) {
	files := lab.Memory{
		"main.grid":  "package p\n\nimport (\n    \"other.grid\"\n    \"third.grid\"\n)\n\nmessage A {\n    file_name third.T = 1\n}\nservice S {\n    // Get gets.\n    stream Get(A) = 1 {\n        out bytes\n    }\n}\n",
		"other.grid": "package other\n",
		"third.grid": "package third\n\nmessage T { }\n",
	}
	s, ds, err := check.Load(files.Options(), "main.grid")
	if err != nil || s == nil {
		t.Fatalf("Load: %v\n%s", err, lab.OneLines(ds))
	}
	fixed, made := diag.ApplyFixes("main.grid", []byte(files["main.grid"]), Lint(s, Options{}))
	want := "package p\n\nimport (\n    \"third.grid\"\n)\n\nmessage A {\n    fileName third.T = 1\n}\nservice S {\n    // Get gets.\n    stream Get(A) = 1 {\n        out(16) bytes\n    }\n}\n"
	if diff := cmp.Diff(want, string(fixed)); diff != "" || len(made) != 3 {
		t.Errorf("%d fixes (-want +got):\n%s", len(made), diff)
	}
}

func TestLintRulesAreListed(t *testing.T) {
	for _, rule := range lintRules {
		if !slices.ContainsFunc(diag.Codes(), func(c diag.Code) bool { return c.ID == rule.id }) {
			t.Errorf("%s is not explained", rule.id)
		}
	}
}

// What is there for others stands in a file without services, whatever the other files of
// its package have.
func TestUnusedTypesAreLookedForByFile(t *testing.T) {
	files := lab.Memory{
		"a/types.grid":   "package a\n\nmessage ForOthers {}\n",
		"a/service.grid": "package a\n\nmessage Lost {}\n\nservice S {\n    // Get gets.\n    rpc Get() bytes = 1\n}\n",
	}
	s, ds, err := check.Load(files.Options(), ".")
	if err != nil || s == nil {
		t.Fatalf("Load: %v\n%s", err, lab.OneLines(ds))
	}
	want := "a/service.grid:3:9: warning: message `Lost` is not used by any handler; remove it, or move it to a file without services [lint/unused-type]\n"
	if got := lab.OneLines(Lint(s, Options{})); got != want {
		t.Errorf("got %s", got)
	}
}
