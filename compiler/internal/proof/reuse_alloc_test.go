//go:build !race

// With the race detector pools forget at random.

package proof

import (
	"context"
	"math"
	"testing"

	"github.com/gridrpc/gridc/compiler/internal/proof/gen/parts"
	"github.com/gridrpc/gridc/compiler/internal/proof/gen/proof"
)

// With @reuse a call allocates what serves it, and nothing for its messages, where
// they hold no strings. Whatever else goes on can only add to that, so the least
// counts.
func TestAllocationsWithReuse(t *testing.T) {
	c, ctx := newAgain(t), context.Background()
	req := &proof.Lists{Ints: make([]int64, 100), Parts: make([]parts.Part, 20), Blobs: [][]byte{make([]byte, 50), make([]byte, 70)}}
	var resp proof.Lists
	plain := leastAllocations(t, func() error { _, err := c.Plain(ctx, req); return err })
	into := leastAllocations(t, func() error { return c.ListsInto(ctx, req, &resp) })
	// Each end has a struct, three lists and two blobs without @reuse.
	if into != 1 || plain != 1+2*6 {
		t.Errorf("%v allocations a call with @reuse, not 1; %v without, not 13", into, plain)
	}
}

func leastAllocations(t *testing.T, call func() error) float64 {
	t.Helper()
	least := math.Inf(1)
	for range 20 {
		least = min(least, testing.AllocsPerRun(100, func() {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}))
	}
	return least
}
