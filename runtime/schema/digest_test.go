package schema

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDigestSeesTheWireAndNothingElse(t *testing.T) {
	same := map[string]func(*Table){
		"nothing":         func(*Table) {},
		"message renamed": func(t *Table) { t.Shapes[0].Name = "p.Tree" },
		"field renamed":   func(t *Table) { t.Shapes[0].Fields[0].Name = "uid" },
		"handler renamed": func(t *Table) { t.Handlers[0].Name = "p.S.Fetch" },
		"value renamed":   func(t *Table) { t.Shapes[1].Values[1].Name = "online" },
		"number reserved": func(t *Table) { t.Shapes[0].Reserved = append(t.Shapes[0].Reserved, Range{20, 30}) },
		"no secret":       func(t *Table) { t.Shapes[0].Fields[5].Secret = false },
		"fields moved":    func(t *Table) { slices.Reverse(t.Shapes[0].Fields) },
		"values moved":    func(t *Table) { slices.Reverse(t.Shapes[1].Values) },
	}
	for name, edit := range same {
		table := sample()
		edit(table)
		if Digest(table) != Digest(sample()) {
			t.Errorf("%s: the digest changed", name)
		}
	}
	other := map[string]func(*Table){
		"field number":   func(t *Table) { t.Shapes[0].Fields[0].Number = 10 },
		"field type":     func(t *Table) { t.Shapes[0].Fields[0].Type.Kind = Bytes },
		"optional":       func(t *Table) { t.Shapes[0].Fields[0].Type.Optional = true },
		"limit":          func(t *Table) { t.Shapes[0].Fields[4].Limit = 65 },
		"value added":    func(t *Table) { t.Shapes[1].Values = append(t.Shapes[1].Values, Value{"x", 9}) },
		"capacity":       func(t *Table) { t.Handlers[1].InCapacity = 17 },
		"handler id":     func(t *Table) { t.Handlers[0].ID = 8 },
		"error code":     func(t *Table) { t.Handlers[0].Errors[0].Code = "p.lost" },
		"a tuple":        func(t *Table) { t.Shapes[0].Tuple = true },
		"key":            func(t *Table) { t.Shapes[4].Fields[0].Key = "v" },
		"response":       func(t *Table) { t.Handlers[0].Response = nil },
		"swapped in out": func(t *Table) { h := &t.Handlers[1]; h.In, h.Out = h.Out, h.In },
	}
	for name, edit := range other {
		table := sample()
		edit(table)
		if Digest(table) == Digest(sample()) {
			t.Errorf("%s: the digest did not change", name)
		}
	}
}

func TestSelectKeepsWhatAHandlerNeeds(t *testing.T) {
	table := sample()
	part := table.Select(func(id uint16) bool { return id == 9 })
	if err := part.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(part.Handlers) != 1 || len(part.Shapes) != 4 {
		t.Errorf("got %d handlers and %d shapes, want 1 and 4: the union is not needed", len(part.Handlers), len(part.Shapes))
	}
	h := part.Handler(9)
	if part.HandlerDigest(h) != table.HandlerDigest(table.Handler(9)) {
		t.Error("the handler means something else now")
	}
	if part.Handler(12) != nil {
		t.Error("handler 12 was not asked for")
	}
	if diff := cmp.Diff(sample(), table); diff != "" {
		t.Errorf("the original changed: %s", diff)
	}
}

func TestMergeJoinsTablesOnce(t *testing.T) {
	a, b := sample(), oneField(typ(Int64))
	all, err := Merge(a, b, a, sample())
	if err != nil {
		t.Fatal(err)
	}
	if err := all.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		from *Table
		id   uint16
	}{{a, 9}, {a, 12}, {b, 7}} {
		if all.HandlerDigest(all.Handler(want.id)) != want.from.HandlerDigest(want.from.Handler(want.id)) {
			t.Errorf("handler %d means something else now", want.id)
		}
	}
	if len(all.Handlers) != 3 {
		t.Errorf("got %d handlers, want 3", len(all.Handlers))
	}
}

func TestMergeRefusesOneIDForTwoHandlers(t *testing.T) {
	_, err := Merge(oneField(typ(Int64)), oneField(typ(String)))
	if err == nil || !strings.Contains(err.Error(), "handler id 7") {
		t.Errorf("got %v", err)
	}
}
