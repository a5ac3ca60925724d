package proof

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/runtime/codec"
)

// A tuple is an array with all of its fields, each at the place that its number is.
func TestTupleOnTheWire(t *testing.T) {
	for name, x := range map[string]struct {
		v    message
		want []byte
	}{
		"set":       {&forms.Point{X: 1, Y: -2}, []byte{0x92, 0xca, 0x3f, 0x80, 0, 0, 0xfe}},
		"zero":      {&forms.Point{}, []byte{0x92, 0xca, 0, 0, 0, 0, 0}},
		"no fields": {&forms.Nothing{}, []byte{0x90}},
		"holes": {&forms.Holes{Name: "n", Data: []byte{}, Sort: new(forms.Stage)}, append([]byte{0x9d, 0xc0, 0xa1, 'n', 0xc0, 0x80, 0xc0, 0xc4, 0, 0xc0, 0xc0, 0xc0, 0xc0},
			append(msgpOf(t, &forms.Holes{}), 0xc0, 0)...)},
		"a variant": {&forms.Either{Point: &forms.Point{}}, []byte{0x81, 1, 0x92, 0xca, 0, 0, 0, 0, 0}},
	} {
		if got := encode(t, x.v); !bytes.Equal(got, x.want) {
			t.Errorf("%s: % x, want % x", name, got, x.want)
		}
	}
}

// msgpOf is how the extern in a value is written.
func msgpOf(t *testing.T, v *forms.Holes) []byte {
	b, err := v.Coin.MarshalMsg(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A tuple grows at its end, and a peer without one sends nil.
func TestTupleGrows(t *testing.T) {
	for name, b := range map[string][]byte{
		"of an older peer": {0x91, 1}, "of a newer peer": {0x94, 1, 0, 0xa1, 'x', 0x81, 0xa1, 'k', 0x90},
		"with a nil": {0x92, 1, 0xc0}, "with a long header": {0xdc, 0, 1, 1},
	} {
		got := &forms.Point{X: 9, Y: 9}
		decode(t, got, b)
		checkEqual(t, name, &forms.Point{X: 1}, got)
	}
	for name, b := range map[string][]byte{"empty": {0x90}, "nil": {0xc0}} {
		got := &forms.Point{X: 9, Y: 9}
		decode(t, got, b)
		checkEqual(t, name, &forms.Point{}, got)
	}
}

// An error in a tuple names the entry, as it names a field elsewhere.
func TestErrorInATuple(t *testing.T) {
	for name, x := range map[string]struct {
		v    message
		wire []byte
		want string
	}{
		"a map":         {forms.NewPoint(), []byte{0x81, 1, 1}, "decode forms.Point: malformed: "},
		"a type":        {forms.NewPoint(), []byte{0x92, 1, 0xa1, 'x'}, "decode forms.Point field 2: malformed: "},
		"cut":           {forms.NewPoint(), []byte{0x92, 1, 0xcd, 1}, "decode forms.Point field 2: malformed: it ends too early"},
		"cut in a rest": {forms.NewPoint(), []byte{0x93, 1, 1, 0xa2, 1}, "decode forms.Point field 3: malformed: it ends too early"},
		"a limit":       {forms.NewHoles(), append([]byte{0x92, 0xc0, 0xb1}, "12345678901234567"...), "decode forms.Holes field 2: over the limit: 17 bytes, at most 16"},
		"inside":        {forms.NewRecord(), append([]byte{0x9d}, append(bytes.Repeat([]byte{0xc0}, 12), 0x91, 0xa0)...), "decode forms.Record: forms.Point field 1: malformed: "},
		"behind one":    {forms.NewHolder(), []byte{0x82, 4, 0x90, 2, 5}, "decode forms.Holder field 2: malformed: "},
	} {
		_, err := x.v.UnmarshalMsg(x.wire)
		if text := fmt.Sprint(err); len(text) < len(x.want) || text[:len(x.want)] != x.want {
			t.Errorf("%s: %v, want %s", name, err, x.want)
		}
	}
	for want, v := range map[string]message{
		"encode forms.Holes field 2: over the limit: 17 bytes, at most 16":       &forms.Holes{Name: "12345678901234567"},
		"encode forms.Holder: forms.Holes field 7: raw value: malformed: ":       &forms.Holder{Back: &forms.Holes{Rest: msgp.Raw{0xc1}}},
		"encode forms.Record field 11: over the limit: 101 entries, at most 100": &forms.Record{Tags: make([]string, 101)},
	} {
		_, err := v.MarshalMsg(nil)
		if text := fmt.Sprint(err); len(text) < len(want) || text[:len(want)] != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// What a tuple announces and does not have, at every place.
func TestHugeCountsInTuples(t *testing.T) {
	for _, k := range []kind{kindOf(forms.NewRecord), kindOf(forms.NewHoles), kindOf(forms.NewPoint), kindOf(forms.NewNothing)} {
		for name, header := range hugeHeaders {
			for n := range 20 {
				b := msgp.AppendArrayHeader(nil, uint32(n+1))
				b = append(append(b, bytes.Repeat([]byte{0xc0}, n)...), header...)
				if err := checkBound(t, k, append(b, make([]byte, 50)...)); err == nil && !(name == "array 16" || name == "map 16") {
					t.Errorf("%s: %s at place %d decodes", k.name, name, n+1)
				}
			}
			if err := checkBound(t, k, header); !errors.Is(err, codec.ErrMalformed) {
				t.Errorf("%s as %s: %v", k.name, name, err)
			}
		}
	}
}
