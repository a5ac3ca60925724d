package memconn

import "time"

// SetHeld stops, or releases, what c sends: bytes, and the news of a close or
// a reset, stay on their way until they are released, and count against the
// buffer. What has arrived before stays readable.
func (c *Conn) SetHeld(held bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out.held == held {
		return
	}
	// Before holding: what is due by now has arrived, though nobody looked.
	// After releasing: all that fell due meanwhile arrives.
	now := time.Now()
	c.out.settle(now)
	c.out.held = held
	c.out.settle(now)
	c.peer.wakeLocked()
}

// SetStalled freezes, or thaws, the receiving side of c, as if its process
// were stopped: reads find nothing and no news is noticed. Deadlines and Close
// still work, since the clock of its owner goes on.
func (c *Conn) SetStalled(stalled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = stalled
	c.wakeLocked()
}

// Replan asks the Arrival again for everything that c has sent and that is on
// its way: call it when the answer changes. Nothing becomes later than it was.
func (c *Conn) Replan() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.replan(time.Now())
	c.peer.wakeLocked()
}

// Ended reports whether both ends of the pair are closed or broken.
func (c *Conn) Ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.endedLocked() && c.peer.endedLocked()
}
