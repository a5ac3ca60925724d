package proto

import (
	"strings"
	"testing"

	"github.com/gridrpc/gridc/idl"
)

// convert returns the .grid file of a .proto file alone.
func convert(t testing.TB, text string) (string, int) {
	t.Helper()
	f, err := Parse("a.proto", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	result := NewSet([]*File{f}, 1).Convert(f)
	out, ds := idl.Format("a.grid", []byte(result.Text))
	for _, d := range ds {
		t.Errorf("%d:%d: %s\n%s", d.Span.Start.Line, d.Span.Start.Col, d.Message, result.Text)
	}
	return string(out), result.Marks
}

// Each construct becomes what it is in a .grid file, or is marked.
func TestConvert(t *testing.T) {
	for _, tc := range []struct {
		name, proto, grid string
		marks             int
	}{
		{"nothing", "", "package a\n", 0},
		{"a package, and its comment", "// Old.\n\n// Disks are kept here.\nsyntax = \"proto3\";\npackage disks.v1;\noption go_package = \"x\";", "// Disks are kept here.\npackage disks.v1\n", 0},
		{
			"scalars", "message A {\n  sint32 a = 1;\n  fixed64 big_number = 2; // how many\n  double c = 3;\n  bytes URL = 4;\n}",
			"package a\n\nmessage A {\n    a         int32   = 1\n    bigNumber uint64  = 2 // how many\n    c         float64 = 3\n    url       bytes   = 4\n}\n", 0,
		},
		{
			"labels", "syntax = \"proto3\";\nmessage A {\n  optional string a = 1;\n  repeated int64 b = 2 [packed = true];\n  map<string, A> c = 3;\n  map<bool, int32> d = 4;\n  A e = 5;\n  repeated A f = 6;\n}",
			"package a\n\nmessage A {\n    a string?           = 1\n    b []int64           = 2\n    c map[string]A      = 3\n    d map[string]int32  = 4 // TODO: keys were bool\n    e A?                = 5\n    f []A               = 6\n}\n", 1,
		},
		{
			"proto2", "message A {\n  required B a = 1;\n  optional B b = 2 [default = X, deprecated = true];\n  optional group Inner = 3 { optional bool on = 1; }\n  extensions 100 to max [declaration = { number: 100 }];\n}\nmessage B {}\nextend A { optional int32 c = 100; }",
			"package a\n\n// TODO: extend A\n\nmessage A {\n    a     B  = 1\n    b     B? = 2 @deprecated(\"deprecated in the .proto file\") // TODO: default = X\n    inner AInner? = 3\n    // TODO: extensions 100 to max\n}\n\nmessage AInner {\n    on bool? = 1\n}\n\nmessage B {}\n", 3,
		},
		{
			"what protobuf has", "import \"google/protobuf/timestamp.proto\";\nmessage A {\n  google.protobuf.Timestamp a = 1;\n  .google.protobuf.Duration b = 2;\n  google.protobuf.StringValue c = 3;\n  google.protobuf.Any d = 4;\n  google.protobuf.Struct e = 5;\n  google.protobuf.Empty f = 6;\n}",
			"package a\n\nmessage A {\n    a time           = 1\n    b duration       = 2\n    c string?        = 3\n    d raw            = 4 // TODO: was google.protobuf.Any: a union says which messages there can be\n    e map[string]raw = 5 // TODO: was google.protobuf.Struct\n    f Empty?         = 6\n}\n\nmessage Empty {}\n", 2,
		},
		{
			"a oneof among fields", "message A {\n  string id = 1;\n  // Which one.\n  oneof target_kind {\n    string name = 2;\n    int64 number = 4;\n    google.protobuf.Empty all = 5;\n  }\n  bool last = 6;\n}",
			"package a\n\nmessage A {\n    id         string      = 1\n    targetKind ATargetKind = 2\n    last       bool        = 6\n}\n\n// Which one.\nunion ATargetKind {\n    name   string = 2\n    number int64  = 4\n    all           = 5\n}\n", 0,
		},
		{
			"a oneof alone", "// A is one of them.\nmessage A { oneof kind { B b = 1; C c = 2; } reserved 3; }\nmessage B { A a = 1; }\nmessage C { repeated A a = 1; }",
			"package a\n\n// A is one of them.\nunion A {\n    b        B = 1\n    c        C = 2\n    reserved 3\n}\n\nmessage B {\n    a A = 1\n}\n\nmessage C {\n    a []A = 1\n}\n", 0,
		},
		{
			"enums", "enum State {\n  option allow_alias = true;\n  STATE_UNSPECIFIED = 0;\n  STATE_UP_AND_RUNNING = 1; // well\n  STATE_ON = 1;\n  STATE_DOWN = -2;\n  reserved 5 to 7, -9;\n  reserved \"STATE_OLD\";\n}\nenum Bare { A = 3; }",
			"package a\n\nenum State int32 {\n    unspecified  = 0\n    upAndRunning = 1 // well\n    // TODO: on = 1 was another name of upAndRunning\n    down     = -2\n    reserved -9\n    reserved 5..7\n    reserved \"stateOld\"\n}\n\nenum Bare int32 {\n    unknown = 0 // TODO: the first value was not 0, and every enum has one here\n    a       = 3\n}\n", 2,
		},
		{
			"nested types", "message Event {\n  enum EventType { PUT = 0; }\n  message Body { message Deep {} Deep deep = 1; }\n  EventType type = 1;\n  Body body = 2;\n  Event.Body.Deep deep = 3;\n}",
			"package a\n\nenum EventType int32 {\n    put = 0\n}\n\nmessage Event {\n    type EventType      = 1\n    body EventBody?     = 2\n    deep EventBodyDeep? = 3\n}\n\nmessage EventBody {\n    deep EventBodyDeep? = 1\n}\n\nmessage EventBodyDeep {}\n", 0,
		},
		{
			"services", "import \"google/protobuf/empty.proto\";\nmessage A {}\n// S serves.\nservice S {\n  // Get gets.\n  rpc Get(A) returns (A) { option (google.api.http) = { get: \"/a\" }; option idempotency_level = IDEMPOTENT; }\n  rpc Drop(A) returns (google.protobuf.Empty);\n  rpc Watch(A) returns (stream A);\n  rpc Put(stream A) returns (A);\n  rpc Talk(stream A) returns (stream A) {}\n}",
			"package a\n\nmessage A {}\n\n// S serves.\nservice S {\n    // Get gets.\n    @idempotent\n    rpc Get(A) A = 1\n\n    rpc Drop(A) = 2\n\n    stream Watch(A) = 3 {\n        out(16) A\n    }\n\n    stream Put() A = 4 {\n        in(16) A\n    }\n\n    stream Talk() = 5 {\n        in(16)  A\n        out(16) A\n    }\n}\n", 0,
		},
		{
			"what is not there", "import \"other/far.proto\";\nmessage A { other.Far far = 1; int32 big = 70000; int32 one = 2; }",
			"package a\n\n// TODO: import \"other/far.proto\" was not found: what it declares is missing here\n\nmessage A {\n    far raw   = 1 // TODO: was other.Far, which was not found\n    big int32 = 3 // TODO: its number was 70000\n    one int32 = 2\n}\n", 3,
		},
		{
			"keywords and doubles", "message message { string message = 1; optional int32 reserved = 2; int32 foo_bar = 3; int32 fooBar = 4; repeated string optional = 5; }",
			"package a\n\nmessage Message {\n    message  string   = 1\n    reserved int32?   = 2\n    fooBar   int32    = 3\n    fooBar2  int32    = 4\n    optional []string = 5\n}\n", 0,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, marks := convert(t, tc.proto)
			want, _ := idl.Format("want.grid", []byte(tc.grid))
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if marks != tc.marks || strings.Count(got, mark) < marks {
				t.Errorf("%d marks, want %d", marks, tc.marks)
			}
		})
	}
}

// Files of one folder and package are one package; others are imported under the name
// that their package has, each under one of its own.
func TestConvertSeveral(t *testing.T) {
	texts := map[string]string{
		"api/v1/a.proto":    "syntax = \"proto3\";\npackage api.v1;\nimport \"api/v1/b.proto\";\nimport \"common/v1/c.proto\";\nimport \"other/v1/c.proto\";\nmessage A { B b = 1; common.v1.C c = 2; other.common.v1.C d = 3; .common.v1.D e = 4; }",
		"api/v1/b.proto":    "syntax = \"proto3\";\npackage api.v1;\nmessage B {}",
		"common/v1/c.proto": "package common.v1;\nmessage C {}",
		"common/v1/d.proto": "package common.v1;\nmessage D {}",
		"other/v1/c.proto":  "package other.common.v1;\nmessage C {}",
	}
	var files []*File
	for name, text := range texts {
		f, err := Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	set := NewSet(files, 1)
	for _, f := range files {
		if f.Name != "api/v1/a.proto" {
			continue
		}
		const want = "package api.v1\n\nimport (\n    \"../../common/v1/c.grid\"\n    commonv12 \"../../other/v1/c.grid\"\n)\n\nmessage A {\n    b B? = 1\n    c commonv1.C? = 2\n    d commonv12.C? = 3\n    e commonv1.D? = 4\n}\n"
		if got := set.Convert(f).Text; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// What is no .proto file is told with its line.
func TestParseFaults(t *testing.T) {
	for text, want := range map[string]string{
		"message A {\n string a = x;\n}":             "a.proto:2: expected a number, found \"x\"",
		"message A {\n string a = 1\n}":              "a.proto:3: expected \";\", found \"}\"",
		"\nmessage A {":                              "a.proto:2: expected \"}\", found \"\"",
		"syntax = \"proto4\";":                       "a.proto:1: there is no syntax \"proto4\"",
		"message A { string a = 99999999999; }":      "a.proto:1: 99999999999 is no number of 32 bits",
		"hello":                                      "a.proto:1: unexpected \"hello\"",
		"/* open":                                    "a.proto:1: an unterminated comment",
		"option a = \"open":                          "a.proto:1: an unterminated string",
		"message A { § }":                            "a.proto:1: unexpected \"\\xc2\"",
		strings.Repeat("message A {", 100):           "a.proto:1: nested more than 64 deep",
		"option (a) = " + strings.Repeat("{a:", 100): "a.proto:1: nested more than 64 deep",
		"service S { rpc A(B) }":                     "a.proto:1: expected \"returns\", found \"}\"",
		"import foo;":                                "a.proto:1: expected the path of a file, found \"foo\"",
		"message A { reserved":                       "a.proto:1: expected \";\", found \"\"",
	} {
		if _, err := Parse("a.proto", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// Whatever is a .proto file becomes a .grid file that parses.
func FuzzConvert(f *testing.F) {
	for _, text := range []string{
		"syntax = \"proto3\"; package a.b; message A { oneof x { string a = 1; } map<int32, A> m = 2; reserved 5 to max, 7; reserved \"x\"; }",
		"service S { rpc A(stream B) returns (google.protobuf.Empty) { option deprecated = true; } } enum E { A = 1; B = 1; }",
		"/** a\n * b */ message A { extensions 1 to 2; optional group G = 1 { required int64 x = 2 [default = -1]; } option (a).b = { c: 1 }; } extend A { int32 y = 9; }",
		"message _ { int32 _ = 1; int32 _1 = 2; int32 A_B = 3; int32 aB = 4; } enum __ { _A = 0; _B = 1; }",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("a.proto", []byte(text))
		if err != nil {
			return
		}
		result := NewSet([]*File{file}, 1).Convert(file)
		if _, ds := idl.Parse("a.grid", []byte(result.Text)); len(ds) > 0 {
			t.Errorf("%d: %s\n%s", ds[0].Span.Start.Line, ds[0].Message, result.Text)
		}
	})
}
