package grid

import (
	"context"
	"time"
)

// place is one address of a peer. When the peer moves, its Connection gets
// another place, and whatever was done for this one ends.
type place struct {
	address string
	ctx     context.Context // ends when the peer moves, is removed, or the node is shut down; nil if this end does not dial
	cancel  context.CancelFunc
	claimed bool // guarded by the Connection's lock: a dialLoop is there
}

// leave ends what is done for the place.
func (p *place) leave() {
	if p.cancel != nil {
		p.cancel()
	}
}

// wait pauses, or until the place is left.
func (p *place) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.ctx.Done():
	}
}

var errMoved = &Error{Code: Disconnected, Message: "the peer has another address now"}

// aimLocked makes address the place, and decides anew which end dials. It is
// called with mu held, or before anybody else has the Connection.
func (c *Connection) aimLocked(address string) {
	c.dialer = address != "" && (c.m.callOnly || dials(c.m.name, c.name))
	c.place = &place{address: address}
	if c.dialer {
		c.place.ctx, c.place.cancel = context.WithCancel(c.m.closing)
	}
}

// claimPlace returns the place for a dialLoop, or nil if there is nothing to
// dial or another loop is there.
func (c *Connection) claimPlace() *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dialer || c.place.claimed {
		return nil
	}
	c.place.claimed = true
	return c.place
}

// move gives the peer another address; a guest becomes a peer. It returns the
// session with the old one, which is to be ended, and whether a dialLoop is to be
// started. It is called with the Manager's lock held.
func (c *Connection) move(address string) (old *session, dial bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.guest = false
	if c.isClosed || c.place.address == address {
		return nil, false
	}
	first := c.place.address == ""
	c.place.leave()
	c.aimLocked(address)
	switch {
	case c.current == nil:
		c.setStateLocked(c.idlePhase(), errMoved)
	case first && !c.dialer:
		return nil, false // it came by itself, wherever from, and will do so again
	}
	return c.current, c.dialer
}
