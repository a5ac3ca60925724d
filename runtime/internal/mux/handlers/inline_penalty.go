package handlers

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/node"
)

// inlinePenalty is for how long a handler may not run inline, on the reader, because a
// run of it was found long there. The penalty of a handler that is mostly long doubles
// each time, up to a minute. That of a handler that is long now and then, such as when
// the garbage collector or another process took the processor from it, is so long that
// readers lose at most a fiftieth of their time to the handler: see longRunGap. The zero
// value is ready.
//
// Measured with typed calls of 512 B, 256 in flight, for 3 s on two processors that
// two other processes want, too: 0.3 s off the reader and 5.4 µs of CPU a call; 2.6 s
// and 6.2 µs if each long run counts the same, however many short ones came before it.
type inlinePenalty struct {
	Until atomic.Int64 // manager clock: not on the reader before that
	good  atomic.Int64 // short runs since the last long one, up to mostlyShort

	mu  sync.Mutex
	off time.Duration // how long it was kept off the last time
}

const (
	firstPenalty   = 5 * time.Millisecond
	longestPenalty = time.Minute

	// mostlyShort is how many short runs before a long one make a handler mostly short.
	mostlyShort = 1000

	// longRunGap is how far apart two long runs of a mostly short handler should be: each
	// costs a reader two ticks of the watch, one fiftieth of this.
	longRunGap = 100 * node.WatchTick
)

// Over reports whether the handler may run on the reader now.
func (p *inlinePenalty) Over(c *node.Clock) bool {
	until := p.Until.Load()
	return until == 0 || c.Now() >= until
}

// NoteShort notes a short run. It costs one load for a handler that was never found long,
// which is nearly every one.
func (p *inlinePenalty) NoteShort() {
	if p.Until.Load() != 0 && p.good.Load() < mostlyShort {
		p.good.Add(1)
	}
}

// NoteLong notes that the handler was found long.
func (p *inlinePenalty) NoteLong(now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := time.Duration(now - p.Until.Load())
	if since < 0 {
		return // it began before the last time, and has been counted by that
	}
	switch good := p.good.Swap(0); {
	case p.off == 0:
		p.off = firstPenalty
	case good >= mostlyShort || since >= longRunGap/firstPenalty*p.off:
		p.off = max(firstPenalty, longRunGap-since)
	default:
		p.off = min(2*p.off, longestPenalty)
	}
	p.Until.Store(now + int64(p.off))
}
