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
		{proof.Choice{Idle: true}, proof.ChoiceIdle},
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
		"too large":              {0x81, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255, 1},
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

// A variant without a value is an empty message on the wire: one that gets fields later
// is still read, as is one that had some. Anything else is not.
func TestVariantWithoutValue(t *testing.T) {
	v := proof.Choice{Idle: true}
	if got := encode(t, &v); string(got) != "\x81\xcd\x01\x2d\x80" {
		t.Errorf("written as %x", got)
	}
	if got := v.String(); got != "Choice{Idle: true}" || v.Which().String() != "idle" {
		t.Errorf("%s is %v", got, v.Which())
	}
	for name, x := range map[string]struct {
		b    string
		want proof.ChoiceKind
		err  bool
	}{
		"empty": {"\x80", proof.ChoiceIdle, false}, "long header": {"\xde\x00\x00", proof.ChoiceIdle, false},
		"with fields": {"\x82\x01\xa1x\x02\x91\x03", proof.ChoiceIdle, false}, "with a text key": {"\x81\xa1x\x01", proof.ChoiceIdle, false},
		"nil, which is no variant": {"\xc0", proof.ChoiceUnset, false},
		"a number":                 {"\x01", 0, true}, "a bool": {"\xc3", 0, true}, "a list": {"\x90", 0, true},
		"cut": {"\x81\x01", 0, true},
	} {
		got := proof.Choice{Idle: true}
		_, err := got.UnmarshalMsg([]byte("\x81\xcd\x01\x2d" + x.b))
		if (err != nil) != x.err || err == nil && got.Which() != x.want {
			t.Errorf("%s: %v, %v", name, got.Which(), err)
		}
	}
	text := "x"
	if _, err := (&proof.Choice{Idle: true, Text: &text}).MarshalMsg(nil); !errors.Is(err, codec.ErrVariant) {
		t.Errorf("beside another variant: %v", err)
	}
}

// A variant may be called as anything that is generated for a union: its constant has
// `Kind` in its name, and its field `Value` behind it.
func TestVariantNames(t *testing.T) {
	text := ""
	for _, x := range []struct {
		v    proof.Link
		want proof.LinkKind
		name string
	}{
		{proof.Link{}, proof.LinkUnset, "unset"},
		{proof.Link{Event: &proof.LinkEvent{}}, proof.LinkKindEvent, "event"},
		{proof.Link{Events: []proof.LinkEvents{}}, proof.LinkKindEvents, "events"},
		{proof.Link{Unknown: true}, proof.LinkKindUnknown, "unknown"},
		{proof.Link{Unset: true}, proof.LinkKindUnset, "unset"},
		{proof.Link{Kind: &text}, proof.LinkKindKind, "kind"},
		{proof.Link{WhichValue: true}, proof.LinkWhichValue, "which"},
		{proof.Link{ResetValue: &proof.LinkEvent{}}, proof.LinkResetValue, "reset"},
	} {
		got := proof.NewLink()
		decode(t, got, encode(t, &x.v))
		if got.Which() != x.want || got.Which().String() != x.name {
			t.Errorf("%s: %v", x.name, got.Which())
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
