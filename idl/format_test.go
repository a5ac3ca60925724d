package idl

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestFormatDesign checks the two files whose form is the canonical one.
func TestFormatDesign(t *testing.T) {
	for _, name := range []string{"storage.grid", "common.grid"} {
		src := design(t, name)
		if out, _ := Format(name, src); string(out) != string(src) {
			t.Errorf("%s changed:\n%s", name, unified(src, out))
		}
	}
}

// TestFormatGolden formats the `in` of each archive and compares with its `out`.
func TestFormatGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, want := ar.Files[0].Data, ar.Files[1].Data
			if out, _ := Format("in.grid", in); string(out) != string(want) {
				t.Errorf("%s", unified(want, out))
			}
			checkFormat(t, in)
		})
	}
}

// TestFormatSpecial covers what no archive can hold.
func TestFormatSpecial(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"only comments", "// a\n\n\n  // b", "// a\n\n// b\n"},
		{"byte order mark", "\ufeffpackage p", "package p\n"},
		{"line ends of Windows", "package p\r\n\r\n// c\r\nmessage A {\r\n  a string=1 // x\r\n}\r\n", "package p\n\n// c\nmessage A {\n    a string = 1 // x\n}\n"},
		{"doubled carriage returns", "package p\r\r\nmessage A\r\r\n", "package p\n\nmessage A\n"},
		{"white space at line ends", "package p \t\n// c \t\n", "package p\n\n// c\n"},
		{"UTF-16", "\xff\xfep\x00", "\xff\xfep\x00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if out, _ := Format("in.grid", []byte(tt.in)); string(out) != tt.want {
				t.Errorf("got %q, want %q", out, tt.want)
			}
		})
	}
}
