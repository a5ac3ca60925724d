package promises_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
)

// units are those that documents give defaults in; "" is a plain number.
var units = map[string]int64{
	"": 1, "KiB": 1 << 10, "MiB": 1 << 20,
	"ms": int64(time.Millisecond), "s": int64(time.Second), "minutes": int64(time.Minute),
}

// inUnits is the value of a default as a document has it: "32 MiB", "1,024", "5 s".
func inUnits(t *testing.T, text string) int64 {
	t.Helper()
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(strings.ReplaceAll(number, ",", ""), 10, 64)
	if err != nil || units[unit] == 0 {
		t.Fatalf("%q is no default: %v", text, err)
	}
	return n * units[unit]
}

// wantDefaults compares the defaults that a document has for the fields of Limits with
// the real ones.
func wantDefaults(t *testing.T, document string, said map[string]string) {
	t.Helper()
	limits := reflect.ValueOf(grid.DefaultLimits())
	for _, f := range reflect.VisibleFields(limits.Type()) {
		text, ok := said[f.Name]
		if !ok {
			t.Errorf("%s does not say the default of Limits.%s", document, f.Name)
			continue
		}
		if want := limits.FieldByIndex(f.Index).Int(); inUnits(t, text) != want {
			t.Errorf("%s says that Limits.%s is %s by default; it is %d", document, f.Name, text, want)
		}
		delete(said, f.Name)
	}
	for name := range said {
		t.Errorf("%s has a default for %s, which is no field of Limits", document, name)
	}
}

// The comment of each limit begins with its default.
func TestGoDocHasTheDefaults(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "limits.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Limits" {
			return true
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			said[f.Names[0].Name], _, _ = strings.Cut(f.Comment.Text(), ":")
		}
		return false
	})
	wantDefaults(t, "limits.go", said)
}

// limitRow is a line of the guide's table of limits: name, default, what it bounds.
var limitRow = regexp.MustCompile("(?m)^\\| `Limits\\.(\\w+)` \\| ([^|]+) \\| [^|]+ \\|$")

func TestTheGuideHasTheDefaults(t *testing.T) {
	said := make(map[string]string)
	for _, m := range limitRow.FindAllStringSubmatch(document(t, "guide.md"), -1) {
		said[m[1]] = m[2]
	}
	wantDefaults(t, "docs/guide.md", said)
}

// Where Options are nil or zero, the guide says what holds, of each field.
func TestTheGuideHasAllOptions(t *testing.T) {
	guide := document(t, "guide.md")
	for _, f := range reflect.VisibleFields(reflect.TypeFor[grid.Options]()) {
		if !strings.Contains(guide, "| `"+f.Name+"` |") {
			t.Errorf("docs/guide.md has no row for Options.%s", f.Name)
		}
	}
	for _, row := range []string{"| `Path` | `" + grid.DefaultPath + "` |", "| `PeerGrace` | 5 minutes |"} {
		if !strings.Contains(guide, row) {
			t.Errorf("docs/guide.md has no row that begins %s", row)
		}
	}
	if grid.DefaultPeerGrace != 5*time.Minute {
		t.Error("the guide and the comments say that PeerGrace is 5 minutes by default")
	}
}
