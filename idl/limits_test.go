package idl

import (
	"strings"
	"testing"
	"time"
)

// TestHostile reads files that were made to be slow or to overflow a stack.
// Work that grows with the square of the size would take minutes here.
func TestHostile(t *testing.T) {
	full := func(head, part, tail string) string {
		n := (maxSource/16 - len(head) - len(tail)) / len(part)
		return head + strings.Repeat(part, n) + tail
	}
	for name, src := range map[string]string{
		"lists":        full("package p\nmessage M {\n a ", "[]", "string = 1\n}\n"),
		"maps":         full("package p\nmessage M {\n a ", "map[string]", "string = 1\n}\n"),
		"generics":     full("package p\nmessage M {\n a ", "list<", "string = 1\n}\n"),
		"parentheses":  full("package p\nservice S {\n rpc A", "(", "B) = 1\n}\n"),
		"braces":       full("package p\n", "message A {\n", ""),
		"open blocks":  full("package p\n", "{", ""),
		"closers":      full("package p\n", "}\n", ""),
		"errors":       full("package p\nservice S {\n rpc A() = 1 {\n errors E", ", E", "\n}\n}\n"),
		"split errors": full("package p\nservice S {\n rpc A() = 1 {\n errors E", ",\nE", "\n}\n}\n"),
		"reserved":     full("package p\nmessage M {\n reserved 1", ", 2", "\n}\n"),
		"annotations":  full("package p\nmessage M {\n a string = 1", " @a", "\n}\n"),
		"annos above":  full("package p\n", "@a(1)\n", "message M {}\n"),
		"arguments":    full("package p\nmessage M {\n a string = 1 @a(1", ", 1", ")\n}\n"),
		"semicolons":   full("package p\nmessage M {\n", ";", "\n}\n"),
		"marks":        full("package p\nmessage M {\n a string = 1", ",", "\n}\n"),
		"pointers":     full("package p\nmessage M {\n a ", "*", "string = 1\n}\n"),
		"one word":     full("", "a", ""),
		"one number":   full("package p\nconst A int64 = ", "1", "\n"),
		"one string":   full("package p\nconst A string = \"", "\\q", "\"\n"),
		"quotes":       full("package p\n", "\"", ""),
		"comments":     full("package p\n", "// c\n", ""),
		"stars":        full("package p\n", "/**/", ""),
		"open comment": full("package p\n", "/*", ""),
		"one-liners":   full("package p\n", "message A{a string=1;}", ""),
		"imports":      full("package p\nimport (", "\"a\"\n", ""),
		"NUL":          full("", "\x00", ""),
		"Latin-1":      full("package p\n// ", "\xe9", ""),
		"strays":       full("package p\n", "x T = 1\n", ""),
		"rpcs":         full("package p\n", "rpc A(B) = 1\n", ""),
		"half parens":  full("package p\nservice S {\n", "rpc A(\n", "}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			Format("hostile.grid", []byte(src))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestLimits checks both sides of each limit.
func TestLimits(t *testing.T) {
	list := func(n int) string {
		return "package p\nmessage M {\n a " + strings.Repeat("[]", n) + "string = 1\n}\n"
	}
	comment := func(n int) string { return "package p\n//" + strings.Repeat("x", n-len("package p\n//")) }
	for _, tt := range []struct{ name, src, id string }{
		{"nested as deep as allowed", list(maxNesting), ""},
		{"nested too deep", list(maxNesting + 1), CodeNestingTooDeep},
		{"braces nested too deep", "package p\n" + strings.Repeat("{", maxNesting+1), CodeNestingTooDeep},
		{"as large as allowed", comment(maxSource), ""},
		{"too large", comment(maxSource + 1), CodeFileTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := Parse("limits.grid", []byte(tt.src))
			switch {
			case tt.id == "" && len(diags) > 0:
				t.Errorf("got %s", summary(diags))
			case tt.id != "" && (len(diags) != 1 || diags[0].ID != tt.id):
				t.Errorf("got %s, want one %s", summary(diags), tt.id)
			}
		})
	}
}
