package tsgen

import (
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/internal/lab"
)

// Archives in testdata hold .grid files and what is generated for main.grid and its imports: JavaScript
// where the name of the archive says so. -update rewrites the latter.
func TestGolden(t *testing.T) {
	for _, file := range lab.TestFiles(t, "*.txtar") {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive := txtar.Parse([]byte(lab.ReadTestFile(t, file)))
			got := generated(t, archive, Options{JavaScript: name == "javascript"})
			if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(got))); diff != "" && !*lab.Update {
				t.Errorf("(-want +got):\n%s", diff)
			} else if diff != "" {
				lab.Rewrite(t, file, string(txtar.Format(got)))
			}
		})
	}
}

// generated is an archive with its .grid files and what they become.
func generated(t *testing.T, archive *txtar.Archive, opts Options) *txtar.Archive {
	t.Helper()
	got, files := &txtar.Archive{Comment: archive.Comment}, lab.Memory{}
	for _, f := range archive.Files {
		if path.Ext(f.Name) == ".grid" {
			got.Files = append(got.Files, f)
			files[f.Name] = string(f.Data)
		}
	}
	s, ds, err := check.Load(files.Options(), "main.grid")
	if err != nil || s == nil {
		t.Fatalf("Load: %v\n%s", err, lab.OneLines(ds))
	}
	outputs, err := Generate(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		got.Files = append(got.Files, txtar.File{Name: o.Path, Data: o.Content})
	}
	return got
}

// JavaScript is TypeScript without what is marked, and no mark stays.
func TestMarks(t *testing.T) {
	text := "const a" + typed(": "+typed("number")+" | string") + " = 1" + typed(" as const") + ";"
	if got, want := withTypes(text), "const a: number | string = 1 as const;"; got != want {
		t.Errorf("with types: %q, want %q", got, want)
	}
	if got, want := withoutTypes(text), "const a = 1;"; got != want {
		t.Errorf("without types: %q, want %q", got, want)
	}
}

func TestCamel(t *testing.T) {
	for name, want := range map[string]string{
		"disk_id": "diskId", "DiskInfo": "diskInfo", "HTTPStatus": "httpStatus", "ID": "id", "URLs": "urls", "a__b": "aB",
		"_1": "_1", "__proto__": "proto", "x": "x", "Get2": "get2", "SCREAMING_CASE": "screamingCASE",
	} {
		if got := camel(name); got != want {
			t.Errorf("camel(%q) = %q, want %q", name, got, want)
		}
	}
}

// Names that would be the same stay as they are written.
func TestMemberNames(t *testing.T) {
	got := memberNames([]string{"disk_id", "diskId", "name", "kind"}, "kind")
	if d := cmp.Diff([]string{"disk_id", "diskId", "name", "kindValue"}, got); d != "" {
		t.Error(d)
	}
}

func TestQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"it's \\":        `'it\'s \\'`,
		"a\nb\tc":        `'a\nb\tc'`,
		"\u2028\u202e":   `'\u{2028}\u{202e}'`,
		"</script>${x}`": "'</script>${x}`'",
		"\x01\x02":       `'\u{1}\u{2}'`,
	} {
		if got := quoted(text); got != want {
			t.Errorf("quoted(%q) = %s, want %s", text, got, want)
		}
	}
}

// Nothing in a comment ends it, or speaks to a tool.
func TestDocComment(t *testing.T) {
	for text, want := range map[string]string{
		"ends */ here": "/** ends * / here */\n",
		"ends *":       "/** ends  * */\n",
		"@ts-nocheck":  "/** @ ts-nocheck */\n",
		"a\x02b\nc":    "/** ab c */\n",
	} {
		if got := docComment("", []string{text}); got != want {
			t.Errorf("docComment(%q) = %q, want %q", text, got, want)
		}
	}
}
