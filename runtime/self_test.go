package grid

import (
	"context"
	"testing"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
)

// A session is ready only when its Connection knows of it: who waits for it, as
// a node does for the session with itself, can call at once.
func TestReadyMeansConnected(t *testing.T) {
	m, err := NewManager(Options{Name: "self", Auth: InsecureNoAuth()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(context.Background())
	here, there := newConnection(&m.hub, Peer{Name: "self"}, false), newConnection(&m.hub, Peer{Name: "self"}, false)
	a, b := memconn.Pair(memconn.Options{})
	agreed := handshake.Agreement{Message: m.node.Limits.Message, Bulk: int64(m.node.Limits.BulkWindow), Window: int64(m.node.Limits.StreamWindowMin)}
	near := here.newSession(m.handshakeConn(a, true, nil), true, handshake.SessionID{Attempt: 1}, agreed)
	far := there.newSession(m.handshakeConn(b, false, nil), false, handshake.SessionID{Attempt: 1}, agreed)
	here.current, there.current = near, far

	here.mu.Lock() // the Connection cannot take notice yet
	near.Start()
	far.Start()
	select {
	case <-near.Ready:
		t.Error("ready before the Connection was connected")
	case <-time.After(50 * time.Millisecond):
	}
	here.mu.Unlock()
	<-near.Ready
	if here.live.Load() != near {
		t.Error("not connected")
	}
}
