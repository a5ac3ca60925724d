package grid

import (
	"sync"
	"sync/atomic"
	"time"
)

// pace remembers whether a handler is short enough for the reader. One that was
// found long is kept off it for a while: a long one twice as long each time, up to
// a minute, one that is long now and then, such as when the garbage collector
// took the processor from it, only for a moment. The zero value is ready.
//
// Measured with typed calls of 512 B, 256 in flight on two processors, where about
// one in 50,000 is found long: twice as long each time, however long ago the last
// time was, makes it 0.6 of this.
type pace struct {
	until atomic.Int64 // manager clock: not on the reader before that

	mu  sync.Mutex
	off time.Duration // how long it was kept off the last time
}

// A handler that went well on the reader for paceForgive times as long as it had
// been kept off begins anew. So at most one of 50 ms of a reader goes to handlers
// that the watch has to take it from: each costs two of its ticks.
const (
	paceFirst   = 5 * time.Millisecond
	paceLast    = time.Minute
	paceForgive = 20
)

func (p *pace) fast(c *clock) bool {
	until := p.until.Load()
	return until == 0 || c.now() >= until
}

// strike notes that the handler was found long.
func (p *pace) strike(now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	well := time.Duration(now - p.until.Load())
	switch {
	case well < 0:
		return // it began before the last time, and has been counted by that
	case p.off == 0 || well >= paceForgive*p.off:
		p.off = paceFirst
	default:
		p.off = min(2*p.off, paceLast)
	}
	p.until.Store(now + int64(p.off))
}
