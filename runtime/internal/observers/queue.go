package observers

import (
	"sync"

	"github.com/gridrpc/gridc/runtime/internal/node"
)

// queue calls what is to be told of things that happen where nobody may wait: on a
// session's reader, on the clock, with locks held. One goroutine calls one after the
// other, and lasts as long as there is something to tell.
type queue struct {
	m *node.Node

	mu      sync.Mutex // the last in the order of locks
	waiting []func()
	lost    int // since the last warning
	running bool
}

// maxWaiting is how much may wait for observers that are slow: what a peer can have
// refused at a time, and some.
const maxWaiting = 128 << 10

// add has f called soon. It never waits; where too much is waiting already f is lost,
// and the log says so.
func (q *queue) add(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= maxWaiting {
		q.lost++
		return
	}
	q.waiting = append(q.waiting, f)
	if !q.running {
		q.running = true
		q.m.Goroutines.Go(q.run)
	}
}

// run calls what waits, until nothing does.
func (q *queue) run() {
	var batch []func()
	returned := false
	defer func() {
		if !returned { // an observer has ended the goroutine
			q.putBack(batch)
			q.m.Goroutines.Go(q.run)
		}
	}()
	for {
		var lost int
		batch, lost = q.take()
		if lost > 0 {
			q.m.Log.Warn("grid: the observers are too slow, they were not told of all", "left_out", lost)
		}
		if len(batch) == 0 {
			returned = true
			return
		}
		for len(batch) > 0 {
			f := batch[0]
			batch = batch[1:]
			q.call(f)
		}
	}
}

// call calls f, which is what Shutdown waits for in vain if it does not return.
func (q *queue) call(f func()) {
	defer q.m.Enter("an observer").Leave()
	f()
}

// putBack has a batch called after all, before what came since.
func (q *queue) putBack(batch []func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(batch, q.waiting...)
}

// take returns what waits. If nothing does, the goroutine is over.
func (q *queue) take() (batch []func(), lost int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch, lost = q.waiting, q.lost
	q.waiting, q.lost = nil, 0
	q.running = len(batch) > 0 || lost > 0
	return batch, lost
}
