package handlers

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/node"
)

// pace remembers whether a handler is short enough for the reader. One that was
// found long is kept off it for a while. One that is mostly long is kept off twice
// as long each time, up to a minute. One that is long now and then, such as when
// the garbage collector or another process took the processor from it, is kept off
// for as long as it takes that readers lose no more than a fiftieth of their time by
// it, see paceRest. The zero value is ready.
//
// Measured with typed calls of 512 B, 256 in flight, for 3 s on two processors that
// two other processes want, too: 0.3 s off the reader and 5.4 µs of CPU a call; 2.6 s
// and 6.2 µs if each time counts the same, however many runs were short before it.
type pace struct {
	Until atomic.Int64 // manager clock: not on the reader before that
	good  atomic.Int64 // short runs since the last long one, up to paceGood

	mu  sync.Mutex
	off time.Duration // how long it was kept off the last time
}

const (
	paceFirst = 5 * time.Millisecond
	paceLast  = time.Minute

	// paceGood short runs for a long one make a handler one that is mostly short.
	paceGood = 1000

	// paceRest is how far apart two long runs of such a handler should be: each
	// costs a reader two ticks of the watch, one fiftieth of this.
	paceRest = 100 * node.WatchTick
)

func (p *pace) Fast(c *node.Clock) bool {
	until := p.Until.Load()
	return until == 0 || c.Now() >= until
}

// Well notes a short run. Handlers that were never found long, which is nearly all
// of them, pay a load for it.
func (p *pace) Well() {
	if p.Until.Load() != 0 && p.good.Load() < paceGood {
		p.good.Add(1)
	}
}

// Strike notes that the handler was found long.
func (p *pace) Strike(now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := time.Duration(now - p.Until.Load())
	if since < 0 {
		return // it began before the last time, and has been counted by that
	}
	switch good := p.good.Swap(0); {
	case p.off == 0:
		p.off = paceFirst
	case good >= paceGood || since >= paceRest/paceFirst*p.off:
		p.off = max(paceFirst, paceRest-since)
	default:
		p.off = min(2*p.off, paceLast)
	}
	p.Until.Store(now + int64(p.off))
}
