package grid

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

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
		s.Start()
		in := websocket.NewReader(far, true, &m.node.Buffers, wire.MaxBatch, nil)
		var kinds []wire.Kind
		for len(kinds) < 2 {
			_, batch, err := in.Next()
			if err != nil {
				t.Fatal(err)
			}
			for len(batch) > 0 {
				var kind byte
				if kind, _, batch, err = wire.CutFrame(batch); err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, wire.Kind(kind))
			}
		}
		if kinds[0] != wire.KindRoutes || kinds[1] != wire.KindGoaway || !s.Draining.Load() {
			t.Errorf("frames of the kinds %v", kinds)
		}
		far.Close()
		m.down.Store(false)
		if err := m.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
