package grid

import (
	"errors"
	"testing"
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
	st := newStream(&s.streams, laneNormal, 1)
	st.client = true
	if err := s.streams.addOpening(st, &opening{}); err != nil {
		t.Fatal(err)
	}
	st.giveUp(&Error{Code: Canceled})
	err = st.queueOpen(t.Context())
	if !errors.Is(err, ErrCanceled) || OutcomeOf(err) != NotSent {
		t.Errorf("opened after all: %v", err)
	}
	if queued, open := s.out.len(), s.streams.len(); queued != 0 || open != 0 {
		t.Errorf("%d bytes are queued, %d streams are open", queued, open)
	}
}
