package proof

import (
	"errors"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
	"github.com/gridrpc/gridc/runtime/codec"
)

// chain is a tree of n levels.
func chain(n int) *proof.Tree {
	root := &proof.Tree{}
	for at := root; n > 1; n-- {
		at.Left = &proof.Tree{}
		at = at.Left
	}
	return root
}

func TestDepthLimit(t *testing.T) {
	v := chain(codec.MaxDepth)
	b := encode(t, v)
	got := &proof.Tree{}
	decode(t, got, b)
	checkEqual(t, "deepest", v, got)

	if _, err := chain(codec.MaxDepth + 1).MarshalMsg(nil); !errors.Is(err, codec.ErrTooDeep) {
		t.Errorf("encode: %v", err)
	}
	deeper := append([]byte{0x81, 2}, b...)
	if _, err := got.UnmarshalMsg(deeper); !errors.Is(err, codec.ErrTooDeep) {
		t.Errorf("decode: %v", err)
	}
}

// A value that contains itself is an error, found soon: not one of its 2^64
// paths is walked twice.
func TestCycle(t *testing.T) {
	v := &proof.Tree{Name: "loop"}
	v.Left, v.Branch = v, &proof.Branch{Tree: v}
	if _, err := v.MarshalMsg(nil); !errors.Is(err, codec.ErrTooDeep) {
		t.Error(err)
	}
	v.Msgsize()
}

// A message that is zero is not written, and so takes no level: the deepest node
// may have fields that hold messages, as long as nothing is in them.
func TestZeroMessagesTakeNoLevel(t *testing.T) {
	end := &proof.Stem{}
	root := end
	for range codec.MaxDepth - 1 {
		root = &proof.Stem{Next: root}
	}
	b := encode(t, root)
	got := &proof.Stem{}
	decode(t, got, b)
	checkEqual(t, "deepest", root, got)

	for name, fill := range map[string]func(){
		"a field":         func() { end.Bark.Grain.Name = "x" },
		"a list":          func() { end.Bark.Grain.Names = []string{"x"} },
		"a list of empty": func() { end.Bark.Grain.Knots = make([]proof.Knot, 1) },
		"present":         func() { end.Bark.Grain.Knot = &proof.Knot{} },
		"itself":          func() { end.Bark.Grain.Back = root },
		"a variant":       func() { end.Bark.Grain.Sort.Knot = &proof.Knot{} },
		"one less deep":   func() { end.Bark.Thin = true },
	} {
		end.Bark = proof.Bark{}
		fill()
		if _, err := root.MarshalMsg(nil); !errors.Is(err, codec.ErrTooDeep) {
			t.Errorf("%s: %v", name, err)
		}
	}
	end.Bark = proof.Bark{}
	encode(t, root)
}
