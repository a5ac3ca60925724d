package breaking

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// circleText is n messages of which each contains the next one, and the last the
// first, and a handler that takes them.
func circleText(n int) string {
	var b strings.Builder
	b.WriteString("package p\n\n")
	for i := range n {
		fmt.Fprintf(&b, "message A%d {\n    next A%d? = 1\n}\n", i, (i+1)%n)
	}
	b.WriteString("service S {\n    rpc Get(A0) = 1\n    rpc Put(A0) = 2\n}\n")
	return b.String()
}

// A review of what a stranger wrote ends, and says what it did not look at, where
// that is, and what to do.
func TestReviewOfCirclesEnds(t *testing.T) {
	old, now := lab.MustLoad(t, circleText(2000)), lab.MustLoad(t, circleText(2001))
	var complex []Change
	for _, c := range Compare(old, now, schema.Wire) {
		if c.Level == schema.Wire {
			complex = append(complex, c)
		}
	}
	if len(complex) != 1 || complex[0].Diagnostic.Severity != idl.SeverityError {
		t.Fatalf("got %+v, want one error", complex)
	}
	const want = "main.grid:6007:13: error: request of `S.Get`: its types meet one another in too many ways: " +
		"they are not compared to the end, and neither is what follows; make the change in smaller steps, " +
		"each compared with the one before, or compare by eye and record that with `--accept` [wire/too-complex]"
	if got := diag.OneLine(complex[0].Diagnostic); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if complex[0].Subject != "p.S.Get/request" {
		t.Errorf("the subject is %s", complex[0].Subject)
	}
}

// Below the limit every pair is compared.
func TestReviewOfSmallCirclesIsComplete(t *testing.T) {
	now := strings.Replace(circleText(101), "message A100 {\n", "message A100 {\n    more string = 2\n", 1)
	old := strings.Replace(circleText(100), "message A0 {\n", "message A0 {\n    more int64 = 2\n", 1)
	found := map[string]int{}
	for _, c := range Compare(lab.MustLoad(t, old), lab.MustLoad(t, now), schema.Wire) {
		if c.Level == schema.Wire {
			found[c.ID]++
		}
	}
	// The field meets 100 messages without it and one with another type.
	if found["wire/field-type-changed"] != 1 || found[TooComplex] != 0 {
		t.Errorf("got %v", found)
	}
}

// What happens to each of very many members is found and placed in a time that
// grows with their number: its square would be minutes.
func TestReviewOfManyChanges(t *testing.T) {
	const n = 10_000
	block := func(head, line string) string {
		var b strings.Builder
		b.WriteString(head + " {\n")
		for i := range n {
			fmt.Fprintf(&b, line+"\n", i, i+1)
		}
		return b.String() + "}\n"
	}
	for name, tc := range map[string]struct {
		old, new, id string
	}{
		"types":    {block("message A", "f%d int64 = %d"), block("message A", "f%d string = %d"), "wire/field-type-changed"},
		"names":    {block("message A", "f%d int64 = %d"), block("message A", "g%d int64 = %d"), "source/field-renamed"},
		"go types": {block("message A", "f%d int64 = %d"), block("message A", "f%d duration = %d"), "source/field-type-changed"},
		"handlers": {block("service S", "rpc A%d() = %d"), block("service S", "rpc B%d() = %d"), "source/handler-renamed"},
		"values":   {block("enum E int32", "v%d = %d"), block("enum E int32", "w%d = %d"), "source/enum-value-renamed"},
	} {
		t.Run(name, func(t *testing.T) {
			fix := strings.NewReplacer("enum E int32 {\n", "enum E int32 {\nzero = 0\n")
			changes := Compare(lab.MustLoad(t, "package p\n\n"+fix.Replace(tc.old)), lab.MustLoad(t, "package p\n\n"+fix.Replace(tc.new)), schema.Wire)
			if len(changes) != n || changes[0].ID != tc.id || changes[n-1].ID != tc.id {
				t.Fatalf("%d changes, want %d %s", len(changes), n, tc.id)
			}
			if last := changes[n-1].Diagnostic.Span.Start.Line; last < n {
				t.Errorf("the last one is shown in line %d", last)
			}
		})
	}
}
