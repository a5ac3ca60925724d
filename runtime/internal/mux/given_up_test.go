package mux_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/memconn"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
	"github.com/gridrpc/gridc/runtime/internal/websocket"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// A large answer is dropped at the end of its session, before the writer is closed:
// nothing is written in its place, and what the peer says of it means nothing.
func TestLargeAnswerIsDropped(t *testing.T) {
	for what, announced := range map[string]bool{"queued": false, "announced": true} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x, s, far := inMemory(t)
				w := &s.Out
				sv := &calls.Serving{T: &s.Serving, ID: 1, Large: &calls.LargeReply{Out: make(chan struct{})}, Ctx: handlers.Context{S: &s.Link, H: &handlers.Handler{M: &x.node}}}
				sv.Item.Src, sv.Reply = sv, bytes.Repeat([]byte("r"), wire.MaxPayload+1)
				w.Flushing = true // the test is who writes
				if !sv.Send() {
					t.Fatal("the answer was not queued")
				}
				if announced && w.Batch(x.node.Buffers.Get(out.WriteBuffer)) == nil {
					t.Fatal("the answer was not announced")
				}
				sv.Drop()
				if b := w.Batch(x.node.Buffers.Get(out.WriteBuffer)); b != nil {
					t.Errorf("written in its place: %q", b)
				}
				if w.Queued != [3]int{} || w.Replies > 0 || w.Lanes.Count > 0 {
					t.Errorf("%d bytes are queued, %d answers and %d items are on their way", w.Queued, w.Replies, w.Lanes.Count)
				}
				s.Serving.HandleGrant(1)
				s.Serving.HandleReset(1, status.Canceled)
				s.End(errTest, websocket.CloseNormal)
				far.Close()
				x.close()
			})
		})
	}
}

// A stream whose opener gives it up just before its open frame is queued leaves
// nothing behind: what it counted in the send queue would be lost to all others.
func TestAStreamGivenUpBeforeItIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newEnd(t), newEnd(t)
		a, b := memconn.Pair(memconn.Options{})
		s := pairOver(t, near, far, a, b).s
		st := streams.NewStream(&s.Streams, lanes.LaneNormal, 1)
		st.Client = true
		if err := s.Streams.AddOpening(st, &streams.Opening{}); err != nil {
			t.Fatal(err)
		}
		st.GiveUp(&status.Error{Code: status.Canceled})
		err := st.QueueOpen(t.Context(), t.Context().Done())
		if !errors.Is(err, &status.Error{Code: status.Canceled}) || status.OutcomeOf(err) != status.NotSent {
			t.Errorf("opened after all: %v", err)
		}
		if queued, open := s.Out.Len(), s.Streams.Len(); queued != 0 || open != 0 {
			t.Errorf("%d bytes are queued, %d streams are open", queued, open)
		}
		near.close()
		far.close()
	})
}
