package proof

import (
	"bytes"
	"testing"

	"github.com/tinylib/msgp/msgp"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/forms"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
)

const rounds = 80

func TestRoundTrip(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			for seed := range uint64(rounds) {
				v := random(k, seed)
				b := encode(t, v)
				got := k.make()
				decode(t, got, b)
				checkEqual(t, "decoded", v, got)
				checkSize(t, v, b)
			}
		})
	}
}

// checkSize checks that Msgsize promised enough; trees only estimate.
func checkSize(t *testing.T, v message, b []byte) {
	t.Helper()
	switch v.(type) {
	case *proof.Tree, *proof.Branch, *proof.Stem, *forms.Vault, *forms.Holder, *forms.Holes, *forms.Newer, *forms.NewerPick, *forms.NewerPair, *forms.Worse:
		return
	}
	if size := v.Msgsize(); len(b) > size {
		t.Fatalf("%T takes %d bytes, Msgsize says %d", v, len(b), size)
	}
}

// What stands before a message in its buffer, and what follows it, is left alone.
func TestAppendAndRest(t *testing.T) {
	for _, k := range kinds {
		v := random(k, 7)
		b, err := v.MarshalMsg([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		b, before := bytes.CutPrefix(b, []byte("before"))
		if !before {
			t.Fatalf("%s: the buffer was %q", k.name, b)
		}
		got := k.make()
		rest, err := got.UnmarshalMsg(append(b, "after"...))
		if err != nil || string(rest) != "after" {
			t.Fatalf("%s: %q is left, %v", k.name, rest, err)
		}
		checkEqual(t, k.name, v, got)
	}
}

func TestStreams(t *testing.T) {
	var b bytes.Buffer
	w := msgp.NewWriter(&b)
	for _, k := range kinds {
		if err := random(k, 3).EncodeMsg(w); err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	r := msgp.NewReader(&b)
	for _, k := range kinds {
		got := k.make()
		if err := got.DecodeMsg(r); err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		checkEqual(t, k.name, random(k, 3), got)
	}
}

// A decode into a used value gives what a decode into a fresh one gives.
func TestUsedEqualsFresh(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			used := k.make()
			for seed := range uint64(rounds) {
				b := encode(t, random(k, seed))
				fresh := k.make()
				decode(t, fresh, b)
				decode(t, used, b)
				checkEqual(t, "used", fresh, used)
			}
		})
	}
}

func TestResetEqualsFresh(t *testing.T) {
	for _, k := range kinds {
		v := random(k, 11)
		v.Reset()
		checkEqual(t, k.name, k.make(), v)
		if b := encode(t, v); len(b) != len(encode(t, k.make())) {
			t.Errorf("%s: a reset value encodes as % x", k.name, b)
		}
	}
}

// A zero value is an empty map, whatever its fields are.
func TestZeroIsEmpty(t *testing.T) {
	for _, k := range kinds {
		b := encode(t, k.make())
		switch k.name {
		case "proof.Nested": // has an extern: what is zero for it, nobody knows
			continue
		case "forms.Holder", "forms.Newer", "forms.Older": // have a tuple, which is never empty
			continue
		}
		if isTuple(k.make()) {
			continue
		}
		if n, rest, err := msgp.ReadMapHeaderBytes(b); n != 0 || len(rest) > 0 || err != nil {
			t.Errorf("%s: % x", k.name, b)
		}
	}
}

// What a value was decoded from may be overwritten afterwards.
func TestNothingAliases(t *testing.T) {
	for _, k := range kinds {
		for seed := range uint64(20) {
			v := random(k, seed)
			b := encode(t, v)
			got := k.make()
			decode(t, got, b)
			clear(b)
			checkEqual(t, k.name, v, got)
		}
	}
}
