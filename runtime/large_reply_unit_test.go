package grid

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// A large answer is dropped at the end of its session, before the writer is closed:
// nothing is written in its place, and what the peer says of it means nothing.
func TestLargeAnswerIsDropped(t *testing.T) {
	for what, announced := range map[string]bool{"queued": false, "announced": true} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, err := NewManager(Options{Name: "node", Auth: InsecureNoAuth(), Peers: []Peer{{Name: "peer"}}})
				if err != nil {
					t.Fatal(err)
				}
				s, far := adoptedSession(t, m, 1)
				w := &s.Out
				sv := &calls.Serving{T: &s.Serving, ID: 1, H: &handlers.Handler{M: &m.node}, Out: make(chan struct{}), Ctx: handlers.Context{S: &s.Link}}
				sv.Item.Src, sv.Reply = sv, bytes.Repeat([]byte("r"), wire.MaxPayload+1)
				w.Flushing = true // the test is who writes
				if !sv.Send(true) {
					t.Fatal("the answer was not queued")
				}
				if announced && w.Batch(m.node.Buffers.Get(out.WriteBuffer)) == nil {
					t.Fatal("the answer was not announced")
				}
				sv.Drop()
				if b := w.Batch(m.node.Buffers.Get(out.WriteBuffer)); b != nil {
					t.Errorf("written in its place: %q", b)
				}
				if w.Queued != [3]int{} || w.Replies > 0 || w.Lanes.Count > 0 {
					t.Errorf("%d bytes are queued, %d answers and %d items are on their way", w.Queued, w.Replies, w.Lanes.Count)
				}
				s.Serving.HandleGrant(1)
				s.Serving.HandleReset(1, Canceled)
				s.End(&Error{Code: Disconnected, Message: "a test ends it"}, websocket.CloseNormal)
				far.Close()
				if err := m.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
