package grid

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"
)

// A call that is alone on its session reads its own answer: the reader's role is
// left vacant between such calls, and whoever is about to wait for an answer takes
// it, so that an answer wakes one goroutine instead of two. What else arrives is
// handled as ever, but no handler runs on the goroutine of a caller. A role that
// nobody wants within a tick of the watch goes back to a goroutine of its own.
//
// Measured with calls of 512 B, one in flight, on two busy processors: 25.8 µs of
// CPU instead of 33.0 over the bytes API, 26.5 instead of 36 typed; what a socket
// alone needs is 19.4 (bench, cell echo/512B/1). See BenchmarkCallerReads.
type vacancy struct {
	// state is 0 while the role is held, and the number of the vacancy while it is
	// not. Whoever swaps it to 0 has the role.
	state  atomic.Uint64
	caller atomic.Pointer[call] // who reads for himself, nil otherwise

	left atomic.Pointer[chan struct{}] // nil, or gets a value when a caller leaves; see awaitLeave

	// Owned by the holder of the role.
	count uint64 // vacancies so far
	lone  int    // answers, quick ones in a row, that came to the only call in flight
	last  int64  // manager clock, when the last of them came
	taken uint64 // of the call table, at that time

	// Owned by the watch.
	seen   uint64 // state at its last tick
	seenAt int64  // manager clock, when it was first seen so
}

// loneAnswers is how many lone answers it takes to leave the role vacant, each
// within a tick of the watch after the one before: if they come more slowly, the
// watch takes the role back before the next call wants it.
const loneAnswers = 4

// answered notes an answer, between the claim of its call and its completion, while
// that call is still in flight. taken is read first: a call that begins meanwhile is
// either counted in flight or newer than it, see vacate.
func (v *vacancy) answered(s *session) {
	taken := s.calls.taken.Load()
	now := s.heard.Load()
	quick := now-v.last < int64(watchTick)
	v.last = now
	if !quick || s.calls.inFlight() != 1 {
		v.lone = 0
		return
	}
	v.lone++
	v.taken = taken
}

// vacate leaves the reader's role to the next caller, if calls have been alone for
// a while and nothing else is going on. The holder calls it between two messages;
// if it reports true he has the role no more.
func (s *session) vacate() bool {
	v := &s.role.vacancy
	if v.lone < loneAnswers || s.in.ready == nil || !s.in.empty() || s.serving.busy() || s.streams.busy() {
		return false
	}
	s.flushReplies()
	s.in.release()
	v.count++
	n := v.count
	taken := v.taken
	v.state.Store(n)
	s.m.watch.arm()
	if s.calls.taken.Load() == taken {
		return true
	}
	// A call was made since. It has seen the vacancy and takes it, or has not and
	// waits: whoever is first.
	return !v.state.CompareAndSwap(n, 0)
}

// enter takes a vacant role.
func (v *vacancy) enter() bool {
	n := v.state.Load()
	return n != 0 && v.state.CompareAndSwap(n, 0)
}

// readFor holds the reader's role until call id in slot c has its outcome.
func (s *session) readFor(ctx context.Context, c *call, id uint64) {
	v := &s.role.vacancy
	v.caller.Store(c)
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			if c.claim(id) {
				c.complete(nil, contextError(ctx.Err()))
				s.interrupt(c)
			}
		})
		defer stop()
	}
	for c.state.Load() == id {
		if !s.readMessage() {
			v.leave()
			return // the session is over
		}
	}
	v.leave()
	if !s.vacate() {
		s.m.goroutines.Go(s.readLoop)
	}
}

// leave notes that the caller reads no more, and tells who waits for that.
func (v *vacancy) leave() {
	v.caller.Store(nil)
	if left := v.left.Load(); left != nil {
		select {
		case *left <- struct{}{}:
		default: // one word is enough: who gets it looks again
		}
	}
}

// awaitLeave waits until no caller reads for himself, and reports false if ctx
// ends before. It is for one goroutine at a time.
func (v *vacancy) awaitLeave(ctx context.Context) bool {
	left := make(chan struct{}, 1)
	v.left.Store(&left) // before the look at caller: one who leaves after it sees this
	for v.caller.Load() != nil {
		select {
		case <-left:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// interrupt wakes c if it reads for itself: its outcome came from elsewhere.
func (s *session) interrupt(c *call) {
	if s.role.vacancy.caller.Load() == c {
		_ = s.raw.SetReadDeadline(time.Unix(1, 0)) // fails only if the socket is closed, which wakes it, too
	}
}

// resumes reports whether a read failed because of interrupt, and clears that. Of
// a session that callers may read nobody else sets a read deadline. It may be later
// that it comes, meet another reader, and come after one that was set later: he
// just reads on. One that is cleared unseen is no loss: its call was completed
// before, which its caller looks at afterwards.
func (s *session) resumes(err error) bool {
	if s.in.ready == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	return s.raw.SetReadDeadline(time.Time{}) == nil
}

// look is the watch's: a role that has been vacant for a whole tick goes back to a
// goroutine of its own. It reports whether the role is vacant.
func (v *vacancy) look(s *session, now int64) bool {
	n := v.state.Load()
	switch {
	case n != v.seen:
		v.seen, v.seenAt = n, now
	case n != 0 && now-v.seenAt >= int64(watchTick) && v.state.CompareAndSwap(n, 0):
		s.m.goroutines.Go(s.readLoop)
		return false
	}
	return n != 0
}
