package pick

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"

	grid "github.com/gridrpc/gridc/runtime"
)

// RoundRobin takes one peer after the other, and begins at a random one, so that nodes
// that start at the same time do not all call the same peer. The turn is kept in the
// policy: make it once, and use it for many calls.
func RoundRobin() grid.Policy {
	var turn atomic.Uint64
	turn.Store(uint64(rand.Uint32()))
	return func(_ context.Context, all []*grid.Connection) []*grid.Connection {
		first := int(turn.Add(1) % uint64(len(all))) // fits: less than len
		return append(slices.Clone(all[first:]), all[:first]...)
	}
}

// Nearest takes the peer with the shortest round trip, as its connection has measured it.
// The node itself comes before all others.
func Nearest() grid.Policy {
	return func(_ context.Context, all []*grid.Connection) []*grid.Connection {
		return ordered(all, func(c *grid.Connection) time.Duration { return c.Stats().RoundTrip })
	}
}

type keyOf struct{}

// WithKey returns a context whose calls go to the peer that Sticky chooses for key.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyOf{}, key)
}

// Sticky takes the same peer for the same key (see WithKey) on every node that calls, so
// the caches of the peers stay warm. While a peer is away, its keys are spread over the
// others, and no other key moves (rendezvous hashing). Calls without a key go to one peer.
func Sticky() grid.Policy {
	return func(ctx context.Context, all []*grid.Connection) []*grid.Connection {
		key, _ := ctx.Value(keyOf{}).(string)
		return ordered(all, func(c *grid.Connection) uint64 { return weight(c.Name(), key) })
	}
}

// weight is a hash of peer and key. It is the same on every node.
func weight(peer, key string) uint64 { return xxh3.HashString(key + "\x00" + peer) }

// ordered sorts peers by a value, which is read once for each of them.
func ordered[T cmp.Ordered](all []*grid.Connection, value func(*grid.Connection) T) []*grid.Connection {
	type valued struct {
		c *grid.Connection
		v T
	}
	list := make([]valued, len(all))
	for i, c := range all {
		list[i] = valued{c, value(c)}
	}
	slices.SortStableFunc(list, func(a, b valued) int { return cmp.Compare(a.v, b.v) })
	for i, x := range list {
		all[i] = x.c
	}
	return all
}
