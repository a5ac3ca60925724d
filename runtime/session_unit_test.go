package grid

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// adoptedSession is a session that its Connection has adopted and that has not started,
// with the far end of its socket.
func adoptedSession(t *testing.T, m *Manager, attempt uint64) (*session, *memconn.Conn) {
	t.Helper()
	a, b := memconn.Pair(memconn.Options{})
	agreed := agreement{message: m.node.limits.Message, bulk: int64(m.node.limits.BulkWindow), window: int64(m.node.limits.StreamWindowMin)}
	c := m.Connection("peer")
	s := c.newSession(m.handshakeConn(a, false, nil), false, sessionID{attempt: attempt}, agreed)
	if err := c.adopt(s); err != nil {
		t.Fatal(err)
	}
	return s, b
}

// A session that ends between its adoption and its start, or while it starts, is
// not among those that the Manager looks after, and leaves nothing behind.
func TestASessionThatEndsBeforeItStarts(t *testing.T) {
	reason := &Error{Code: Disconnected, Message: "a test ends it"}
	for what, end := range map[string]func(s *session){
		"before":    func(s *session) { s.end(reason, closeNormal); s.start() },
		"meanwhile": func(s *session) { go s.end(reason, closeNormal); s.start() },
		"with its Connection": func(s *session) {
			s.host.(*Connection).close(reason)
			s.start()
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
					if n := len(m.sessions.all()); n != 0 || m.Connection("peer").hasSession() {
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

// A session that begins while the node drains tells the peer so, and takes no new
// work: Shutdown may have looked for sessions before it was there.
func TestASessionThatBeginsDuringADrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := NewManager(Options{Name: "node", Auth: InsecureNoAuth(), Peers: []Peer{{Name: "peer"}}})
		if err != nil {
			t.Fatal(err)
		}
		s, far := adoptedSession(t, m, 1)
		m.down.Store(true)
		s.start()
		in := newWSReader(far, true, &m.node.buffers, maxBatch, nil)
		var kinds []frameKind
		for len(kinds) < 2 {
			_, batch, err := in.next()
			if err != nil {
				t.Fatal(err)
			}
			for len(batch) > 0 {
				var kind byte
				if kind, _, batch, err = cutFrame(batch); err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, frameKind(kind))
			}
		}
		if kinds[0] != kindRoutes || kinds[1] != kindGoaway || !s.draining.Load() {
			t.Errorf("frames of the kinds %v", kinds)
		}
		far.Close()
		m.down.Store(false)
		if err := m.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
