package diag_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// The common habits, as somebody meets them whose editor or log shows one line:
// what is wrong, and what to write in this very place.
func TestHabitsAreToldInOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"message A { string name = 1 }":                  "13: error: the name comes before the type; write `name string` [type-before-name]",
		"message A { a int = 1 }":                        "15: error: there is no `int`; write `int64` [type-unknown]",
		"message A { value? bytes = 1 }":                 "18: error: the question mark belongs to the type; write `value bytes?` [question-mark]",
		"message A { value?: string = 1 }":               "18: error: the question mark belongs to the type; write `value string?` [question-mark]",
		"message A { a? []string = 1 }":                  "14: error: a list or a map is never optional: it may be empty; write `a []string` [question-mark]",
		"union U { a? string = 1 }":                      "12: error: a variant is never optional: the union itself may be empty; write `a string` [question-mark]",
		"message A { a *string = 1 }":                    "15: error: there are no pointers; write `string?` [pointer]",
		"service S { rpc A(*B) = 1 }\nmessage B { }":     "19: error: there are no pointers; write `B` [pointer]",
		"message A { optional a string = 1 }":            "13: error: there is no `optional` before a type; write `a string?` [modifier]",
		"message A { repeated string a = 1 }":            "13: error: there is no `repeated` before a type; write `a []string` [modifier]",
		"message A { a list<string> = 1 }":               "15: error: types have no parameters in angle brackets; write `[]string` [generic-type]",
		"service S { rpc A(bytes) returns (bytes) = 1 }": "26: error: the response follows the request without parentheses; write `bytes` [returns]",
		"message A { a string = 1; }":                    "25: error: unexpected `;`; remove it [semicolon]",
		"message A { a string = 1, }":                    "25: error: unexpected `,`; remove it [trailing-comma]",
		"message A { a string = 1 /* old */\n}":          "26: error: comments begin with `//`; make it a line comment [block-comment]",
		"message A { a time.Duration = 1 }":              "15: error: there is no `time.Duration`; write `duration` [type-unknown]",
		"message A { a google.protobuf.Timestamp = 1 }":  "15: error: there is no `google.protobuf.Timestamp`; write `time` [expected-type]",
		"message A { a bool = 1 [deprecated = true] }":   "24: error: there are no options in brackets; write `@deprecated(\"why\")` [unexpected-token]",
		"import \"time\"":                                "8: error: an import names a .grid file, and `time` is not one; remove it: `time` and `duration` are built in [import-invalid]",
		"import \"common.proto\"":                        "8: error: an import names a .grid file, and `common.proto` is not one; write \"common.grid\" [import-invalid]",
		"enum E { unknown = 0 }":                         "7: error: missing integer type after `E`; write `enum E uint8` [missing-enum-type]",
		"message A { enum B { unknown = 0 } }":           "13: error: `enum` is not allowed inside message `A`; declarations do not nest: move it out of the block, as `enum B uint8` [nested-declaration]",
		"service S { timeout 2s\n}":                      "13: error: `timeout` does not begin a line of service `S`; write `@timeout(2s)` above service `S` [unknown-keyword]",
		"var Z = 1":                                      "1: error: there are no variables; write `const Z int64 = 1` [unknown-keyword]",
		"service S { rpc A(bytes) -> bytes = 1 }":        "26: error: the response follows the request without parentheses; write `bytes` [returns]",
		"service S { rpc A(bytes) (bytes, error) = 1 }":  "26: error: the response follows the request without parentheses; write `bytes` [returns]",

		// What asks already is not told twice, and a guess is told as one.
		"mesage A { }": "1: error: unknown keyword `mesage`, did you mean `message`? [unknown-keyword]",
		"message Disk { }\nerror E = \"p.e\" { d Dsk = 1 }": "21: error: there is no type `Dsk`; did you mean `Disk`? [type-unknown]",
	} {
		_, ds := lab.LoadText(t, "package p\n\n"+text+"\n")
		got := strings.TrimSpace(lab.OneLines(ds))
		for _, line := range []string{"main.grid:3:", "main.grid:4:"} {
			got = strings.TrimPrefix(got, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// The other party of a conflict says what to do better than words.
func TestOneLineOfConflictNamesTheOtherPlace(t *testing.T) {
	_, ds := lab.LoadText(t, "package p\n\nservice S {\n    rpc A() = 12\n    rpc B() = 12\n}\n")
	const want = "main.grid:5:15: error: handler id 12 is already taken by `A` (main.grid:4:15) [handler-id-reused]\n"
	if diff := cmp.Diff(want, lab.OneLines(ds)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Workflow commands cannot carry edits, so they tell the fix beside the help.
func TestGitHubTellsTheFix(t *testing.T) {
	_, ds := lab.LoadText(t, "package p\n\nmessage A {\n    a *string = 1\n}\n")
	const want = "there are no pointers\nhelp: a field that may be absent has a type that ends in `?`\nfix: write `string?`"
	if len(ds) != 1 || diag.GitHubText(ds[0]) != want {
		t.Errorf("got %q, want %q", diag.GitHubText(ds[0]), want)
	}
}
