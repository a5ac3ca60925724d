package grid

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/secure"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/observe"
	"github.com/gridrpc/gridc/runtime/status"
)

// Handler returns the http.Handler that accepts peers. Mount it at Options.Path,
// "/grid/v1" unless changed, on any server that speaks HTTP/1.1. The sockets of sessions
// are closed by Manager.Shutdown, not by the Shutdown of the server.
func (m *Manager) Handler() http.Handler { return http.HandlerFunc(m.acceptPeer) }

// Listener returns a listener for an HTTP server with TLS. Pass it to ServeTLS, or to
// tls.NewListener, instead of ln:
//
//	server.ServeTLS(m.Listener(ln), "", "")
//
// Sessions over its TCP connections then take little more processor time and memory than
// without TLS. Without Listener everything works, but slower: a tls.Conn on a plain
// socket cannot write without blocking, and holds a buffer while it waits.
//
// A hook of the server that needs the *net.TCPConn calls NetConn on the connection that
// it gets. A server without TLS does not need Listener.
func (m *Manager) Listener(ln net.Listener) net.Listener { return secure.Listen(ln) }

func (m *Manager) acceptPeer(w http.ResponseWriter, r *http.Request) {
	if origins := r.Header.Values("Origin"); len(origins) > 0 && !m.allowsOrigins(origins) {
		m.node.Log.Warn("grid: upgrade refused", "remote", r.RemoteAddr, "origin", status.Logged(strings.Join(origins, ", ")))
		m.refusals.note(turnedOrigin, "", r.RemoteAddr, "origin "+strings.Join(origins, ", "))
		http.Error(w, "this origin is not allowed", http.StatusForbidden)
		return
	}
	m.accept(w, r, door{host: hostOf(r.RemoteAddr), pending: &m.pending, limits: &m.node.Limits, welcome: m.welcomePeer})
}

// hostOf is an address without its port.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// door is a way in, of peers or of guests.
type door struct {
	host    string // whom handshakes are counted for
	pending *handshake.Pending
	limits  *node.Limits
	welcome func(hc *websocket.HandshakeConn, r *http.Request, slot *handshake.Slot) (*mux.Session, error)
}

// accept upgrades a request, and has its socket welcomed.
func (m *Manager) accept(w http.ResponseWriter, r *http.Request, d door) {
	slot := d.pending.Take(d.host)
	if slot == nil {
		m.turnTooMany(w, r)
		return
	}
	defer slot.Release()
	up := ws.HTTPUpgrader{Timeout: d.limits.Handshake, Protocol: func(p string) bool { return p == websocket.Subprotocol }}
	conn, rw, hs, err := up.Upgrade(websocket.PlainRequest(r), w)
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		m.refusals.note(turnedNoUpgrade, "", r.RemoteAddr, err.Error())
		m.noteMalformed(r, err) // the upgrader has answered with the fault
		return
	}
	conn = secure.Accepted(&m.node, conn)
	adopted := false
	defer func() {
		if !adopted { // also where code of others ends the goroutine: the HTTP server does not close a hijacked socket
			conn.Close()
		}
	}()
	conn.SetDeadline(time.Now().Add(d.limits.Handshake))
	var left []byte
	if n := rw.Reader.Buffered(); n > 0 {
		peeked, _ := rw.Reader.Peek(n)
		left = append(left, peeked...)
	}
	hc := m.handshakeConnOf(d.limits, conn, false, left)
	if hs.Protocol != websocket.Subprotocol {
		m.node.Log.Warn("grid: upgrade refused", "remote", r.RemoteAddr, "subprotocols", status.Logged(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ", ")))
		m.refusals.note(turnedSubprotocol, "", r.RemoteAddr, "the subprotocol "+websocket.Subprotocol+" is required")
		hc.Close(ws.StatusProtocolError, "the subprotocol "+websocket.Subprotocol+" is required")
		return
	}
	adopted = m.welcome(hc, r, slot, d)
}

// turnTooMany turns a request away because there is no slot for it.
func (m *Manager) turnTooMany(w http.ResponseWriter, r *http.Request) {
	const why = "too many connections are waiting for authentication"
	m.refusals.note(turnedTooMany, "", r.RemoteAddr, why)
	http.Error(w, why, http.StatusServiceUnavailable)
}

// noteMalformed logs a request that is no upgrade, for example because a proxy does not
// pass on its headers. Few of them are logged, for anybody can send them.
func (m *Manager) noteMalformed(r *http.Request, err error) {
	if more, ok := m.malformed.Take(m.node.Clock.Now()); ok {
		m.node.Log.Warn("grid: not an upgrade, perhaps a proxy does not forward it", "remote", r.RemoteAddr, "method", status.Logged(r.Method), "proto", status.Logged(r.Proto), "reason", status.LoggedReason(err.Error()), "more", more)
	}
}

// allowsOrigins reports whether every Origin header of an upgrade is allowed. An empty
// header is checked like any other; a request without one does not come from a browser.
func (m *Manager) allowsOrigins(origins []string) bool {
	if m.allowOrigin == nil {
		return false
	}
	for _, origin := range origins {
		if allowed := false; m.node.Guard("Options.AllowOrigin", func() { allowed = m.allowOrigin(origin) }) != nil || !allowed {
			return false
		}
	}
	return true
}

// welcome runs the acceptor's side of the handshake and starts the session. It
// runs in the HTTP server's goroutine, which ends with it. It reports whether the
// socket belongs to a session now.
func (m *Manager) welcome(hc *websocket.HandshakeConn, r *http.Request, slot *handshake.Slot, d door) (adopted bool) {
	stop := m.onClose(func() { hc.Conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	s, err := d.welcome(hc, r, slot)
	switch {
	case err != nil:
		return false
	case !stop():
		s.End(&Error{Code: Disconnected, Message: "shutting down"}, websocket.CloseNormal)
		return true
	}
	hc.Conn.SetDeadline(time.Time{})
	s.Start()
	return true
}

// welcomePeer welcomes a peer, or turns it away.
func (m *Manager) welcomePeer(hc *websocket.HandshakeConn, r *http.Request, slot *handshake.Slot) (*mux.Session, error) {
	from, err := greetInTime(m, "handshake with a peer", m.node.Limits.Handshake, slot, func(call *node.ForeignCall) (caller, error) {
		from, err := m.greetAsAcceptor(call, hc, r.TLS)
		if err == nil {
			from.asGuest = m.wantsGuest(call, from.name)
		}
		return from, err
	})
	var s *mux.Session
	if err == nil {
		s, err = m.admitPeer(hc, from)
	}
	if err != nil {
		m.turnAway(hc, err, from.name, r.RemoteAddr)
	}
	return s, err
}

// greetInTime greets whoever has come, within the time that a handshake may take. If code of
// others does not return, the socket is not to be touched: it belongs to that code.
func greetInTime[T any](m *Manager, what string, limit time.Duration, slot *handshake.Slot, greet func(*node.ForeignCall) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(m.node.Closing, limit)
	defer cancel()
	slot.Hold()
	return node.Within(ctx, &m.node, what, func(call *node.ForeignCall) (T, error) {
		defer slot.Release()
		return greet(call)
	})
}

// turnAway tells a peer why it is refused, and logs it.
func (m *Manager) turnAway(hc *websocket.HandshakeConn, err error, claimed, remote string) {
	if m.gaveUp(hc, err, remote) {
		return
	}
	if refusal := refusalIn(err); refusal != nil {
		m.logRefusal(refusal, claimed, remote)
		m.refusals.refused(refusal, claimed, remote)
		m.tellRefused(claimed, false, remote, refusal)
	}
	refuse(hc, err)
}

// gaveUp reports whether a handshake failed because code of others has not returned. Then
// the socket is closed without a word.
func (m *Manager) gaveUp(hc *websocket.HandshakeConn, err error, remote string) bool {
	_, hung := err.(*node.NotReturned)
	if hung {
		m.node.Log.Error("grid: handshake given up", "remote", remote, "reason", status.LoggedReason(err.Error()))
		hc.Conn.Close()
	}
	return hung
}

// logRefusal writes one line for each peer and reason, however often it tries,
// and one for each attempt of others.
func (m *Manager) logRefusal(r *handshake.Rejection, claimed, remote string) {
	m.mu.Lock()
	c := m.peers[claimed]
	m.mu.Unlock()
	if c != nil && !c.noteRefused(r) {
		return
	}
	m.node.Log.Warn("grid: connection refused", "remote", remote, "name", status.Logged(claimed), "reason", status.LoggedReason(r.Reason), "code", status.Logged(string(r.Code)), "by_peer", r.Remote)
}

// admitPeer finds the Connection of an authenticated peer and welcomes it.
func (m *Manager) admitPeer(hc *websocket.HandshakeConn, from caller) (*mux.Session, error) {
	s, err := m.adoptPeer(hc, from)
	if err != nil {
		return nil, err
	}
	if err := hc.Send([]byte{byte(handshake.HelloWelcome)}); err != nil {
		s.Lost(err)
		return nil, err
	}
	return s, nil
}

// adoptPeer makes a session, and has the peer's Connection adopt it. The Connection of a
// guest may be dropped meanwhile, because its last session has ended: then the session
// goes to a new Connection.
func (m *Manager) adoptPeer(hc *websocket.HandshakeConn, from caller) (*mux.Session, error) {
	theirs := from.hello
	for {
		c, err := m.connectionFor(theirs.Name, from.asGuest)
		if err != nil {
			return nil, err
		}
		s := c.newSession(hc, false, handshake.SessionID{Incarnation: theirs.Incarnation, Attempt: theirs.Attempt, ByName: handshake.Dials(theirs.Name, m.name)}, from.agreed)
		if err := c.adopt(s); err != errForgotten {
			return s, err
		}
	}
}

// refusals counts the sockets that were turned away before they were a session, by reason.
type refusals struct {
	mu      sync.Mutex
	reasons map[string]*observe.Refusal
}

// Reasons that have no code.
const (
	turnedOrigin      = "origin"
	turnedNoUpgrade   = "not an upgrade"
	turnedSubprotocol = "subprotocol"
	turnedTooMany     = "too many"
)

// maxDoorReasons is how many reasons are told apart: a peer's own are any codes.
const maxDoorReasons = 32

// note counts one that was turned away.
func (d *refusals) note(reason, name, remote, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reasons == nil {
		d.reasons = make(map[string]*observe.Refusal)
	}
	reason = status.Shortened(reason, 64)
	r := d.reasons[reason]
	if r == nil {
		if len(d.reasons) >= maxDoorReasons {
			reason = "other"
		}
		if r = d.reasons[reason]; r == nil {
			r = &observe.Refusal{Reason: reason, First: time.Now()}
			d.reasons[reason] = r
		}
	}
	r.Count++
	r.Last, r.Name, r.Remote, r.Text = time.Now(), status.Shortened(name, maxShownText), status.Shortened(remote, maxShownAddress), status.Shortened(text, maxShownText)
}

// refused counts a handshake that one end refused.
func (d *refusals) refused(r *handshake.Rejection, name, remote string) {
	d.note(string(r.Code), name, remote, r.Reason)
}

// list returns the most frequent first.
func (d *refusals) list() []observe.Refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]observe.Refusal, 0, len(d.reasons))
	for _, r := range d.reasons {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b observe.Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
