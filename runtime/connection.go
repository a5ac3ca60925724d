package grid

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// Connection is the lasting handle to one peer. It outlives the sessions, and reconnects
// by itself. All methods are safe for concurrent use. Manager.Connection returns a nil
// *Connection for a name that is not a peer: calls on it fail as NotSent, and its State
// is Closed.
type Connection struct {
	m     *hub
	name  string
	named bool // of the pair this end is the one that is to dial; static

	traffic out.Traffic

	live atomic.Pointer[mux.Session] // the one that calls go to; set while Connected

	// guest, not among the peers: forgotten when its session ends. It is changed
	// with the Manager's lock and mu, and read with either.
	guest  bool
	terms  *guestTerms // of a GuestHandler that let it in; static; nil: none has
	user   string      // what the check of guests has called it; static
	forget func()      // has the Manager drop who is idle: a guest, or a peer that is not named any more

	mu       sync.Mutex
	target   *dialTarget // where the peer is; replaced when it moves
	dialer   bool        // this end dials
	state    State
	changed  chan struct{} // closed and replaced on each change of state
	current  *mux.Session  // the newest authenticated one, ready or not
	closed   chan struct{}
	isClosed bool

	lastFailure error // what went wrong last, kept while connected
	lastFailed  time.Time

	downSince time.Time // since when there has been no session, zero while there is one
	attempts  uint64    // to dial since then
	losses    losses

	troubled      bool   // a warning was logged since the last session began
	refusedReason string // why the last one that claims to be the peer was refused

	unnamed  bool // the Resolver, which has named it, does not any more
	departed bool // the last session was ended by its peer in good order, and there is no other

	duplicates handshake.Duplicates
	forgotten  bool // a guest that the Manager has dropped
}

func newConnection(m *hub, p Peer, guest bool) *Connection {
	c := &Connection{m: m, name: p.Name, guest: guest,
		changed: make(chan struct{}), closed: make(chan struct{})}
	c.mu.Lock() // what is begun here may look at the Connection
	defer c.mu.Unlock()
	c.named = m.callOnly || handshake.Dials(m.name, p.Name)
	c.aimLocked(p)
	c.state = State{Phase: c.idlePhase(), Since: time.Now(), named: c.named}
	c.downSince = c.state.Since
	return c
}

// Name returns the peer's name, "" of a nil *Connection.
func (c *Connection) Name() string {
	if c == nil {
		return ""
	}
	return c.name
}

// State returns the current state.
func (c *Connection) State() State {
	if c == nil {
		return State{Phase: Closed, Reason: errNoPeer()}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Changes returns the current state and a channel that is closed at the next change. The
// state of a nil *Connection never changes.
func (c *Connection) Changes() (State, <-chan struct{}) {
	if c == nil {
		return c.State(), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state, c.changed
}

// WaitConnected waits until calls can be made. If ctx ends first, its error says why
// there is no connection. A refused connection does not end the wait, because somebody
// may fix the cause; calls with WaitForReady fail at once then.
func (c *Connection) WaitConnected(ctx context.Context) error {
	if c == nil {
		return errNoPeer()
	}
	ctx, release := status.KeepDeadline(ctx)
	if release != nil {
		defer release()
	}
	for {
		state, changed := c.Changes()
		switch state.Phase {
		case Connected:
			return nil
		case Closed:
			return c.disconnected()
		}
		mux.YieldReader(ctx)
		select {
		case <-changed:
		case <-ctx.Done():
			e := status.WithOutcome(status.ContextError(ctx), NotSent)
			e.Message = fmt.Sprintf("%s is still not connected, %s", status.Quoted(c.name), state.obstacle())
			return e
		}
	}
}

func errNoPeer() *Error {
	return &Error{Code: Disconnected, Outcome: NotSent, Message: "there is no such peer"}
}

// disconnected is why a call cannot be made now.
func (c *Connection) disconnected() *Error {
	state := c.State()
	return &Error{Code: Disconnected, Outcome: NotSent, Message: fmt.Sprintf("%s is not connected, %s", status.Quoted(c.name), state.obstacle()), Cause: state.Reason}
}

// setStateLocked is called with mu held.
func (c *Connection) setStateLocked(p Phase, reason error) {
	if c.isClosed {
		p = Closed
	}
	if c.state.Phase == p && reason == c.state.Reason { // errors.Is would call code of others, with the lock held
		return
	}
	c.state.Phase, c.state.Reason, c.state.Since = p, reason, time.Now()
	if reason != nil {
		c.lastFailure, c.lastFailed = reason, c.state.Since
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// newest returns the session that there is, ready or not.
func (c *Connection) newest() *mux.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// hasSession reports whether there is a session, ready or not.
func (c *Connection) hasSession() bool { return c.newest() != nil }

// setState notes what stands in the way of a connection to a target.
func (c *Connection) setState(at *dialTarget, p Phase, reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.target == at && c.live.Load() == nil {
		c.setStateLocked(p, reason)
	}
}

// idlePhase is where a Connection is while it has no session. It is called with
// mu held.
func (c *Connection) idlePhase() Phase {
	if c.dialer {
		return Connecting
	}
	return Waiting
}

// noteRefused notes that somebody who claims to be the peer was refused. It says so
// in the state, for it may well be the peer, and in the log once a reason.
func (c *Connection) noteRefused(r *handshake.Rejection) (news bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	news = c.refusedReason != r.Reason
	c.refusedReason = r.Reason
	if c.live.Load() == nil && !c.dialer {
		c.setStateLocked(c.state.Phase, r)
	}
	return news
}

// trouble notes that a warning was logged which the next session makes obsolete.
func (c *Connection) trouble() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.troubled = true
}

// dropIfIdle closes a guest's Connection that has no session, and reports whether
// it did: another may have been adopted since the last one ended, and the guest
// may have become a peer.
func (c *Connection) dropIfIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil || !c.guest {
		return false
	}
	c.forgotten = true
	if !c.isClosed {
		c.isClosed = true
		close(c.closed)
		c.setStateLocked(Closed, c.state.Reason)
	}
	return true
}

// close ends the Connection for good.
func (c *Connection) close(reason *Error) {
	c.mu.Lock()
	if c.isClosed {
		c.mu.Unlock()
		return
	}
	c.isClosed = true
	close(c.closed)
	c.target.leave()
	s := c.current
	c.setStateLocked(Closed, reason)
	c.mu.Unlock()
	if s != nil {
		s.End(reason, websocket.CloseNormal)
	}
}

// unname notes that the Resolver does not name the peer any more; forget is called when
// it goes in good order. It reports whether it has gone so already.
func (c *Connection) unname(forget func()) (gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unnamed, c.forget = true, forget
	return c.departed
}

// rename notes that the peer is wanted again, by the Resolver or by AddPeer.
func (c *Connection) rename() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unnamed = false
}

func (c *Connection) isUnnamed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unnamed
}
