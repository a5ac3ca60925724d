package grid

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// TestMain fails if any test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// adoptedSession is a session that its Connection has adopted and that has not started,
// with the far end of its socket.
func adoptedSession(t *testing.T, m *Manager, attempt uint64) (*mux.Session, *memconn.Conn) {
	t.Helper()
	a, b := memconn.Pair(memconn.Options{})
	agreed := handshake.Agreement{Message: m.node.Limits.Message, Bulk: int64(m.node.Limits.BulkWindow), Window: int64(m.node.Limits.StreamWindowMin)}
	c := m.Connection("peer")
	s := c.newSession(m.handshakeConn(a, false, nil), false, handshake.SessionID{Attempt: attempt}, agreed)
	if err := c.adopt(s); err != nil {
		t.Fatal(err)
	}
	return s, b
}

// A session that ends between its adoption and its start, or while it starts, is
// not among those that the Manager looks after, and leaves nothing behind.
func TestASessionThatEndsBeforeItStarts(t *testing.T) {
	reason := &Error{Code: Disconnected, Message: "a test ends it"}
	for what, end := range map[string]func(s *mux.Session){
		"before":    func(s *mux.Session) { s.End(reason, websocket.CloseNormal); s.Start() },
		"meanwhile": func(s *mux.Session) { go s.End(reason, websocket.CloseNormal); s.Start() },
		"with its Connection": func(s *mux.Session) {
			s.Host.(connectionHost).c.close(reason)
			s.Start()
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for attempt := range uint64(50) {
					m, err := NewManager(Options{Name: "node", Auth: InsecureNoAuth(), Peers: []Peer{{Name: "peer"}}})
					if err != nil {
						t.Fatal(err)
					}
					s, far := adoptedSession(t, m, attempt)
					end(s)
					far.Close()
					synctest.Wait()
					if n := len(m.sessions.All()); n != 0 || m.Connection("peer").hasSession() {
						t.Fatalf("%d sessions are there", n)
					}
					began := time.Now()
					if err := m.Shutdown(t.Context()); err != nil || time.Since(began) > 0 {
						t.Fatalf("Shutdown: %v after %v", err, time.Since(began))
					}
				}
			})
		})
	}
}

// A guest that is back before its last session has been forgotten keeps its
// Connection; one whose Connection was dropped meanwhile gets another.
func TestGuestIsBackAtOnce(t *testing.T) {
	m, err := NewManager(Options{Name: "host", Auth: InsecureNoAuth(), Accept: func(string) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(context.Background())
	session := func(c *Connection, attempt uint64) *mux.Session {
		a, _ := memconn.Pair(memconn.Options{})
		return c.newSession(m.handshakeConn(a, false, nil), false, handshake.SessionID{Attempt: attempt}, handshake.Agreement{Message: 1, Bulk: wire.MinBulk, Window: 1})
	}
	c, err := m.connectionFor("guest", true)
	if err != nil {
		t.Fatal(err)
	}
	first := session(c, 1)
	if err := c.adopt(first); err != nil {
		t.Fatal(err)
	}
	tell := c.sessionEnded(first, errReplaced)
	second := session(c, 2)
	if err := c.adopt(second); err != nil {
		t.Fatal(err)
	}
	tell()
	if m.Connection("guest") != c {
		t.Error("the Connection of a connected guest was dropped")
	}
	c.sessionEnded(second, errReplaced)()
	if m.Connection("guest") != nil {
		t.Error("a guest that has gone was kept")
	}
	if err := c.adopt(session(c, 3)); err != errForgotten {
		t.Errorf("adopted by a Connection that was dropped: %v", err)
	}
	s, err := m.adoptPeer(m.handshakeConn(second.Raw, false, nil), caller{hello: &handshake.Hello{Name: "guest"}, asGuest: true})
	if err != nil || s.Host.(connectionHost).c == c {
		t.Errorf("no new Connection: %v", err)
	}
}
