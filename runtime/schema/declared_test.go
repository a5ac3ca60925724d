package schema

import (
	"slices"
	"testing"
)

func TestDeclaredTypeByItself(t *testing.T) {
	changed := sample()
	changed.Shapes[0].Name = "p.Renamed"
	changed.Shapes[1].Values = append(changed.Shapes[1].Values, Value{"x", 7})
	j := NewReview(sample(), changed)
	v := j.Declared(0, 0)
	expectOnly(t, v, EnumValueAdded)
	if got := v[0].SafeOrder(); got != ReadersFirst {
		t.Errorf("order %v, want readers first", got)
	}
	if v[0].Shape != "p.State" || v[0].Now != "p.State" || v[0].Member != "7" {
		t.Errorf("the finding is about %s, now %s, member %s", v[0].Shape, v[0].Now, v[0].Member)
	}
	if got := j.Compared(); !slices.Contains(got, [2]int{0, 0}) || !slices.Contains(got, [2]int{1, 1}) || slices.Contains(got, [2]int{4, 4}) {
		t.Errorf("compared %v, want the message and the enum in it", got)
	}
	expectOnly(t, j.Declared(0, 2), MessageUnionChanged)
}

func TestOrderOfDeclared(t *testing.T) {
	for bad, want := range map[Direction]Order{0: AnyOrder, OldReadsNew: ReadersFirst, NewReadsOld: WritersFirst, BothWays: NoOrder} {
		if got := (&Finding{Slot: Declared, Risks: bad}).SafeOrder(); got != want {
			t.Errorf("bad %v: order %v, want %v", bad, got, want)
		}
	}
}
