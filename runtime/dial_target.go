package grid

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/status"
)

// dialTarget is one address of a peer, which may be none. When the peer moves, its
// Connection gets another dialTarget, and whatever was done for this one ends. Its fields
// but the first two are guarded by the Connection's lock, and ctx does not change
// once a dialLoop has claimed it.
type dialTarget struct {
	address string
	told    bool // Peer.Dial: this end dials, whatever the names say

	ctx      context.Context // ends when the target is left or the node is shut down; nil while this end does not dial
	cancel   context.CancelFunc
	claimed  bool        // a dialLoop is there
	helping  bool        // this end dials because the other, which should, has not
	patience *time.Timer // until it is said that nobody has dialed; nil: not running

	next     atomic.Int64  // when it is dialed again, nanoseconds since 1970; 0: now, or not at all
	attempts chan struct{} // as many as are under way, at most maxAttempts; set together with ctx
}

// dialFrom makes this end dial until ctx ends, or the target is left.
func (p *dialTarget) dialFrom(ctx context.Context) {
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.attempts = make(chan struct{}, maxAttempts)
}

// leave ends what is done for the target.
func (p *dialTarget) leave() {
	if p.cancel != nil {
		p.cancel()
	}
	p.stopWaiting()
}

// stopWaiting stops the timer that waits for the peer to dial.
func (p *dialTarget) stopWaiting() {
	if p.patience != nil {
		p.patience.Stop()
		p.patience = nil
	}
}

// wait pauses, or until the target is left.
func (p *dialTarget) wait(d time.Duration) {
	p.next.Store(time.Now().Add(d).UnixNano())
	defer p.next.Store(0)
	select {
	case <-time.After(d):
	case <-p.ctx.Done():
	}
}

var errMoved = &Error{Code: Disconnected, Message: "the address of the peer has changed"}

// aimLocked makes where p is the target, and decides anew which end dials. It is
// called with mu held.
func (c *Connection) aimLocked(p Peer) {
	c.target = &dialTarget{address: p.Address, told: p.Dial}
	c.dialer = p.Address != "" && (c.named || p.Dial)
	if c.dialer {
		c.target.dialFrom(c.m.node.Closing)
	} else {
		c.expectLocked(firstPatience)
	}
}

// firstPatience is how long the peer may take to dial before this end says that
// nobody does, or helps. After the end of a session it is twice the longest pause
// between two attempts.
const firstPatience = 5 * time.Second

// expectLocked gives the peer some time to dial. Guests come when they like.
func (c *Connection) expectLocked(patience time.Duration) {
	if c.guest || c.name == c.m.name {
		return
	}
	p := c.target
	p.stopWaiting()
	p.patience = time.AfterFunc(patience, func() { c.nobodyDials(p) })
}

// nobodyDials is called when the peer has taken too long. If the end that should
// dial has no address, or does not know the other, two nodes could wait for each
// other for ever: so this end says what is missing, and dials itself if it can.
func (c *Connection) nobodyDials(p *dialTarget) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.target != p || c.isClosed || c.dialer || c.current != nil || c.m.isShut() {
		return
	}
	why := &Error{Code: Disconnected, Message: c.whyNobodyDials(p.address)}
	c.noteNobodyDials(why)
	var reason error = why
	if c.state.Reason != nil {
		reason = c.state.Reason // what ended the last session, say, is more to the point
	}
	if c.helpLocked() {
		c.m.node.Goroutines.Go(c.dialLoop)
	}
	c.setStateLocked(c.idlePhase(), reason)
}

// helpLocked makes this end dial in the place of the other, if it can, and reports whether
// a dialLoop is to be started. It is called with mu held.
func (c *Connection) helpLocked() bool {
	p := c.target
	if c.dialer || p.address == "" {
		return false
	}
	p.stopWaiting()
	c.dialer, p.helping = true, true
	p.dialFrom(c.m.node.Closing)
	c.setStateLocked(c.idlePhase(), c.state.Reason)
	return true
}

// noteNobodyDials logs it: as a warning for a peer that has never been there, for
// else the loss was told.
func (c *Connection) noteNobodyDials(reason *Error) {
	level := slog.LevelInfo
	if c.state.Session == 0 {
		level, c.troubled = slog.LevelWarn, true
	}
	c.m.node.LogQueue.Note(level, "grid: nobody dials", "peer", status.Logged(c.name), "reason", reason.Message)
}

// whyNobodyDials says what to set.
func (c *Connection) whyNobodyDials(address string) string {
	switch {
	case c.named:
		return "this node has no address of the peer, and the peer has not dialed it: set Peer.Address here, or see that the peer runs, knows this node and has its address"
	case address == "":
		return "the peer is the end of this pair that dials, and has not: see that it runs, knows this node and has its address; or set Peer.Address here, and this node dials"
	}
	return "the peer is the end of this pair that dials, and has not: it may be down, not know this node, or not have its address; this node dials it now"
}

// adoptedLocked notes who dialed the session that is there now. A peer that dials
// as it should needs no help.
func (c *Connection) adoptedLocked(s *mux.Session) {
	p := c.target
	p.stopWaiting()
	if s.Dialer || !s.ID.ByName || !p.helping {
		return
	}
	p.leave()
	c.target, c.dialer = &dialTarget{address: p.address, told: p.told}, false
}

// claimTarget returns the target for a dialLoop, or nil if there is nothing to
// dial or another loop is there.
func (c *Connection) claimTarget() *dialTarget {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dialer || c.target.claimed {
		return nil
	}
	c.target.claimed = true
	return c.target
}

// move makes p of what is known of the peer; a guest becomes a peer. It returns the
// session with another address, which is to be ended, and whether a dialLoop is to
// be started. It is called with the Manager's lock held.
func (c *Connection) move(p Peer) (old *mux.Session, dial bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.guest, c.unnamed = false, false
	was := c.target
	if c.isClosed || was.address == p.Address && was.told == p.Dial {
		return nil, false
	}
	was.leave()
	c.aimLocked(p)
	if c.current == nil {
		c.setStateLocked(c.idlePhase(), errMoved)
	}
	switch {
	case was.address == p.Address:
		return nil, c.dialer // the session goes on, whoever dials the next
	case was.address == "" && !c.dialer:
		return nil, false // it came by itself, wherever from, and will do so again
	}
	return c.current, c.dialer
}
