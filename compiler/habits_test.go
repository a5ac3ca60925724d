package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// habitCases are what people write because another language has it.
var habitCases = []struct{ name, text, id, fixed string }{
	{"the type first, as in proto", "message A { string name = 1 }", "type-before-name", "message A { name string = 1 }"},
	{"int", "message A { a int = 1 }", "type-unknown", "message A { a int64 = 1 }"},
	{"[]byte", "message A { a []byte = 1 }", "type-unknown", "message A { a bytes = 1 }"},
	{"[]byte?", "message A { a []byte? = 1 }", "type-unknown", "message A { a bytes? = 1 }"},
	{"lists of []byte", "message A { a map[string][][]byte = 1 }", "type-unknown", "message A { a map[string][]bytes = 1 }"},
	{"[]byte as request", "service S { rpc A([]byte) = 1 }", "type-unknown", "service S { rpc A(bytes) = 1 }"},
	{"[]uint8 as response", "service S { rpc A() []uint8 = 1 }", "payload-type", "service S { rpc A() bytes = 1 }"},
	{"double", "message A { a double = 1 }", "type-unknown", "message A { a float64 = 1 }"},
	{"any", "message A { a any = 1 }", "type-unknown", "message A { a raw = 1 }"},
	{"a pointer", "message A { a *string = 1 }", "pointer", "message A { a string? = 1 }"},
	{"pointers in a list", "message B { }\nmessage A { a []*B = 1 }", "pointer", "message B { }\nmessage A { a []B = 1 }"},
	{"optional before the name", "message A { optional a string = 1 }", "modifier", "message A { a string? = 1 }"},
	{"optional before the type", "message A { a optional string = 1 }", "modifier", "message A { a string? = 1 }"},
	{"optional, the type first", "message A { optional string a = 1 }", "modifier", "message A { a string? = 1 }"},
	{"repeated", "message A { repeated string a = 1 }", "modifier", "message A { a []string = 1 }"},
	{"required", "message A { required a string = 1 }", "modifier", "message A { a string = 1 }"},
	{"list<T>", "message A { a list<string> = 1 }", "generic-type", "message A { a []string = 1 }"},
	{"map<K, V>", "message A { a map<string, int32> = 1 }", "generic-type", "message A { a map[string]int32 = 1 }"},
	{"map<K,V> before the name", "message A { map<string,int32> a = 7 }", "generic-type", "message A { a map[string]int32 = 7 }"},
	{"list<T> before the name", "message A { list<string> a = 7 }", "generic-type", "message A { a []string = 7 }"},
	{"oneof", "oneof X { a string = 1 }", "unknown-keyword", "union X { a string = 1 }"},
	{"a semicolon", "message A { a string = 1; }", "semicolon", "message A { a string = 1 }"},
	{"a comma", "message A { a string = 1, }", "trailing-comma", "message A { a string = 1 }"},
	{"a colon", "message A { a: string = 1 }", "colon", "message A { a string = 1 }"},
	{"a colon alone between", "message A { a:string = 1 }", "colon", "message A { a string = 1 }"},
	{"a mark on the name", "message A { value? bytes = 1 }", "question-mark", "message A { value bytes? = 1 }"},
	{"a mark on a name in upper case", "message A { Value? string = 1 }", "question-mark", "message A { Value string? = 1 }"},
	{"a mark on a name, with a message", "message A { value? B = 1 }\nmessage B { }", "question-mark", "message A { value B? = 1 }\nmessage B { }"},
	{"a mark on a name that is a type too", "message A { string? bytes = 1 }", "question-mark", "message A { string bytes? = 1 }"},
	{"a mark on the name and on the type", "message A { value? bytes? = 1 }", "question-mark", "message A { value bytes? = 1 }"},
	{"a mark and a colon", "message A { value?: string = 1 }", "question-mark", "message A { value string? = 1 }"},
	{"a mark and a colon alone between", "message A { value?:string=1 @limit(3) }", "question-mark", "message A { value string?=1 @limit(3) }"},
	{"a mark on the name of an error's field", "error E = \"p.e\" { value?: string = 1 }", "question-mark", "error E = \"p.e\" { value string? = 1 }"},
	{"a mark on the name of a list", "message A { values? []string = 1 }", "question-mark", "message A { values []string = 1 }"},
	{"a mark and a colon before a map", "message A { values?: map[string]bool = 1 }", "question-mark", "message A { values map[string]bool = 1 }"},
	{"a mark on a variant", "union U { text?: string = 1 }", "question-mark", "union U { text string = 1 }"},
	{"a mark on an enum value", "enum E uint8 { unknown? = 0 }", "question-mark", "enum E uint8 { unknown = 0 }"},
	{"a mark on a constant", "const A?: string = \"a\"", "question-mark", "const A string = \"a\""},
	{"an optional type first", "message A { B? b = 1 }\nmessage B { }", "type-before-name", "message A { b B? = 1 }\nmessage B { }"},
	{"single quotes", "message A { a string = 'a' }", "string-quotes", "message A { a string = \"a\" }"},
	{"a struct tag", "message A { a string `json:\"a\"` = 1 }", "unexpected-token", "message A { a string = 1 }"},
	{"a block comment", "message A { a string = 1 /* old */\n}", "block-comment", "message A { a string = 1 // old\n}"},
	{"a range with a dash", "message A { reserved 1-5 }", "range-syntax", "message A { reserved 1..5 }"},
	{"a range with a word", "message A { reserved 1 to 5 }", "range-syntax", "message A { reserved 1..5 }"},
	{"an argument without parentheses", "message A { a string = 1 @limit 5 }", "missing-parenthesis", "message A { a string = 1 @limit (5) }"},
	{"an annotation without @", "message A { a string = 1 deprecated(\"x\") }", "missing-at", "message A { a string = 1 @deprecated(\"x\") }"},
	{"an annotation in upper case", "@Deprecated(\"x\")\nmessage A { }", "annotation-unknown", "@deprecated(\"x\")\nmessage A { }"},
	{"kib", "const A uint32 = 64kib", "size-unit", "const A uint32 = 64KiB"},
	{"a unit apart from its number", "const A duration = 5 s", "bad-number", "const A duration = 5s"},
	{"the word for a unit", "const A duration = 5sec", "bad-number", "const A duration = 5s"},
	{"a hyphen in a name", "message A { user-id string = 1 }", "expected-name", "message A { userId string = 1 }"},
	{"T[]", "message A { a string[] = 1 }", "expected-type", "message A { a []string = 1 }"},
	{"struct", "struct A { a string = 1 }", "unknown-keyword", "message A { a string = 1 }"},
	{"interface", "interface S { }", "unknown-keyword", "service S { }"},
	{"enum : uint8", "enum E : uint8 { unknown = 0 }", "colon", "enum E uint8 { unknown = 0 }"},
	{"returns (X)", "service S { rpc A(bytes) returns (bytes) = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"returns X", "service S { rpc A(bytes) returns bytes = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"(X)", "service S { rpc A(bytes) (bytes) = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"func", "service S { func A(bytes) bytes = 1 }", "unknown-keyword", "service S { rpc A(bytes) bytes = 1 }"},
	{"an opening brace on its own line", "message A\n{\n}", "brace-placement", "message A {\n}"},
	{"an import without extension", "import \"other\"", "import-invalid", ""},
	{"an import of proto", "import \"other.proto\"", "import-invalid", ""},
	{"time.Time", "message A { a time.Time = 1 }", "type-unknown", "message A { a time = 1 }"},
	{"time.Duration in a list", "message A { a []time.Duration = 1 }", "type-unknown", "message A { a []duration = 1 }"},
	{"Timestamp of proto", "message A { a google.protobuf.Timestamp = 1 }", "expected-type", "message A { a time = 1 }"},
	{"Timestamp of proto, the type first", "message A { google.protobuf.Timestamp a = 1 }", "expected-type", "message A { a time = 1 }"},
	{"StringValue of proto", "message A { a google.protobuf.StringValue = 1 }", "expected-type", "message A { a string? = 1 }"},
	{"StringValue of proto, optional already", "message A { a google.protobuf.StringValue? = 1 }", "expected-type", "message A { a string? = 1 }"},
	{"Timestamps by key", "message A { a map[string]google.protobuf.Timestamp = 1 }", "expected-type", "message A { a map[string]time = 1 }"},
	{"Empty of proto", "service S { rpc A(google.protobuf.Empty) bytes = 1 }", "expected-type", "service S { rpc A() bytes = 1 }"},
	{"->", "service S { rpc A(bytes) -> bytes = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"-> (X)", "service S { rpc A(bytes) -> (bytes) = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"=>", "service S { rpc A(bytes) => bytes = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"a colon before the response", "service S { rpc A(bytes): bytes = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"a tuple of results", "service S { rpc A(bytes) (bytes, error) = 1 }", "returns", "service S { rpc A(bytes) bytes = 1 }"},
	{"an error as result", "service S { rpc A(bytes) error = 1 }", "returns", "service S { rpc A(bytes) = 1 }"},
	{"an error in parentheses", "service S { rpc A(bytes) (error) = 1 }", "returns", "service S { rpc A(bytes) = 1 }"},
	{"no result in parentheses", "service S { rpc A(bytes) returns () = 1 }", "returns", "service S { rpc A(bytes) = 1 }"},
	{"enum without a type", "enum E { unknown = 0 }", "missing-enum-type", "enum E uint8 { unknown = 0 }"},
	{"var", "var A = 1", "unknown-keyword", "const A int64 = 1"},
	{"var with a type", "var A uint8 = 1", "unknown-keyword", "const A uint8 = 1"},
	{"let", "let A = true", "unknown-keyword", "const A bool = true"},
	{"a string without a type", "const A = \"a\"", "missing-type", "const A string = \"a\""},
	{"a duration without a type", "const A = 1m30s", "missing-type", "const A duration = 1m30s"},
	{"a size without a type", "const A = 64KiB", "missing-type", "const A int64 = 64KiB"},
	{"a fraction without a type", "const A = 0.5", "missing-type", "const A float64 = 0.5"},
	{"timeout in a block", "service S {\nrpc A() = 1 {\ntimeout 2s\n}\n}", "unknown-keyword", "service S {\n@timeout(2s)\nrpc A() = 1 {\n}\n}"},
	{"timeout = in a stream", "service S {\nstream A() = 1 {\nin bytes\ntimeout = 2s\n}\n}", "unknown-keyword", "service S {\n@timeout(2s)\nstream A() = 1 {\nin bytes\n}\n}"},
	{"idempotent in a block", "service S {\nrpc A() = 1 {\nidempotent\n}\n}", "unknown-keyword", "service S {\n@idempotent\nrpc A() = 1 {\n}\n}"},
	{"timeout in a service", "service S {\ntimeout(2s)\nrpc A() = 1\n}", "unknown-keyword", "@timeout(2s)\nservice S {\nrpc A() = 1\n}"},

	{"a type of proto first", "message A { fixed32 a = 6 }", "type-before-name", "message A { a uint32 = 6 }"},
	{"another", "message A { sint64 a = 9 }", "type-before-name", "message A { a int64 = 9 }"},
	{"a list of such", "message A { []double a = 9 }", "type-before-name", "message A { a []float64 = 9 }"},
	{"the number first, as in Thrift", "message A { 1: string a }", "type-before-name", "message A { a string = 1 }"},
	{"the number first, required", "message A { 1: required i64 a }", "type-before-name", "message A { a int64 = 1 }"},
	{"the number first, optional", "message A { 7: optional binary a }", "type-before-name", "message A { a bytes? = 7 }"},
	{"the number first, a list", "message A { 2: list<i32> a }", "type-before-name", "message A { a []int32 = 2 }"},
	{"void", "service S { rpc A(bytes) void = 1 }", "returns", "service S { rpc A(bytes) = 1 }"},
	{"returns (void)", "service S { rpc A(bytes) returns (void) = 1 }", "returns", "service S { rpc A(bytes) = 1 }"},
	{"PiB", "const A uint64 = 2PiB", "bad-number", "const A uint64 = 2097152GiB"},
	{"in and out on one line", "service S {\nstream A() = 1 { in(4) bytes out(4) bytes }\n}", "missing-newline", "service S {\nstream A() = 1 { in(4) bytes\nout(4) bytes }\n}"},

	// These have no single right edit.
	{"a stream of proto", "service S { rpc A(stream bytes) returns (stream bytes) = 1 }", "stream-in-parentheses", ""},
	{"a stream as response", "service S { rpc A(bytes) stream bytes = 1 }", "stream-in-parentheses", ""},
	{"a name for a type", "type ID = uint64\nmessage A { a ID = 1 }", "unknown-keyword", ""},
	{"a name for a type, as in Thrift", "typedef i64 ID\nmessage A { a ID = 1 }", "unknown-keyword", ""},
	{"a service that extends", "service B { }\nservice S extends B { rpc A() = 1 }", "unexpected-token", ""},
	{"a base after a colon", "message B { }\nmessage A : B { a string = 1 }", "unexpected-token", ""},
	{"a type with a parameter", "message Page<T> { items []T = 1 }", "unexpected-token", ""},
	{"a type with a parameter, as in Go", "message Page[T any] { items []T = 1 }", "unexpected-token", ""},
	{"throws", "error E = \"p.e\"\nservice S { rpc A(bytes) throws E = 1 }", "unexpected-token", ""},
	{"throws, after the id", "error E = \"p.e\"\nservice S { rpc A(bytes) bytes = 1 throws E }", "unexpected-token", ""},
	{"throws, as in Thrift", "error E = \"p.e\"\nservice S { rpc A(bytes) bytes throws (1: E e) = 1 }", "unexpected-token", ""},
	{"a timeout of 0", "@timeout(0s)\nservice S { rpc A() = 1 }", "annotation-argument", ""},
	{"an integer of 128 bits", "message A { a uint128 = 1 }", "type-unknown", ""},
	{"an array of bytes", "message A { a [16]byte = 1 }", "expected-type", ""},
	{"an array", "message A { a [4]int32 = 1 }", "expected-type", ""},
	{"a field of Cap'n Proto", "message A { a @0 :Text; }", "type-before-name", ""},
	{"a list of Cap'n Proto", "message A { a @3 :List(UInt8) }", "type-before-name", ""},
	{"an id of Cap'n Proto", "@0xdbb9ad1f14bf0b36\nmessage A { }", "expected-name", ""},
	{"extend", "message A { }\nextend A { b string = 2 }", "unknown-keyword", ""},
	{"extensions", "message A { extensions 100 to 199 }", "unknown-keyword", ""},
	{"an option in a message", "message A { option deprecated = true }", "unknown-keyword", ""},
	{"an option in an rpc", "service S {\nrpc A() = 1 {\noption (google.api.http) = true\n}\n}", "unknown-keyword", ""},
	{"an import of Go", "import \"time\"", "import-invalid", ""},
	{"an import of proto's own", "import \"google/protobuf/timestamp.proto\"", "import-invalid", ""},
	{"two dots", "message A { a one.two.Three = 1 }", "unexpected-token", ""},
	{"two dots, the type first", "message A { one.two.Three a = 1 }", "unexpected-token", ""},
	{"timeout of nothing", "service S {\nrpc A() = 1 {\ntimeout\n}\n}", "unknown-keyword", ""},
	{"an annotation in a block", "service S {\nrpc A() = 1 {\n@timeout(2s)\n}\n}", "dangling-annotation", ""},
	{"an enum in a message", "message A {\nenum B {\nunknown = 0\n}\nb B = 1\n}", "nested-declaration", ""},
	{"an enum in a message, with its type", "message A { enum B uint8 { unknown = 0 } }", "nested-declaration", ""},
	{"var without a value", "var A int64", "unknown-keyword", ""},
	{"options of an enum value", "enum E uint8 {\nunknown = 0 [deprecated = true]\n}", "unexpected-token", ""},
	{"a named request, as in TypeScript", "service S { rpc A(req: bytes) = 1 }", "parameter-list", ""},
	{"an optional request, as in TypeScript", "service S { rpc A(req?: bytes) = 1 }", "parameter-list", ""},
	{"a named request", "service S { rpc A(req bytes) = 1 }", "parameter-list", ""},
	{"a stream as parameter", "service S { rpc A(stream bytes) = 1 }", "stream-in-parentheses", ""},
	{"type A struct", "type A struct { a string = 1 }", "unknown-keyword", ""},
	{"oneof in a message", "message A { oneof x { a string = 1 } }", "nested-declaration", ""},
	{"a message in a message", "message A { message B { } }", "nested-declaration", ""},
	{"no number", "message A { a string }", "missing-number", ""},
	{"no id", "service S { rpc A() }", "missing-number", ""},
	{"no code", "error E { a string = 1 }", "missing-error-code", ""},
	{"float", "message A { a float = 1 }", "type-unknown", ""},
	{"char", "message A { a char = 1 }", "type-unknown", ""},
	{"seconds or milliseconds", "@timeout(30)\nservice S { rpc A() = 1 }", "annotation-argument", ""},
	{"KB", "const A uint32 = 64KB", "size-unit", ""},
	{"a list of fixed length", "message A { a string[5] = 1 }", "expected-type", ""},
	{"options in brackets", "message A { a string = 1 [deprecated=true] }", "unexpected-token", ""},
	{"syntax", "syntax = \"proto3\"", "unknown-keyword", ""},
	{"option", "option go_package = \"x\"", "unknown-keyword", ""},
	{"extends", "message A extends B { }", "unexpected-token", ""},
}

// Each habit is one diagnostic that says in one line what to write instead. Where
// one edit is all that it takes, the edit is offered and what it makes compiles;
// what it means is the matter of testdata/fixes.txt.
func TestHabits(t *testing.T) {
	for _, tc := range habitCases {
		t.Run(tc.name, func(t *testing.T) {
			text := "package p\n\n" + tc.text + "\n"
			_, ds := lab.LoadText(t, text)
			if len(ds) != 1 || ds[0].ID != tc.id {
				t.Fatalf("want %s and nothing else, got:\n%s", tc.id, lab.OneLines(ds))
			}
			if help := diag.HelpText(ds[0]); help == "" || strings.Contains(help, "\n") {
				t.Errorf("nothing is said in one line about what to write instead: %q\n%s", help, lab.OneLines(ds))
			}
			if len(ds[0].Fixes) > 0 && !ds[0].Fixes[0].Guess && !strings.Contains(diag.OneLine(ds[0]), ds[0].Fixes[0].Message) && !strings.Contains(ds[0].Message, "?") {
				t.Errorf("off a terminal the fix is not told: %s", diag.OneLine(ds[0]))
			}
			fixed, made := diag.ApplyFixes(diag.MainFile, []byte(text), ds)
			if tc.fixed == "" {
				return
			}
			// How it is spaced is for `gridc fmt`.
			if diff := cmp.Diff(strings.Fields("package p\n\n"+tc.fixed), strings.Fields(string(fixed))); diff != "" || len(made) != 1 {
				t.Fatalf("%d fixes (-want +got):\n%s", len(made), diff)
			}
			lab.MustLoad(t, string(fixed))
		})
	}
}

// What a proto file begins with is one diagnostic for each line, and the package
// clause after it is read as if nothing had stood there.
func TestHabitsBeforeThePackage(t *testing.T) {
	for _, tc := range []struct{ name, text, want, fixed string }{
		{"a semicolon", "package chat;", "main.grid:1:13: semicolon", "package chat"},
		{"syntax", "syntax = \"proto3\"\npackage chat", "main.grid:1:1: unknown-keyword", "\npackage chat"},
		{
			"both", "syntax = \"proto3\";\n\n// Package chat is.\npackage chat;",
			"main.grid:1:1: unknown-keyword\nmain.grid:4:13: semicolon", "\n\n// Package chat is.\npackage chat",
		},
		{
			"edition and option", "edition = \"2023\";\noption go_package = \"x\";\npackage chat",
			"main.grid:1:1: unknown-keyword\nmain.grid:2:1: unknown-keyword", "\n\npackage chat",
		},
		{
			"without a package", "syntax = \"proto3\"\nmessage Other { }",
			"main.grid:1:1: unknown-keyword\nmain.grid:2:1: missing-package", "",
		},
		{
			"an import first", "import \"other.grid\"\npackage chat;",
			"main.grid:2:1: package-clause\nmain.grid:2:13: semicolon", "",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := tc.text + "\n\nmessage A { }\n"
			files := lab.Memory{diag.MainFile: text, "other.grid": "package other\n"}
			_, ds, err := Load(files.Options(), diag.MainFile)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range ds {
				got = append(got, fmt.Sprintf("%s:%d:%d: %s", d.Span.File, d.Span.Start.Line, d.Span.Start.Col, d.ID))
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, "\n")); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if tc.fixed == "" {
				return
			}
			fixed, _ := diag.ApplyFixes(diag.MainFile, []byte(text), ds)
			if diff := cmp.Diff(tc.fixed+"\n\nmessage A { }\n", string(fixed)); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if s := lab.MustLoad(t, string(fixed)); s.Packages[0].Name != "chat" {
				t.Errorf("the package is %q", s.Packages[0].Name)
			}
		})
	}
}
