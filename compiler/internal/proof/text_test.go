package proof

import (
	"fmt"
	"strings"
	"testing"
	gotime "time"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
)

// What `%v` shows of generated types is what they hold: no address, and names for
// what has one.
func TestText(t *testing.T) {
	number, text, flag := int32(0), "a \"b\"", true
	for _, tc := range []struct {
		v    any
		want string
	}{
		{proof.Empty{}, "Empty{}"},
		{&proof.Ten{Volume: "v", State: proof.ColorRed, Took: gotime.Second}, `Ten{Volume: "v", State: red, Took: 1s}`},
		{proof.Ten{ModTime: gotime.Unix(1, 0).UTC()}, `Ten{ModTime: 1970-01-01T00:00:01Z}`},
		{proof.Optionals{S: &text, Part: &parts.Part{Number: 3}}, `Optionals{S: "a \"b\"", Part: {Number: 3}}`},
		{proof.Optionals{B: &flag, Bin: []byte{}}, `Optionals{B: true, Bin: ""}`},
		{proof.Choice{}, "Choice{}"},
		{&proof.Choice{Part: &parts.Part{Etag: "e"}}, `Choice{Part: {Etag: "e"}}`},
		{proof.Choice{List: []string{}}, "Choice{List: []}"},
		{proof.Choice{Table: map[string]int64{"b": 2, "a": 1}}, `Choice{Table: {"a": 1, "b": 2}}`},
		{[]proof.Choice{{Number: new(uint32)}}, "[Choice{Number: 0}]"},
		{[]*parts.Inner{{Y: "y"}, nil}, `[Inner{Y: "y"} <nil>]`},
		{(*proof.Ten)(nil), "<nil>"},
		{proof.ChoiceUnset, "unset"},
		{proof.ChoiceUnknown, "unknown"},
		{proof.ChoicePart, "part"},
		{proof.ChoiceFlag, "flag"},
		{proof.ChoiceKind(99), "kind(99)"},
		{proof.Value{String: &text}, `Value{String: "a \"b\""}`},
		{proof.Value{Values: &proof.Values{Format: "f"}}, `Value{Values: {Format: "f"}}`},
		{parts.Text{Count: &number}, "Text{Count: 0}"},
	} {
		for _, verb := range []string{"%v", "%+v", "%s"} {
			if got := fmt.Sprintf(verb, tc.v); got != tc.want {
				t.Errorf("%s of %T: got %s, want %s", verb, tc.v, got, tc.want)
			}
		}
	}
}

// An unknown variant is seen by its number.
func TestTextOfUnknownVariant(t *testing.T) {
	v := proof.NewChoice()
	decode(t, v, []byte{0x81, 99, 1})
	if got := fmt.Sprint(v); got != "Choice{unknown: 99}" {
		t.Errorf("got %s", got)
	}
}

// A value that contains itself has an end, along a chain as well as in a tree
// that doubles with every level, and so has one that is merely large.
func TestTextEnds(t *testing.T) {
	chain := &proof.Tree{}
	chain.Left = chain
	wide := &proof.Tree{Children: make([]proof.Tree, 2)}
	wide.Children[0].Children, wide.Children[1].Children = wide.Children, wide.Children
	byName := &proof.Tree{ByName: map[string]proof.Tree{}}
	byName.ByName["a"], byName.ByName["b"] = *byName, *byName
	long := &proof.Ten{Volume: strings.Repeat("ä", 1<<20), Etag: "behind"}
	many := &proof.Lists{Ints: make([]int64, 65_536), Strings: []string{"behind"}}
	for name, v := range map[string]any{"chain": chain, "wide": wide, "by name": byName, "long": long, "many": many} {
		got := fmt.Sprint(v)
		if len(got) > 9<<10 || !strings.Contains(got, "…") {
			t.Errorf("%s: %d bytes, %.200s", name, len(got), got)
		}
	}
	if got := fmt.Sprint(long); !strings.HasSuffix(got, `ä"… (2097152 bytes), Etag: "behind"}`) {
		t.Errorf("the field behind a long one is lost: %s", got[len(got)-80:])
	}
}
