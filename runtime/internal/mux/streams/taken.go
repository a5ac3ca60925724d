package streams

import (
	"context"
	"errors"

	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// A stream that is opened with WaitForReady is returned once the peer has taken it: a
// stream that the peer refuses because it is shutting down is opened again on the next
// session. No frame says that a stream was taken. So a ping is written behind the open
// frame: a refusal would come before its pong.

// expectTaken returns a channel that is closed once the peer has taken a stream that
// is about to be opened, or has refused it, or the stream is over.
func (t *Table) expectTaken(st *Stream) <-chan struct{} {
	taken := make(chan struct{})
	t.Mu.Lock()
	defer t.Mu.Unlock()
	if t.expect == nil {
		t.expect = make(map[*Stream]chan struct{})
	}
	t.expect[st] = taken
	return taken
}

// takenLocked wakes the goroutine that waits in awaitTaken for st.
func (t *Table) takenLocked(st *Stream) {
	if taken := t.expect[st]; taken != nil {
		close(taken)
		delete(t.expect, st)
	}
}

// number gives a stream its id, see Table.number.
func (st *Stream) number() uint64 { return st.table().number(st) }

// gone takes a stream out of the table.
func (st *Stream) gone() { st.table().remove(st) }

// afterOpen appends the ping that follows an open frame, if somebody waits for the
// stream. It runs under the writer's lock.
func (st *Stream) afterOpen(b []byte) []byte { return st.table().appendExpected(b, st) }

// appendExpected appends the ping that follows an open frame, if somebody waits for
// the stream. It runs under the writer's lock.
func (t *Table) appendExpected(b []byte, st *Stream) []byte {
	t.Mu.Lock()
	waited := t.expect[st] != nil
	t.Mu.Unlock()
	if !waited {
		return b
	}
	return wire.AppendNumber(b, wire.KindPing, t.s.Pings.Next(func() {
		t.Mu.Lock()
		defer t.Mu.Unlock()
		t.takenLocked(st)
	}))
}

// awaitTaken waits until the peer has taken the stream, and returns why it was not
// begun where another session may take it.
func (st *Stream) awaitTaken(ctx context.Context, done, taken <-chan struct{}) error {
	select {
	case <-taken:
	case <-done:
		st.GiveUp(st.ranOut(status.ContextError(ctx)))
	}
	err := st.In.ending()
	var e *status.Error
	if errors.As(err, &e) && (e.Outcome == status.NotSent || e.Outcome == status.Rejected || isClosed(done)) {
		st.detach()
		return err
	}
	return nil
}

// ending returns the end of the inbox, nil while there is none.
func (in *inbox) ending() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
