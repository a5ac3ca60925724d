package proof

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	"github.com/gridrpc/gridc/runtime/codec"
)

// unknowns are entries that no message here has, with keys and values of every
// sort.
var unknowns = [][]byte{
	{0x7e, 1}, {0xcc, 0xfe, 0xc3}, {0xff, 0xa1, 'x'}, {0xa1, '?', 0x92, 1, 0x81, 2, 3}, {0xc0, 0xc0}, {0xc3, 0xc4, 1, 7},
	{0xcb, 0, 0, 0, 0, 0, 0, 0, 0, 0xd6, 0xff, 0, 0, 0, 0}, {0xc7, 2, 9, 1, 2, 0xd8, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
	{0x91, 0x90, 0x80}, {0xd9, 1, 'q', 0xdb, 0, 0, 0, 1, 'x'},
}

// Unknown keys are skipped, wherever they stand.
func TestUnknownKeys(t *testing.T) {
	for _, k := range kinds {
		v := random(k, 5)
		switch v.(type) {
		case *proof.Limited, *forms.Tight: // few bytes, with what is unknown
			continue
		}
		if isUnion(reflect.TypeOf(v).Elem()) || isTuple(v) || keepsUnknown(reflect.TypeOf(v).Elem()) {
			continue
		}
		n, entries, err := msgp.ReadMapHeaderBytes(encode(t, v))
		if err != nil {
			t.Fatal(err)
		}
		all := bytes.Join(unknowns, nil)
		b := msgp.AppendMapHeader(nil, n+2*uint32(len(unknowns)))
		b = append(append(append(b, all...), entries...), all...)
		got := k.make()
		decode(t, got, b)
		checkEqual(t, k.name, v, got)
	}
}

// A message of which no key is of the sort that its fields have was written by somebody
// who cannot write such keys, or has another schema: it is not taken for an empty one.
func TestKeysOfAnotherSort(t *testing.T) {
	const texts, numbers = "all of its keys are texts, and fields have numbers here", "all of its keys are numbers, and fields have texts for keys here"
	for name, x := range map[string]struct {
		v    message
		wire []byte
		want string // "" is no error
	}{
		"objects of JavaScript":       {proof.NewTen(), []byte{0x82, 0xa1, '1', 0xa1, 'v', 0xa1, '2', 0xa0}, "decode proof.Ten: malformed: " + texts},
		"hashes of Perl":              {proof.NewTen(), []byte{0x81, 0xc4, 1, '1', 0xa1, 'v'}, "decode proof.Ten: malformed: " + texts},
		"in a long header":            {proof.NewTen(), []byte{0xde, 0, 1, 0xa1, '1', 0xa1, 'v'}, "decode proof.Ten: malformed: " + texts},
		"inside":                      {proof.NewNested(), []byte{0x81, 3, 0x81, 0xa1, '1', 1}, "decode proof.Nested: parts.Part: malformed: " + texts},
		"as a variant":                {proof.NewChoice(), []byte{0x81, 0xa1, '2', 1}, "decode proof.Choice: malformed: " + texts},
		"beside a number":             {proof.NewTen(), []byte{0x82, 0xa1, '1', 0xa1, 'v', 2, 0xa1, 'n'}, ""},
		"behind an empty message":     {proof.NewNested(), []byte{0x82, 3, 0x80, 0xa1, '1', 1}, ""},
		"behind a nil message":        {proof.NewNested(), []byte{0x82, 3, 0xc0, 0xa1, '1', 1}, ""},
		"in a message without fields": {proof.NewEmpty(), []byte{0x81, 0xa1, '1', 1}, ""},
		"no key at all":               {proof.NewTen(), []byte{0x80}, ""},
		"a list for a key":            {proof.NewTen(), []byte{0x82, 0xa1, '1', 1, 0x90, 1}, ""},
		"numbers for texts":           {parts.NewInner(), []byte{0x82, 1, 1, 2, 0xa0}, "decode parts.Inner: malformed: " + numbers},
		"floats for texts":            {parts.NewInner(), append(msgp.AppendFloat64([]byte{0x81}, 1), 1), "decode parts.Inner: malformed: " + numbers},
		"numbers beside a text":       {parts.NewInner(), []byte{0x82, 1, 1, 0xa1, 'y', 0xa1, 'v'}, ""},
		"cut behind a text":           {proof.NewTen(), []byte{0x82, 0xa1, '1', 0xa1, 'v', 0xa1, '2'}, "decode proof.Ten field \"2\": malformed: it ends too early"},
	} {
		_, err := x.v.UnmarshalMsg(x.wire)
		if text := fmt.Sprint(err); x.want == "" && err != nil || x.want != "" && text != x.want {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
}

// A text before the first number is skipped, at every level.
func TestTextsBeforeNumbers(t *testing.T) {
	padding := msgp.AppendBytes(nil, make([]byte, 1000))
	var b []byte
	for range codec.MaxDepth - 1 {
		b = append(append(b, 0x82, 0xa1, '?'), padding...)
		b = append(b, 2)
	}
	got := proof.NewTree()
	decode(t, got, append(b, 0x80))
	levels := 0
	for at := got; at != nil; at = at.Left {
		levels++
	}
	if levels != codec.MaxDepth {
		t.Errorf("%d levels of %d were read", levels, codec.MaxDepth)
	}
}

// Of two entries with one key the last one counts.
func TestLastEntryWins(t *testing.T) {
	got := proof.NewLists()
	decode(t, got, []byte{0x82, 2, 0x93, 1, 2, 3, 2, 0x91, 9})
	checkEqual(t, "list", &proof.Lists{Ints: []int64{9}}, got)
}

// A nil where a value is expected is the zero value: msgp's own code writes one
// for a nil pointer.
func TestNilIsZero(t *testing.T) {
	for _, k := range kinds {
		v := random(k, 9)
		decode(t, v, []byte{0xc0})
		checkEqual(t, k.name, k.make(), v)

		switch v.(type) {
		case *parts.Text, *parts.Inner, *parts.Quoted, *forms.NewerText, *forms.OlderText: // which have no numbers
			continue
		}
		if isUnion(reflect.TypeOf(v).Elem()) || keepsUnknown(reflect.TypeOf(v).Elem()) { // a number that is not known here counts
			continue
		}
		if isTuple(v) {
			for n := range 21 {
				v := random(k, 9)
				decode(t, v, append(msgp.AppendArrayHeader(nil, uint32(n)), bytes.Repeat([]byte{0xc0}, n)...))
				checkEqual(t, k.name, k.make(), v)
			}
			continue
		}
		for n := range byte(21) {
			v := random(k, 9)
			decode(t, v, []byte{0x81, n, 0xc0})
			checkEqual(t, k.name, k.make(), v)
		}
	}
}

// A list or map takes a nil for an element too.
func TestNilElements(t *testing.T) {
	got := proof.NewLists()
	for n := byte(1); n <= 16; n++ {
		decode(t, got, []byte{0x81, n, 0x92, 0xc0, 0xc0})
		again := proof.NewLists()
		decode(t, again, encode(t, got))
		checkEqual(t, "list of nils", got, again)
	}
}

// An older peer may have sent a narrower type.
func TestWidened(t *testing.T) {
	got := proof.NewScalars()
	decode(t, got, append([]byte{0x82, 5, 0xd0, 0xfb, 11}, msgp.AppendFloat32(nil, 0.5)...))
	checkEqual(t, "widened", &proof.Scalars{I64: -5, F64: 0.5}, got)
	decode(t, got, append([]byte{0x82, 10, 1, 5}, msgp.AppendFloat64(nil, -5)...))
	checkEqual(t, "in another form", &proof.Scalars{I64: -5, F32: 1}, got)
	for name, b := range map[string][]byte{
		"int8": {0x81, 2, 0xcc, 0x80}, "uint8": {0x81, 6, 0xcd, 1, 0}, "negative": {0x81, 9, 0xff},
		"enum": {0x81, 0xcc, 200, 0xcd, 1, 0}, "uuid": {0x81, 16, 0xc4, 1, 0}, "float": {0x81, 10, 0xce, 1, 0, 0, 1},
	} {
		if _, err := got.UnmarshalMsg(b); err == nil {
			t.Errorf("%s: what does not fit decodes", name)
		}
	}
}

// An unknown number of an enum is kept, and printed as what it is.
func TestOpenEnum(t *testing.T) {
	got := proof.NewScalars()
	decode(t, got, encode(t, &proof.Scalars{C: 77, O: -7, W: proof.WideTop}))
	if got.C != 77 || got.C.String() != "Color(77)" || got.O.String() != "below" || got.W.String() != "top" {
		t.Errorf("%v %v %v", got.C, got.O, got.W)
	}
}

// A raw value that is not exactly one msgpack value would spoil its message.
func TestBadRaw(t *testing.T) {
	for name, raw := range map[string]msgp.Raw{
		"two values": {1, 2}, "cut short": {0x92, 1}, "unused byte": {0xc1}, "too deep": bytes.Repeat([]byte{0x91}, 100),
	} {
		if _, err := (&proof.Scalars{Any: raw}).MarshalMsg(nil); err == nil {
			t.Errorf("%s is written", name)
		}
	}
}

func TestErrorText(t *testing.T) {
	err := &proof.NotThere{Path: "a b", Tries: 2, Color: proof.ColorRed, Part: parts.Part{Number: 1}, CodeValue: "c"}
	const want = `proof.not_there: path "a b", tries 2, color red, after 0s, code "c", error "", reset false`
	if err.Error() != want || err.Code() != "proof.not_there" {
		t.Errorf("%v %v", err.Code(), err)
	}
}
