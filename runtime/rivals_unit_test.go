package grid

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// What a peer that is a new process each time makes us remember is bounded.
func TestRivalsAreBounded(t *testing.T) {
	var r handshake.Duplicates
	now := time.Now()
	id := func(n int) *handshake.SessionID {
		x := &handshake.SessionID{Attempt: 1}
		binary.BigEndian.PutUint64(x.Incarnation[:], uint64(n))
		return x
	}
	for n := range 1000 {
		if err := r.Judge(id(n), *id(n + 1), now, "peer"); err != nil {
			t.Fatal(n, err)
		}
	}
	if len(r.Displaced) != handshake.MaxDisplaced {
		t.Errorf("%d are remembered", len(r.Displaced))
	}
	if r.Judge(id(1000), *id(999), now, "peer") == nil {
		t.Error("one that has just given way came back")
	}
	if err := r.Judge(id(1000), *id(999), now.Add(2*handshake.FlapWindow), "peer"); err != nil {
		t.Errorf("after a while: %v", err)
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
		return c.newSession(m.handshakeConn(a, false, nil), false, handshake.SessionID{Attempt: attempt}, handshake.Agreement{Message: 1, Bulk: wire.ChunkSize, Window: 1})
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
