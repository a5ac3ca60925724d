package compiler

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFixesRemoveTheirCause(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"foreign type", "message A { a []int = 1 }", "message A { a []int64 = 1 }"},
		{"spelling", "message Disk { }\nmessage A { a Dsik = 1 }", "message Disk { }\nmessage A { a Disk = 1 }"},
		{"optional element", "message A { a []string? = 1 }", "message A { a []string = 1 }"},
		{"own qualifier", "message B { }\nmessage A { a p.B = 1 }", "message B { }\nmessage A { a B = 1 }"},
		{"infinite", "message A { a A = 1 }", "message A { a A? = 1 }"},
		{"empty range", "message A { reserved 9..4 }", "message A { reserved 4..9 }"},
		{"seconds", "@timeout(30)\nservice S { }", "@timeout(30s)\nservice S { }"},
		{"go name", "@go(\"B\")\nmessage A { }", "@go(name: \"B\")\nmessage A { }"},
		{"error code", "error A = \"not_found\"", "error A = \"p.not_found\""},
		{"error code form", "error A = \"Lost-It\"", "error A = \"p.lost_it\""},
		{"string", "const A string = 5", "const A string = \"5\""},
		{"enum base", "enum A int { a = 0 }", "enum A int64 { a = 0 }"},
		{
			"enum zero", "enum A uint8 {\n    a = 1\n}",
			"enum A uint8 {\n    unknown = 0\n    a = 1\n}",
		},
		{
			"bare payload", "service S {\n    rpc Get([]string) = 1\n}",
			"service S {\n    rpc Get(GetRequest) = 1\n}\n\nmessage GetRequest {\n    items []string = 1\n}",
		},
		{"enum zero with a name taken", "enum A uint8 {\n    unknown = 1\n}", "enum A uint8 {\n    unset = 0\n    unknown = 1\n}"},
		{"optional payload", "service S { rpc Get(bytes?) = 1 }", "service S { rpc Get(bytes) = 1 }"},
		{"annotation", "@depricated(\"x\")\nmessage A { }", "@deprecated(\"x\")\nmessage A { }"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const head = "package p\n\n"
			_, ds := loadText(t, head+tc.in)
			if len(ds) != 1 {
				t.Fatalf("want one error, got:\n%s", oneLines(ds))
			}
			fixed, n := ApplyFixes("main.grid", []byte(head+tc.in), ds)
			if diff := cmp.Diff(head+tc.want, string(fixed)); diff != "" || n != 1 {
				t.Fatalf("%d fixes (-want +got):\n%s", n, diff)
			}
			mustLoad(t, string(fixed))
		})
	}
}

// Whatever is offered anywhere in testdata must at least be a sound edit.
func TestFixesNeverAddErrors(t *testing.T) {
	for _, file := range testFiles(t, "errors/*.grid") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for chunk := range strings.SplitSeq(readTestFile(t, file), "\n---\n") {
				_, ds := loadText(t, chunk)
				fixed, n := ApplyFixes("main.grid", []byte(chunk), ds)
				_, after := loadText(t, string(fixed))
				if n > 0 && len(after) >= len(ds) || len(after) > len(ds) {
					t.Errorf("%d errors, %d fixed, %d left in:\n%s\n%s", len(ds), n, len(after), fixed, oneLines(after))
				}
			}
		})
	}
}

func TestFixesThatTouchAreLeftOut(t *testing.T) {
	text := "package p\n\nmessage A { a int? = 1 }\nconst B string? = 5\n"
	_, ds := loadText(t, text)
	fixed, n := ApplyFixes("other.grid", []byte(text), ds)
	if n != 0 || string(fixed) != text {
		t.Errorf("fixes of another file were applied: %s", fixed)
	}
}
