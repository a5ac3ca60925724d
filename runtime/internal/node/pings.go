package node

import (
	"sync"
	"sync/atomic"
)

// Pings numbers the pings of a session, and remembers what to do once a ping is answered.
// The peer's pong comes behind all that the peer had decided when it read the ping, so the
// pong says how far the peer has read. See PROTOCOL.md, sections 10 and 11.
type Pings struct {
	last atomic.Uint64 // the number of the last one; 0 is no ping

	mu      sync.Mutex    // taken below all others
	waiting []awaitedPing // in the order of their numbers
}

// awaitedPing is a ping that somebody waits for.
type awaitedPing struct {
	number   uint64
	answered func() // runs on the session's reader and must not wait
}

// Next numbers a ping that is being written, under the writer's lock: so the numbers
// are in the order of the wire. answered may be nil.
func (p *Pings) Next(answered func()) uint64 {
	if answered == nil {
		return p.last.Add(1)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.last.Add(1)
	p.waiting = append(p.waiting, awaitedPing{n, answered})
	return n
}

// Answer takes a pong. It answers all pings up to its number, for the peer may answer only
// the last of several.
func (p *Pings) Answer(number uint64) {
	if number > p.last.Load() {
		return // answers nothing
	}
	p.mu.Lock()
	n := 0
	for n < len(p.waiting) && p.waiting[n].number <= number {
		n++
	}
	done := p.waiting[:n:n]
	p.waiting = p.waiting[n:]
	p.mu.Unlock()
	for _, w := range done {
		w.answered()
	}
}
