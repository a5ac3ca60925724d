package grid

import (
	"bytes"
	"testing"
	"testing/synctest"
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
				w := &s.out
				sv := &serving{t: &s.serving, id: 1, h: &handler{m: &m.node}, out: make(chan struct{}), ctx: handlerContext{s: &s.link}}
				sv.item.src, sv.reply = sv, bytes.Repeat([]byte("r"), maxPayload+1)
				w.flushing = true // the test is who writes
				if !sv.send(true) {
					t.Fatal("the answer was not queued")
				}
				if announced && w.batch(m.node.buffers.get(writeBuffer)) == nil {
					t.Fatal("the answer was not announced")
				}
				sv.drop()
				if b := w.batch(m.node.buffers.get(writeBuffer)); b != nil {
					t.Errorf("written in its place: %q", b)
				}
				if w.queued != [3]int{} || w.replies > 0 || w.lanes.count > 0 {
					t.Errorf("%d bytes are queued, %d answers and %d items are on their way", w.queued, w.replies, w.lanes.count)
				}
				s.serving.handleGrant(1)
				s.serving.handleReset(1, Canceled)
				s.end(&Error{Code: Disconnected, Message: "a test ends it"}, closeNormal)
				far.Close()
				if err := m.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
