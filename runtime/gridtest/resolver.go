package gridtest

import (
	"context"
	"slices"
	"sync"

	grid "github.com/gridrpc/gridc/runtime"
)

// Resolver is a grid.Resolver whose answers a test scripts. Any number of nodes may
// follow one. It is safe for concurrent use.
type Resolver struct {
	mu      sync.Mutex
	peers   []grid.Peer
	failure error
	changed chan struct{} // closed and replaced at each change
	calls   int
}

// NewResolver returns one that names these peers.
func NewResolver(peers ...grid.Peer) *Resolver {
	return &Resolver{peers: slices.Clone(peers), changed: make(chan struct{})}
}

// Name has the resolver name these peers from now on, and mends it if it fails.
func (r *Resolver) Name(peers ...grid.Peer) { r.set(slices.Clone(peers), nil) }

// Fail has every Resolve return err, that which runs and those to come, until Name is
// called. The peers that it last named are not taken back.
func (r *Resolver) Fail(err error) { r.set(nil, err) }

func (r *Resolver) set(peers []grid.Peer, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.peers, r.failure = peers, err
	close(r.changed)
	r.changed = make(chan struct{})
}

// Calls counts how often Resolve was called.
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
