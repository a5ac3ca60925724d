package grid

import (
	"context"
	"testing"
	"time"

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
	here, there := newConnection(m, Peer{Name: "self"}, false), newConnection(m, Peer{Name: "self"}, false)
	a, b := memconn.Pair(memconn.Options{})
	agreed := agreement{message: m.node.limits.Message, bulk: int64(m.node.limits.BulkWindow), window: int64(m.node.limits.StreamWindowMin)}
	near := here.newSession(m.handshakeConn(a, true, nil), true, sessionID{attempt: 1}, agreed)
	far := there.newSession(m.handshakeConn(b, false, nil), false, sessionID{attempt: 1}, agreed)
	here.current, there.current = near, far

	here.mu.Lock() // the Connection cannot take notice yet
	near.start()
	far.start()
	select {
	case <-near.ready:
		t.Error("ready before the Connection was connected")
	case <-time.After(50 * time.Millisecond):
	}
	here.mu.Unlock()
	<-near.ready
	if here.live.Load() != near {
		t.Error("not connected")
	}
}
