package streams

import (
	"testing"

	"github.com/gridrpc/gridc/runtime/internal/node"
)

// unreadStream is a stream of a table, enough for its budget.
func unreadStream() *Stream {
	st := &Stream{}
	st.In.news.L = &st.In.mu
	return st
}

// Messages that were announced and given up again, behind one that waits for long, do
// not pile up; nor do they pass it.
func TestParkedMessagesDoNotPileUp(t *testing.T) {
	b := &unreadBudget{limits: &node.Limits{Unread: 100, Message: 50}}
	mustCome := func(what string, ready []*parkedMessage, err error, ids ...uint64) {
		t.Helper()
		if err != nil || len(ready) != len(ids) {
			t.Fatalf("%s: %d may come, %v", what, len(ready), err)
		}
		for i, id := range ids {
			if ready[i].id != id {
				t.Errorf("%s: %d may come, want %d", what, ready[i].id, id)
			}
		}
	}
	ready, err := b.ask(unreadStream(), 1, 80)
	mustCome("the first", ready, err, 1)
	ready, err = b.ask(unreadStream(), 2, 50)
	mustCome("one that does not fit", ready, err)
	for id := uint64(3); id < 10000; id++ {
		ready, err = b.ask(unreadStream(), id, 40)
		mustCome("one behind it", ready, err)
		b.forget(id)
		if n := len(b.parked.others.items); n > 4 {
			t.Fatalf("%d are kept, 1 waits", n)
		}
	}
	if _, err = b.ask(unreadStream(), 2, 40); err == nil {
		t.Error("a stream has two messages under way")
	}
	mustCome("the one that is waited for", b.wanted(2), nil, 2) // past Unread, by less than the largest message
	ready, err = b.ask(unreadStream(), 4, 30)
	mustCome("one more", ready, err)
	mustCome("one more that is waited for", b.wanted(4), nil) // 80, 50 and 30 are too much
	mustCome("when one was read", b.release(50), nil, 4)
	if len(b.parked.byID) != 0 || b.held != 110 {
		t.Errorf("%d are parked, %d bytes are held", len(b.parked.byID), b.held)
	}
}

// A message that nobody wants any more holds nothing.
func TestUnwantedMessageHoldsNothing(t *testing.T) {
	b := &unreadBudget{limits: &node.Limits{Unread: 100, Message: 50}}
	st := unreadStream()
	st.In.aborted.Store(true)
	if ready, err := b.ask(st, 1, 80); err != nil || len(ready) != 1 || b.held != 0 {
		t.Errorf("%d may come, %v, %d bytes are held", len(ready), err, b.held)
	}
}
