package breaking

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gridrpc/gridc/compiler/check"
	"github.com/gridrpc/gridc/compiler/diag"
	"github.com/gridrpc/gridc/compiler/internal/lab"
	"github.com/gridrpc/gridc/compiler/ir"
	"github.com/gridrpc/gridc/idl"
	"github.com/gridrpc/gridc/runtime/schema"
)

// revisions loads both revisions of an example: the older one is in the folder
// old.
func revisions(t testing.TB, example diag.Example) (files lab.Memory, old, new *ir.Schema) {
	t.Helper()
	files = lab.Memory{}
	before, after := lab.Memory{}, lab.Memory{}
	for _, f := range example {
		files[f.Name] = f.Text
		if name, ok := strings.CutPrefix(f.Name, "old/"); ok {
			before[name] = f.Text
		} else {
			after[f.Name] = f.Text
		}
	}
	return files, loadAll(t, before), loadAll(t, after)
}

func loadAll(t testing.TB, files lab.Memory) *ir.Schema {
	t.Helper()
	s, ds, err := check.Load(files.Options(), ".")
	if err != nil || s == nil {
		t.Fatalf("%v\n%s", err, lab.OneLines(ds))
	}
	return s
}

// reviewed is everything that a review with a limit says about an example.
func reviewed(t *testing.T, example diag.Example, limit int) []*idl.Diagnostic {
	t.Helper()
	files, old, new := revisions(t, example)
	allowed, ds, err := ReadAllowed(files.Options(), old, new)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range allowed.Remaining(compareUpTo(old, new, schema.Wire, limit)) {
		ds = append(ds, c.Diagnostic)
	}
	return append(ds, allowed.Stale()...)
}

// A wrong example gives its id and no other, at a place in the new files; a
// right one gives nothing, unless reservedPasses says what.
func TestExamplesOfBreaking(t *testing.T) {
	for _, code := range diag.ChangeCodes() {
		t.Run(code.ID, func(t *testing.T) {
			limit := limits[code.ID]
			ds := reviewed(t, code.Wrong, limit)
			if !slices.ContainsFunc(ds, func(d *idl.Diagnostic) bool { return d.ID == code.ID }) {
				t.Error("the wrong example is sound")
			}
			for _, d := range ds {
				if d.ID != code.ID && d.ID != besides[code.ID] {
					t.Errorf("the wrong example gives another id: %s", diag.OneLine(d))
				}
				checkPlace(t, code.Wrong, d)
			}
			var passes []string
			for _, d := range reviewed(t, code.Right, limit) {
				if d.Severity == idl.SeverityError {
					t.Errorf("the right example fails: %s", diag.OneLine(d))
				}
				passes = append(passes, d.ID)
			}
			if got := strings.Join(passes, " "); got != reservedPasses[code.ID] {
				t.Errorf("the right example is reported as %q, want %q", got, reservedPasses[code.ID])
			}
		})
	}
}

// limits are for rules that no example of readable size would break; besides is
// what their examples give too.
var (
	limits  = map[string]int{TooComplex: 12}
	besides = map[string]string{TooComplex: "source/field-type-changed"}
)

// reservedPasses are the rules whose right example is the deletion itself, with
// its number reserved: that passes, as what it is for code or for an upgrade.
var reservedPasses = map[string]string{
	"wire/enum-value-deleted": "source/enum-value-deleted",
	"wire/field-deleted":      "source/field-deleted",
	"wire/handler-deleted":    "source/handler-deleted",
	"wire/handler-id-changed": "rollout/handler-added",
	"wire/variant-deleted":    "source/variant-deleted",
}

// checkPlace checks that a diagnostic points into a file that is there now.
func checkPlace(t *testing.T, example diag.Example, d *idl.Diagnostic) {
	t.Helper()
	for _, f := range example {
		if f.Name == d.Span.File && d.Span.Start.Offset <= d.Span.End.Offset && d.Span.End.Offset <= len(f.Text) && d.Span.Start.Line > 0 {
			return
		}
	}
	t.Errorf("%s is not in the new files: %+v", diag.OneLine(d), d.Span)
}

func TestBreakingCodesAreListedInOrder(t *testing.T) {
	listed := diag.ChangeCodes()
	byFamily := func(a, b diag.Code) int {
		return strings.Compare(diag.Family(a.ID)+" "+a.ID, diag.Family(b.ID)+" "+b.ID)
	}
	if !slices.IsSortedFunc(listed, byFamily) {
		t.Error("codes_breaking.txt is not in order")
	}
}

// changeID finds the ids of changes where they are written down.
var changeID = regexp.MustCompile(`"((?:wire|rollout|source|behavior)/[a-z-]+)"`)

func TestEveryChangeIsExplained(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range append(files, "../../runtime/schema/verdict.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range changeID.FindAllStringSubmatch(lab.ReadTestFile(t, file), -1) {
			found[m[1]] = true
		}
	}
	for id := range found {
		if _, _, ok := diag.Explain(id); !ok {
			t.Errorf("%s is not explained in codes_breaking.txt", id)
		}
	}
	for _, code := range diag.ChangeCodes() {
		if IsRule(code.ID) && !found[code.ID] {
			t.Errorf("%s is explained, and nothing reports it", code.ID)
		}
	}
}

// The order of upgrades follows from who reads: servers requests, clients
// responses, and of a type by itself nobody knows.
func TestRolloutNamesTheOrder(t *testing.T) {
	const enum = "package p\n\nenum E uint8 {\n    zero = 0\n}\nmessage A {\n    e E = 1\n}\n"
	for service, want := range map[string]string{
		"service S {\n    rpc Put(A) = 1\n}\n":                         "servers are upgraded before their clients",
		"service S {\n    rpc Get() A = 1\n}\n":                        "clients are upgraded before their servers",
		"service S {\n    rpc Do(A) A = 1\n}\n":                        "no order of upgrades is safe",
		"service S {\n    stream Do() = 1 {\n        in A\n    }\n}\n": "servers are upgraded before their clients",
		"": "all readers are upgraded before any writer",
	} {
		old := lab.MustLoad(t, enum+service)
		new := lab.MustLoad(t, strings.Replace(enum, "zero = 0", "zero = 0\n    more = 1", 1)+service)
		changes := Compare(old, new, schema.Wire)
		if len(changes) != 1 || !strings.Contains(changes[0].Diagnostic.Help, want) {
			t.Errorf("%q: got %+v, want one change that says %q", service, changes, want)
		}
	}
}

// What one change does to many handlers is said once.
func TestOneCauseIsOneChange(t *testing.T) {
	const text = `package p

message A {
    size uint64 = 1
}
error Gone = "p.gone" {
    a A = 1
}
service S {
    subroute disk
    rpc Get(A) A = 1 {
        errors Gone
    }
    rpc Put(A) A = 2 {
        errors Gone
    }
}
`
	for edit, want := range map[[2]string]string{
		{"size uint64", "size string"}:         "wire/field-type-changed p.A.1",
		{"subroute disk", `subroute "disk"`}:   "wire/subroute-changed p.S",
		{`"p.gone"`, `"p.lost"`}:               "wire/error-code-changed p.Gone",
		{"message A", "@limit(10)\nmessage A"}: "rollout/limit-tightened p.A",
	} {
		changes := Compare(lab.MustLoad(t, text), lab.MustLoad(t, strings.Replace(text, edit[0], edit[1], 1)), schema.Wire)
		var got []string
		for _, c := range changes {
			got = append(got, c.ID+" "+c.Subject)
		}
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s → %s: got %q, want %s", edit[0], edit[1], got, want)
		}
	}
}

func TestLevelsDecideWhatFails(t *testing.T) {
	old := lab.MustLoad(t, "package p\n\nmessage A {\n    a int32 = 1\n    b bool = 2\n    c bool = 3\n}\nservice S {\n    rpc Put(A) = 1\n}\n")
	new := lab.MustLoad(t, "package p\n\nmessage A {\n    a int64 = 1\n    x bool = 2\n}\nservice S {\n    @reuse\n    rpc Put(A) = 1\n}\n")
	ids := []string{"wire/field-deleted", "rollout/int-widened", "source/field-renamed", "behavior/reuse-changed"}
	for level, failing := range map[Level]int{schema.Wire: 1, schema.Rollout: 2, schema.Source: 3} {
		severities := map[string]idl.Severity{}
		for _, c := range Compare(old, new, level) {
			severities[c.ID] = c.Diagnostic.Severity
		}
		for i, id := range ids {
			want := idl.SeverityWarning
			if i < failing {
				want = idl.SeverityError
			} else if i == 3 {
				want = idl.SeverityNote
			}
			if severities[id] != want {
				t.Errorf("level %d: %s is %v, want %v", level, id, severities[id], want)
			}
		}
	}
}
