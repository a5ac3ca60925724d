package grid

import (
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/secure"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// errForgotten says that the Connection of a guest was dropped while a new session of the
// guest shook hands. The session gets another Connection.
var errForgotten = errors.New("the connection of this guest was dropped")

// adopt makes an authenticated session that was accepted the one of this pair,
// unless a newer one is there; see Judge of package handshake.
func (c *Connection) adopt(s *mux.Session) error { return c.adoptFrom(nil, s) }

// adoptFrom is adopt for a session that was dialed at a target, unless that is nil.
func (c *Connection) adoptFrom(at *dialTarget, s *mux.Session) error {
	c.mu.Lock()
	var oldID *handshake.SessionID
	old := c.current
	if old != nil {
		oldID = &old.ID
	}
	var err error
	switch {
	case c.forgotten:
		err = errForgotten
	case c.isClosed:
		err = handshake.Reject(Unavailable, "the node is shutting down")
	case at != nil && at != c.target:
		err = errMoved
	default:
		err = c.judgeLocked(oldID, s.ID)
	}
	if err != nil {
		c.mu.Unlock()
		return err
	}
	c.current = s
	c.adoptedLocked(s)
	if was := c.live.Swap(nil); was != nil {
		c.downLocked(true)
		c.setStateLocked(c.idlePhase(), errReplaced)
		c.tellDown(was, errReplaced)
	}
	c.mu.Unlock()
	if old != nil {
		old.End(errReplaced, websocket.CloseReplaced)
	}
	return nil
}

// judgeLocked decides whether a session may be the one of this pair. The label of a guest's
// name is the guest's own choice, so another incarnation may be somebody else: it does not
// replace one that is connected.
func (c *Connection) judgeLocked(old *handshake.SessionID, id handshake.SessionID) error {
	if c.terms != nil && old != nil && old.Incarnation != id.Incarnation {
		return handshake.Reject(AlreadyRegistered, "the name %s is connected: each guest draws a label of its own", status.Quoted(c.name))
	}
	return c.duplicates.Judge(old, id, time.Now(), c.name)
}

var errReplaced = &Error{Code: Disconnected, Message: "replaced by a newer connection of the same peer"}

// limits are those of the node, or of those guests that the peer is one of.
func (c *Connection) limits() *node.Limits {
	if c.terms != nil {
		return &c.terms.limits
	}
	return &c.m.node.Limits
}

// newSession prepares a session with the peer over an authenticated connection.
func (c *Connection) newSession(hc *websocket.HandshakeConn, dialer bool, id handshake.SessionID, a handshake.Agreement) *mux.Session {
	m := c.m
	local, remote := m.addressesOf(hc.Conn)
	secure.Begin(hc.Conn)
	var guest *link.Guest
	if g := c.terms; g != nil {
		guest = &link.Guest{User: c.user, Only: g.only, Limits: &g.limits, Running: &g.running}
	}
	return mux.NewSession(&m.node, mux.Options{
		Observers: m.observers, Local: local, Remote: remote,
		Host: connectionHost{c}, Registry: &m.registry, Sessions: &m.sessions, Traffic: &c.traffic,
		Peer: c.name, Dialer: dialer, Intercepted: len(m.serverInterceptors) > 0, Guest: guest, ID: id, Agreed: a,
		Conn: hc.Conn, In: hc.R, Out: hc.W, RoundTrip: hc.RoundTrip,
	})
}

// connectionHost shows a Connection to its sessions.
type connectionHost struct{ c *Connection }

// Leaving implements mux.Host.
func (h connectionHost) Leaving() bool { return h.c.m.isShut() }

// SessionReady implements mux.Host.
func (h connectionHost) SessionReady(s *mux.Session) { h.c.sessionReady(s) }

// SessionEnded implements mux.Host.
func (h connectionHost) SessionEnded(s *mux.Session, err *Error) (afterwards func()) {
	return h.c.sessionEnded(s, err)
}

// sessionReady is called by a session once the peer's routes are known.
func (c *Connection) sessionReady(s *mux.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != s || s.Over() {
		return
	}
	c.refusedReason = ""
	c.departed = false
	c.state.Session++
	s.Number.Store(c.state.Session)
	c.downSince, c.attempts = time.Time{}, 0
	c.setStateLocked(Connected, nil)
	c.tellUp(s)
	c.live.Store(s)
	level := slog.LevelInfo
	if c.troubled {
		level = slog.LevelWarn // who reads of a loss is to read of its end, too
	}
	c.troubled = false
	c.m.node.LogQueue.Note(level, "grid: connected", "peer", status.Logged(c.name), "dialed", s.Dialer, "session", c.state.Session)
}

// sessionEnded is called by a session at its end, before its calls and streams fail. So a
// call that is made again waits for the next session. It returns what is to be done after
// they have failed.
func (c *Connection) sessionEnded(s *mux.Session, err *Error) (afterwards func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != s {
		return func() {}
	}
	was := c.live.Swap(nil)
	c.current = nil
	c.departed = s.PeerDraining.Load()
	if was != nil {
		c.downLocked(!c.isClosed && c.lossLevel(err) > slog.LevelInfo)
	}
	c.setStateLocked(c.idlePhase(), err)
	if !c.dialer && !c.isClosed {
		c.expectLocked(2 * c.m.node.Limits.BackoffMax)
	}
	if was != nil {
		c.tellDown(was, err)
	}
	if was != nil && !c.isClosed {
		level := c.lossLevel(err)
		c.troubled = c.troubled || level > slog.LevelInfo
		c.m.node.LogQueue.Note(level, "grid: disconnected", "peer", status.Logged(c.name), "reason", err.Message)
	}
	if !c.guest && !(c.unnamed && c.departed) {
		return func() {}
	}
	return c.forget
}

// lossLevel is how loud the end of a session is told: what was meant to end is no
// warning, at either end.
func (c *Connection) lossLevel(err *Error) slog.Level {
	closed, ok := err.Cause.(*websocket.CloseError) // errors.As would call code of others, with the lock held
	if c.m.isShut() || ok && (closed.Planned() || c.terms != nil && closed.Left()) {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// addressesOf returns the addresses of a socket, which may be code of others.
func (m *hub) addressesOf(conn net.Conn) (local, remote string) {
	_ = m.node.Guard("address of a connection", func() {
		local, remote = addressText(conn.LocalAddr()), addressText(conn.RemoteAddr())
	})
	return local, remote
}

func addressText(a net.Addr) string {
	if a == nil {
		return ""
	}
	return status.Shortened(a.String(), maxShownAddress)
}

const maxShownAddress = 128

// tellUp tells the observers of a session that calls can be made on. It does not wait.
func (c *Connection) tellUp(s *mux.Session) { c.tell(observe.SessionUp, s, nil) }

// tellDown tells them that one has ended.
func (c *Connection) tellDown(s *mux.Session, why *Error) { c.tell(observe.SessionDown, s, why) }

func (c *Connection) tell(change observe.SessionChange, s *mux.Session, why *Error) {
	if c.m.observers == nil || c.name == c.m.name {
		return
	}
	event := observe.SessionEvent{Change: change, At: time.Now(), Peer: c.name, Guest: c.guest, Dialer: s.Dialer,
		Session: s.Number.Load(), Local: s.Local, Remote: s.Remote}
	if why != nil {
		event.Code, event.Reason = why.Code, why.Message
	}
	c.m.observers.Session(event)
}

// tellRefused tells the observers that a handshake failed because one end refuses the
// other.
func (m *hub) tellRefused(peer string, dialer bool, remote string, r *handshake.Rejection) {
	m.tellRefusal(observe.SessionEvent{Peer: peer, Dialer: dialer, Remote: remote}, r)
}

func (m *hub) tellRefusal(of observe.SessionEvent, r *handshake.Rejection) {
	if m.observers == nil {
		return
	}
	of.Change, of.At, of.Code, of.Reason, of.ByPeer = observe.SessionRefused, time.Now(), r.Code, r.Reason, r.Remote
	m.observers.Session(of)
}

// downLocked notes that the session that calls went to has ended: lost, unless that was
// meant. It is called with mu held, before the state changes.
func (c *Connection) downLocked(lost bool) {
	c.downSince, c.attempts = time.Now(), 0
	if lost {
		c.losses.add(c.downSince, c.downSince.Sub(c.state.Since))
	}
}
