package grid

import (
	"errors"
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/streams"
)

// A stream whose opener gives it up just before its open frame is queued leaves
// nothing behind: what it counted in the send queue would be lost to all others.
func TestAStreamGivenUpBeforeItIsQueued(t *testing.T) {
	m, err := NewManager(Options{Name: "self", Auth: InsecureNoAuth()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown(t.Context())
	s := m.Connection("self").live.Load()
	st := streams.NewStream(&s.Streams, lanes.LaneNormal, 1)
	st.Client = true
	if err := s.Streams.AddOpening(st, &streams.Opening{}); err != nil {
		t.Fatal(err)
	}
	st.GiveUp(&Error{Code: Canceled})
	err = st.QueueOpen(t.Context())
	if !errors.Is(err, ErrCanceled) || OutcomeOf(err) != NotSent {
		t.Errorf("opened after all: %v", err)
	}
	if queued, open := s.Out.Len(), s.Streams.Len(); queued != 0 || open != 0 {
		t.Errorf("%d bytes are queued, %d streams are open", queued, open)
	}
}
