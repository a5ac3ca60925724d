package grid

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/status"
)

// Handler returns the http.Handler that accepts peers. Mount it at
// Options.Path, "/grid/v1" unless changed, on any server that speaks HTTP/1.1:
// sockets taken over from it are not closed by its Shutdown, but by the
// Manager's.
func (m *Manager) Handler() http.Handler { return http.HandlerFunc(m.accept) }

func (m *Manager) accept(w http.ResponseWriter, r *http.Request) {
	if origins := r.Header.Values("Origin"); len(origins) > 0 && !m.allowsOrigins(origins) {
		m.node.Log.Warn("grid: upgrade refused", "remote", r.RemoteAddr, "origin", status.Logged(strings.Join(origins, ", ")))
		http.Error(w, "this origin is not allowed", http.StatusForbidden)
		return
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if !m.strangers.take(host) {
		http.Error(w, "too many connections are waiting for authentication", http.StatusServiceUnavailable)
		return
	}
	defer m.strangers.give(host)
	up := ws.HTTPUpgrader{Timeout: m.node.Limits.Handshake, Protocol: func(p string) bool { return p == websocket.Subprotocol }}
	conn, rw, hs, err := up.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		m.noteMalformed(r, err) // the upgrader has answered with the fault
		return
	}
	conn = m.node.FenceConn(conn)
	adopted := false
	defer func() {
		if !adopted { // also where code of others ends the goroutine: the server lets go of no socket that was taken over
			conn.Close()
		}
	}()
	conn.SetDeadline(time.Now().Add(m.node.Limits.Handshake))
	var left []byte
	if n := rw.Reader.Buffered(); n > 0 {
		peeked, _ := rw.Reader.Peek(n)
		left = append(left, peeked...)
	}
	hc := m.handshakeConn(conn, false, left)
	if hs.Protocol != websocket.Subprotocol {
		m.node.Log.Warn("grid: upgrade refused", "remote", r.RemoteAddr, "subprotocols", status.Logged(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ", ")))
		hc.Close(ws.StatusProtocolError, "the subprotocol "+websocket.Subprotocol+" is required")
		return
	}
	adopted = m.welcome(hc, r)
}

// noteMalformed logs a request that is no upgrade, as those are whose headers a
// proxy does not pass on: one in a while, for anybody can send them.
func (m *Manager) noteMalformed(r *http.Request, err error) {
	if more, ok := m.malformed.take(m.node.Clock.Now()); ok {
		m.node.Log.Warn("grid: not an upgrade, a proxy that does not pass it on perhaps", "remote", r.RemoteAddr, "method", status.Logged(r.Method), "proto", status.Logged(r.Proto), "reason", status.LoggedReason(err.Error()), "more", more)
	}
}

// ration lets one of many log lines through in each rationTime.
type ration struct {
	mu   sync.Mutex
	last int64 // manager clock, 0: never
	more int   // lines left out since then
}

const rationTime = time.Minute

// take reports whether a line may be written now, and how many were left out.
func (x *ration) take(now int64) (more int, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.last != 0 && now-x.last < int64(rationTime) {
		x.more++
		return 0, false
	}
	more, x.more, x.last = x.more, 0, now
	return more, true
}

// allowsOrigins reports whether every Origin header of an upgrade is allowed, an
// empty one too: only who sends none is no browser.
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
func (m *Manager) welcome(hc *websocket.HandshakeConn, r *http.Request) (adopted bool) {
	stop := m.onClose(func() { hc.Conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	s, claimed, err := m.greetAsAcceptor(hc, r.TLS)
	if err == nil {
		if !stop() {
			s.End(&Error{Code: Disconnected, Message: "shutting down"}, websocket.CloseNormal)
			return true
		}
		hc.Conn.SetDeadline(time.Time{})
		s.Start()
		return true
	}
	if refusal := refusalIn(err); refusal != nil {
		if !refusal.Remote {
			_ = hc.Send(refusal.Encode()) // the peer may be gone: it learns the reason if it can
		}
		m.logRefusal(refusal, claimed, r.RemoteAddr)
	}
	hc.Close(websocket.CloseRefused, "handshake failed")
	return false
}

// logRefusal writes one line for each peer and reason, however often it tries,
// and one for each attempt of others.
func (m *Manager) logRefusal(r *handshake.Rejection, claimed, remote string) {
	m.mu.Lock()
	c := m.peers[claimed]
	m.mu.Unlock()
	if c != nil && !c.stranger(r) {
		return
	}
	m.node.Log.Warn("grid: connection refused", "remote", remote, "name", status.Logged(claimed), "reason", status.LoggedReason(r.Reason), "code", status.Logged(string(r.Code)), "by_peer", r.Remote)
}

// greetAsAcceptor waits for a hello, proves this end, checks the other and
// adopts the session.
func (m *Manager) greetAsAcceptor(hc *websocket.HandshakeConn, state *tls.ConnectionState) (s *mux.Session, claimed string, err error) {
	theirsRaw, err := hc.Receive()
	if err != nil {
		return nil, claimed, err
	}
	if err := handshake.Expect(theirsRaw, handshake.HelloHello); err != nil {
		return nil, claimed, err
	}
	theirs, err := handshake.ParseHello(theirsRaw)
	if err != nil {
		return nil, claimed, handshake.Reject(InvalidArgument, "%v", err)
	}
	claimed = theirs.Name
	mine := m.hello(theirs.Name, 0)
	a, err := handshake.Agree(mine, theirs)
	if err != nil {
		return nil, claimed, err
	}
	mineRaw := mine.Encode()
	said := handshake.Transcript(theirsRaw, mineRaw)
	proof, err := m.prove(AuthInfo{Prover: m.name, Verifier: theirs.Name, Role: Acceptor, Transcript: said, TLS: state})
	if err != nil {
		return nil, claimed, handshake.Reject(Internal, "this end cannot prove itself: %v", err)
	}
	if err := hc.Send(mineRaw); err != nil {
		return nil, claimed, err
	}
	if err := hc.Send(append([]byte{byte(handshake.HelloProof)}, proof...)); err != nil {
		return nil, claimed, err
	}
	asked := time.Now()
	answer, err := hc.Receive()
	hc.RoundTrip = time.Since(asked)
	if err != nil {
		return nil, claimed, err
	}
	if err := handshake.Expect(answer, handshake.HelloProof); err != nil {
		return nil, claimed, err
	}
	if err := m.verify(AuthInfo{Prover: theirs.Name, Verifier: m.name, Role: Dialer, Transcript: said, TLS: state}, answer[1:]); err != nil {
		return nil, claimed, handshake.Reject(Unauthenticated, "authentication failed: %v", err)
	}
	s, err = m.admitPeer(hc, theirs, a)
	return s, claimed, err
}

// admitPeer finds the Connection of an authenticated peer and welcomes it.
func (m *Manager) admitPeer(hc *websocket.HandshakeConn, theirs *handshake.Hello, a handshake.Agreement) (*mux.Session, error) {
	s, err := m.adoptPeer(hc, theirs, a)
	if err != nil {
		return nil, err
	}
	if err := hc.Send([]byte{byte(handshake.HelloWelcome)}); err != nil {
		s.Lost(err)
		return nil, err
	}
	return s, nil
}

// adoptPeer makes a session, and makes it the one of its Connection. A guest's
// Connection may be dropped under it, once its last session has ended.
func (m *Manager) adoptPeer(hc *websocket.HandshakeConn, theirs *handshake.Hello, a handshake.Agreement) (*mux.Session, error) {
	for {
		c, err := m.connectionFor(theirs.Name)
		if err != nil {
			return nil, err
		}
		s := c.newSession(hc, false, handshake.SessionID{Incarnation: theirs.Incarnation, Attempt: theirs.Attempt, ByName: handshake.Dials(theirs.Name, m.name)}, a)
		if err := c.adopt(s); err != errForgotten {
			return s, err
		}
	}
}

// greetAsDialer says hello, checks the acceptor's proof before giving its own,
// and waits for the welcome.
func (m *Manager) greetAsDialer(hc *websocket.HandshakeConn, mine *handshake.Hello) (handshake.Agreement, error) {
	none := handshake.Agreement{}
	mineRaw := mine.Encode()
	asked := time.Now()
	if err := hc.Send(mineRaw); err != nil {
		return none, err
	}
	theirsRaw, err := hc.Receive()
	hc.RoundTrip = time.Since(asked)
	if err != nil {
		return none, err
	}
	if err := handshake.Expect(theirsRaw, handshake.HelloHello); err != nil {
		return none, err
	}
	theirs, err := handshake.ParseHello(theirsRaw)
	if err != nil {
		return none, handshake.Reject(InvalidArgument, "%v", err)
	}
	if theirs.Name != mine.Target {
		return none, handshake.Reject(Unauthenticated, "the node at this address is %s, not %s", status.Quoted(theirs.Name), status.Quoted(mine.Target))
	}
	a, err := handshake.Agree(mine, theirs)
	if err != nil {
		return none, err
	}
	said := handshake.Transcript(mineRaw, theirsRaw)
	state := node.TlsState(hc.Conn)
	proof, err := hc.Receive()
	if err != nil {
		return none, err
	}
	if err := handshake.Expect(proof, handshake.HelloProof); err != nil {
		return none, err
	}
	if err := m.verify(AuthInfo{Prover: theirs.Name, Verifier: m.name, Role: Acceptor, Transcript: said, TLS: state}, proof[1:]); err != nil {
		return none, handshake.Reject(Unauthenticated, "authentication failed: %v", err)
	}
	mineProof, err := m.prove(AuthInfo{Prover: m.name, Verifier: theirs.Name, Role: Dialer, Transcript: said, TLS: state})
	if err != nil {
		return none, handshake.Reject(Internal, "this end cannot prove itself: %v", err)
	}
	if err := hc.Send(append([]byte{byte(handshake.HelloProof)}, mineProof...)); err != nil {
		return none, err
	}
	welcome, err := hc.Receive()
	if err != nil {
		return none, err
	}
	return a, handshake.Expect(welcome, handshake.HelloWelcome)
}

// strangers counts sockets that are not authenticated yet.
type strangers struct {
	limit, perAddress int

	mu    sync.Mutex
	all   int
	hosts map[string]int
}

func (x *strangers) take(host string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all >= x.limit || x.hosts[host] >= x.perAddress {
		return false
	}
	if x.hosts == nil {
		x.hosts = make(map[string]int)
	}
	x.all++
	x.hosts[host]++
	return true
}

func (x *strangers) give(host string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all--
	if x.hosts[host]--; x.hosts[host] == 0 {
		delete(x.hosts, host)
	}
}
