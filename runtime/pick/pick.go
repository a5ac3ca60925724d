package pick

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"

	grid "github.com/gridrpc/gridc/runtime"
)

// RoundRobin takes one peer after the other.
func RoundRobin() grid.Policy {
	var turn atomic.Uint64
	return func(_ context.Context, all []*grid.Connection) []*grid.Connection {
		first := int((turn.Add(1) - 1) % uint64(len(all))) // fits: less than len
		return append(slices.Clone(all[first:]), all[:first]...)
	}
}

// Nearest takes the peer with the shortest round trip, as its connection has measured it;
// the node itself before all others.
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

// Sticky takes the same peer for the same key, see WithKey, whichever node calls: caches of
// the peers stay warm. While the peer is away its keys are spread over the others, and no
// other key moves (rendezvous hashing). All calls without a key have the same one.
func Sticky() grid.Policy {
	return func(ctx context.Context, all []*grid.Connection) []*grid.Connection {
		key, _ := ctx.Value(keyOf{}).(string)
		return ordered(all, func(c *grid.Connection) uint64 { return weight(c.Name(), key) })
	}
}

// weight is a number that is another for each pair of peer and key, and the same on every
// node.
func weight(peer, key string) uint64 { return xxh3.HashString(key + "\x00" + peer) }

// ordered sorts peers by a value that is asked for once for each.
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
