package idl

import (
	"os"
	"testing"
)

// design returns one of the two files that show the whole language.
func design(t testing.TB, name string) []byte {
	t.Helper()
	src, err := os.ReadFile("testdata/design/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestParseStorage(t *testing.T) {
	f, diags := Parse("storage.grid", design(t, "storage.grid"))
	for _, d := range diags {
		t.Errorf("%d:%d: %s [%s]", d.Span.Start.Line, d.Span.Start.Col, d.Message, d.ID)
	}
	if got := len(f.Decls); got != 16 {
		t.Errorf("%d declarations, want 16", got)
	}
}
