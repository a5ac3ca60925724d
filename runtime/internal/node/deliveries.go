package node

import (
	"sync"
)

// deliveries are the streams whose messages are still on their way to a channel that
// somebody reads, whether or not their session lives. Shutdown waits for them.
type deliveries struct {
	mu    sync.Mutex
	all   Latch
	peers map[string]int
}

// Begin counts a stream of a peer until end is called.
func (d *deliveries) Begin(peer string) (end func()) {
	d.add(peer, 1)
	return func() { d.add(peer, -1) }
}

func (d *deliveries) add(peer string, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.peers == nil {
		d.peers = make(map[string]int)
	}
	if d.peers[peer] += n; d.peers[peer] == 0 {
		delete(d.peers, peer)
	}
	d.all.Add(n)
}

// Finished returns a channel that is closed once nothing is on its way.
func (d *deliveries) Finished() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all.Released()
}

// Each calls f for each peer, with the number of its streams, under the lock.
func (d *deliveries) Each(f func(peer string, n int)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for peer, n := range d.peers {
		f(peer, n)
	}
}
