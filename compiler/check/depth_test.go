package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/runtime/codec"
)

func TestDepthIsThatOfTheCodec(t *testing.T) {
	if check.MaxDepth != codec.MaxDepth {
		t.Errorf("the compiler knows a depth of %d, the codec of %d", check.MaxDepth, codec.MaxDepth)
	}
}

// chainOf is a chain of n messages, the last of which holds the type.
func chainOf(n int, last string) string {
	var b strings.Builder
	b.WriteString("package p\n\n")
	for i := range n - 1 {
		fmt.Fprintf(&b, "message M%d { next M%d = 1 }\n", i, i+1)
	}
	fmt.Fprintf(&b, "message M%d { x %s = 1 }\n", n-1, last)
	return b.String()
}

// What could never be sent because it stands too deep is refused, once, at the
// type that is the first too deep; what can be sent is not.
func TestTooDeep(t *testing.T) {
	for name, x := range map[string]struct{ text, want string }{
		"as deep as allowed":   {chainOf(64, "bool"), ""},
		"a message too deep":   {chainOf(65, "bool"), "main.grid:3:19: error: message `M0` is nested 65 levels deep (M1 → M2 → … → M63 → M64), and a value may have 64"},
		"far too deep":         {chainOf(70, "bool"), "main.grid:8:19: error: message `M5` is nested 65 levels deep"},
		"a list too deep":      {chainOf(64, "[]bool"), "message `M0` is nested 65 levels"},
		"maps of lists":        {chainOf(60, "map[string][]map[int8][][]bool"), "message `M0` is nested 65 levels"},
		"a list that fits":     {chainOf(62, "[][]bool"), ""},
		"optional counts":      {chainOf(64, "End?") + "message End { }\n", "message `M0` is nested 65 levels"},
		"a union counts":       {chainOf(64, "U") + "union U { b bool = 1 }\n", "message `M0` is nested 65 levels"},
		"an error counts":      {chainOf(64, "bool") + "error Gone = \"p.gone\" { m M0 = 1 }\n", "error `Gone` is nested 65 levels deep"},
		"a union too deep":     {chainOf(64, "bool") + "union U { m M0 = 1 }\n", "union `U` is nested 65 levels"},
		"itself counts once":   {chainOf(63, "Tree") + "message Tree { left Tree?  = 1 }\n", ""},
		"itself and one more":  {chainOf(64, "Tree") + "message Tree { left Tree?  = 1 }\n", "message `M0` is nested 65 levels"},
		"raw holds the rest":   {chainOf(64, "raw"), ""},
		"two ways, one report": {chainOf(64, "bool") + "message Two { a M1 = 1\n b M0 = 2\n c M1 = 3 }\n", "message `Two` is nested 65 levels deep (M0 → "},
	} {
		_, ds := lab.LoadText(t, x.text)
		got := lab.OneLines(ds)
		if x.want == "" && got != "" || !strings.Contains(got, x.want) || strings.Count(got, "[type-too-deep]") > 1 {
			t.Errorf("%s: got\n%s\nwant %q", name, got, x.want)
		}
	}
}

// A chain that goes through imports is reported in the file that makes it too deep.
func TestTooDeepAcrossFiles(t *testing.T) {
	files := lab.Memory{
		"parts.grid": strings.Replace(chainOf(64, "bool"), "package p", "package parts", 1),
		"main.grid":  "package p\n\nimport \"parts.grid\"\n\nmessage A { m parts.M0 = 1 }\nmessage B { a A = 1 }\n",
	}
	_, ds, err := check.Load(files.Options(), "main.grid")
	if got := lab.OneLines(ds); err != nil || !strings.HasPrefix(got, "main.grid:5:15: error: message `A` is nested 65 levels deep (parts.M0 → parts.M1 → … → parts.M62 → parts.M63)") || len(ds) != 1 {
		t.Errorf("%v\n%s", err, got)
	}
}
