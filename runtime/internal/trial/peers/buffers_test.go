package peers_test

import (
	"context"
	"sync"
	"testing"
	"time"

	grid "github.com/gridrpc/gridc/runtime"
	"github.com/gridrpc/gridc/runtime/internal/trial"
)

// Over real sockets whose buffers shrink and grow under way, calls of all sizes go on,
// none of them is lost, and none mistaken for another.
func TestBuffersShrink(t *testing.T) {
	eachSocketPair(t, func(t *testing.T, secure bool, caller, server string) {
		p := newSocketPair(t, secure, trial.Echo)
		c := p.nodes[caller].Connection(server)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := range 9 {
					size := (worker*7919 + i*104729) % (120 << 10)
					want := make([]byte, size+1)
					want[size] = byte(worker*9 + i) // fits: any byte does
					reply, err := c.Request(grid.WaitForReady(ctx), trial.IdCall, want)
					if err != nil || len(reply) != len(want) || reply[size] != want[size] {
						t.Errorf("call %d of worker %d: %d of %d bytes, %v", i, worker, len(reply), len(want), err)
						return
					}
					for _, book := range p.books {
						book.resize(t, []int{1 << 10, 8 << 10, 256 << 10}[i%3])
					}
				}
			})
		}
		all.Wait()
		if n := c.State().Session; n != 1 {
			t.Errorf("it took %d sessions", n)
		}
	})
}
