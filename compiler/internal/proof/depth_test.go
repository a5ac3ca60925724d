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
