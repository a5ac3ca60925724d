package proof

import (
	"errors"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	"github.com/gridrpc/gridc/runtime/codec"
)

func TestUnionKinds(t *testing.T) {
	number, empty := uint32(0), ""
	for _, x := range []struct {
		v    proof.Choice
		want proof.ChoiceKind
	}{
		{proof.Choice{}, proof.ChoiceUnset},
		{proof.Choice{Part: &parts.Part{}}, proof.ChoicePart},
		{proof.Choice{Number: &number}, proof.ChoiceNumber},
		{proof.Choice{Text: &empty}, proof.ChoiceText},
		{proof.Choice{Data: []byte{}}, proof.ChoiceData},
		{proof.Choice{List: []string{}}, proof.ChoiceList},
		{proof.Choice{Table: map[string]int64{}}, proof.ChoiceTable},
	} {
		got := proof.NewChoice()
		decode(t, got, encode(t, &x.v))
		if got.Which() != x.want {
			t.Errorf("%d became %d", x.want, got.Which())
		}
	}
}

// A variant of a newer peer is seen as unknown, and never written as nothing.
func TestUnknownVariant(t *testing.T) {
	for name, b := range map[string][]byte{
		"number": {0x81, 0x63, 0x92, 1, 2}, "zero": {0x81, 0, 1}, "negative": {0x81, 0xff, 1},
		"text": {0x81, 0xa1, 'x', 1}, "too large": {0x81, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255, 1},
		"its low bits are known": {0x81, 0xcf, 0, 0, 0, 1, 0, 0, 0, 1, 1},
	} {
		v := proof.NewChoice()
		decode(t, v, b)
		if v.Which() != proof.ChoiceUnknown {
			t.Errorf("%s: kind %d", name, v.Which())
		}
		if _, err := v.MarshalMsg(nil); !errors.Is(err, codec.ErrVariant) {
			t.Errorf("%s: written again: %v", name, err)
		}
		flag := true
		v.Flag = &flag
		decode(t, v, encode(t, v))
		if v.Which() != proof.ChoiceFlag {
			t.Errorf("%s: set again, it is %d", name, v.Which())
		}
	}
}

func TestTwoVariants(t *testing.T) {
	number := uint32(1)
	v := &proof.Choice{Number: &number, Part: &parts.Part{}}
	if _, err := v.MarshalMsg(nil); !errors.Is(err, codec.ErrVariant) {
		t.Errorf("encode: %v", err)
	}
	if _, err := v.UnmarshalMsg([]byte{0x82, 2, 1, 3, 0xa0}); !errors.Is(err, codec.ErrVariant) {
		t.Errorf("decode: %v", err)
	}
}
