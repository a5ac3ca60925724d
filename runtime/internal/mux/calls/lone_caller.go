package calls

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/status"
)

// LoneCaller lets a call that is alone on its session read its own answer. The reader's
// role is left vacant between such calls, and the next caller takes the role before it
// waits, so that an answer wakes one goroutine instead of two. The caller handles whatever
// else arrives, but runs no handler on its goroutine. A role that no caller takes within
// a tick of the watch goes back to a goroutine of its own.
//
// Measured with calls of 512 B, one in flight, on two busy processors: 25.8 µs of
// CPU instead of 33.0 over the bytes API, 26.5 instead of 36 typed; what a socket
// alone needs is 19.4 (bench, cell echo/512B/1). See BenchmarkCallerReads.
type LoneCaller struct {
	// State is 0 while the role is held, and the number of the vacancy while it is
	// not. Whoever swaps it to 0 has the role.
	State  atomic.Uint64
	Caller atomic.Pointer[Call] // the call whose caller holds the role, nil if none does

	left atomic.Pointer[chan struct{}] // nil, or gets a value when a caller leaves; see AwaitLeave

	// Owned by the holder of the role.
	count  uint64 // vacancies so far
	InARow int    // answers that came, each soon after the one before, to the only call in flight
	last   int64  // manager clock, when the last of them came
	taken  uint64 // of the call table, at that time

	// Owned by the watch.
	seen   uint64 // state at its last tick
	seenAt int64  // manager clock, when it was first seen so
}

// EnoughInARow is how many lone answers it takes to leave the role vacant, each
// within a tick of the watch after the one before. If answers come more slowly, the
// watch takes the role back before the next call begins.
const EnoughInARow = 4

// answered notes an answer. It is called when the outcome of the call is claimed and the
// call still counts as in flight. taken is read before InFlight, so that a call that
// begins meanwhile either makes InFlight larger or is found by Vacate, which compares
// taken again.
func (v *LoneCaller) answered(t *Table) {
	taken := t.taken.Load()
	now := t.s.Heard.Load()
	quick := now-v.last < int64(node.WatchTick)
	v.last = now
	if !quick || t.InFlight() != 1 {
		v.InARow = 0
		return
	}
	v.InARow++
	v.taken = taken
}

// reader is the reader's role of a session, as a caller who is alone needs it.
type reader interface {
	// ReadMessage takes one message off the socket, and reports false if the session
	// is over. Only for the holder of the role.
	ReadMessage() bool
	// Leave gives the role up: to the next caller, or to a goroutine of its own.
	Leave()
	// Resume has a goroutine of its own read on. The role must be held.
	Resume()
}

// Vacate leaves the reader's role to the next caller. It reports false if a call
// that was made meanwhile has the answer come too soon: then the role is still held.
func (t *Table) Vacate() bool {
	v := &t.LoneCaller
	v.count++
	n := v.count
	taken := v.taken
	v.State.Store(n)
	t.s.M.Watch.Arm()
	if t.taken.Load() == taken {
		return true
	}
	// A call began since the answer. If its caller saw the vacant role, the caller takes
	// it; if not, the caller waits for somebody to read. Whoever swaps State decides.
	return !v.State.CompareAndSwap(n, 0)
}

// enter takes a vacant role.
func (v *LoneCaller) enter() bool {
	n := v.State.Load()
	return n != 0 && v.State.CompareAndSwap(n, 0)
}

// readFor holds the reader's role until call id in slot c has its outcome.
func (t *Table) readFor(ctx context.Context, c *Call, id uint64) {
	v := &t.LoneCaller
	v.Caller.Store(c)
	watched := false
	defer func() {
		if !watched { // the context slipped: the role goes back
			v.leave()
			t.reader.Leave()
		}
	}()
	if ctx.Done() != nil {
		stop := status.WhenEnded(ctx, func(why *status.Error) {
			if c.Claim(id) {
				c.complete(nil, why)
				t.interrupt(c)
			}
		})
		defer stop()
	}
	watched = true
	for c.state.Load() == id {
		if !t.reader.ReadMessage() {
			v.leave()
			return // the session is over
		}
	}
	v.leave()
	t.reader.Leave()
}

// leave notes that the caller no longer reads, and wakes AwaitLeave.
func (v *LoneCaller) leave() {
	v.Caller.Store(nil)
	if left := v.left.Load(); left != nil {
		select {
		case *left <- struct{}{}:
		default: // one value is enough: AwaitLeave looks at Caller again
		}
	}
}

// AwaitLeave waits until no caller holds the reader's role, and reports false if ctx
// ends before. One goroutine at a time may call it.
func (v *LoneCaller) AwaitLeave(ctx context.Context) bool {
	left := make(chan struct{}, 1)
	v.left.Store(&left) // before the look at Caller: a caller that leaves after that look finds the channel
	for v.Caller.Load() != nil {
		select {
		case <-left:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// interrupt wakes the caller of c from its read, if that caller holds the reader's role:
// the outcome of c came from elsewhere, such as its deadline.
func (t *Table) interrupt(c *Call) {
	if t.LoneCaller.Caller.Load() == c {
		_ = t.s.Raw.SetReadDeadline(time.Unix(1, 0)) // fails only if the socket is closed, which wakes it, too
	}
}

// Reclaim gives a role that has been vacant for a whole tick back to a goroutine of its
// own, and reports whether the role is still vacant. Only the watch calls it.
func (t *Table) Reclaim(now int64) bool {
	v := &t.LoneCaller
	n := v.State.Load()
	switch {
	case n != v.seen:
		v.seen, v.seenAt = n, now
	case n != 0 && now-v.seenAt >= int64(node.WatchTick) && v.State.CompareAndSwap(n, 0):
		t.reader.Resume()
		return false
	}
	return n != 0
}
