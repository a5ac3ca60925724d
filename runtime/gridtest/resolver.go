package gridtest

import (
	"context"
	"slices"
	"sync"

	grid "github.com/gridrpc/gridc/runtime"
)

// Resolver is a grid.Resolver whose answers a test sets. Any number of nodes may
// follow one Resolver. It is safe for concurrent use.
type Resolver struct {
	mu      sync.Mutex
	peers   []grid.Peer
	failure error
	changed chan struct{} // closed and replaced at each change
	calls   int
}

// NewResolver returns a Resolver that names these peers.
func NewResolver(peers ...grid.Peer) *Resolver {
	return &Resolver{peers: slices.Clone(peers), changed: make(chan struct{})}
}

// Name makes the resolver name these peers from now on. If it fails, Name repairs
// it.
func (r *Resolver) Name(peers ...grid.Peer) { r.set(slices.Clone(peers), nil) }

// Fail makes every Resolve return err, the running ones and later ones, until Name
// is called. The peers that it named last stay valid.
func (r *Resolver) Fail(err error) { r.set(nil, err) }

func (r *Resolver) set(peers []grid.Peer, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.peers, r.failure = peers, err
	close(r.changed)
	r.changed = make(chan struct{})
}

// Calls returns how often Resolve was called.
func (r *Resolver) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// Resolve implements grid.Resolver.
func (r *Resolver) Resolve(ctx context.Context, update func([]grid.Peer)) error {
	r.mu.Lock()
	r.calls++
	for {
		peers, failure, changed := slices.Clone(r.peers), r.failure, r.changed
		r.mu.Unlock()
		if failure != nil {
			return failure
		}
		update(peers)
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
		r.mu.Lock()
	}
}
