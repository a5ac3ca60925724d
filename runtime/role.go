package grid

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"
)

// readerRole is what the holder of a session's reader's role owns. Exactly one
// goroutine holds it at a time, and runs readLoop. All that the role needs
// between two frames is here or in session.in, none of it on a stack, so it can
// be handed on at any frame: another goroutine calls readLoop, and the one that
// had the role returns from it. A handler that leaves its goroutine locked to a thread
// is the last on it, see leftClean.
//
// That is what lets short handlers run on the reader. Measured with calls of
// 512 B, 256 in flight: 3.7 µs on the reader, 7.8 µs with a goroutine each
// (BenchmarkInline). A handler that takes long does not hold the reader up: after
// at most two ticks of the watch its role goes to a fresh goroutine, the handler
// ends like one that had its own goroutine from the start, and further calls of
// it are given one, see pace.
type readerRole struct {
	rest    []byte // frames of the present batch that are not handled yet
	replies []byte // answers of handlers that ran here, not yet given to the writer
	seq     uint64 // counts the handlers that ran here
	pong    uint64 // the number of the last pong in the present batch, 0 for none

	// running is the seq of the handler that runs on the reader now, 0 while none
	// does. Whoever swaps it back to 0 has the role: the goroutine that ran the
	// handler, the watch, or the handler itself when it is about to wait.
	running atomic.Uint64
	handler atomic.Pointer[handler] // the one that runs; set before running

	// Owned by the watch: running at its last tick, and when that was.
	seen   uint64
	seenAt int64
}

// inlineReply is the largest answer that is gathered on the reader.
const inlineReply = 16 << 10

// inlineBacklog is how many bytes of gathered answers may wait for the writer
// before handlers get goroutines again: what the peer does not read must not
// pile up.
const inlineBacklog = 64 << 10

// runInline runs a call's handler on the reader. It reports false if the role
// has moved on meanwhile: then the caller is no reader any more and must return
// without touching the session's reading side.
func (s *session) runInline(sv *serving) bool {
	r := &s.role
	r.seq++
	seq := r.seq
	r.handler.Store(sv.h)
	r.running.Store(seq)
	s.m.watch.arm()
	sv.ctx.reader = seq
	returned := false
	defer func() {
		if returned {
			return
		}
		if r.running.CompareAndSwap(seq, 0) {
			s.resume() // runtime.Goexit ends this goroutine, not the session
		}
		sv.finish()
	}()
	sv.work()
	returned = true
	if !r.running.CompareAndSwap(seq, 0) {
		sv.finish()
		return false
	}
	sv.h.pace.well()
	r.answer(s, sv)
	if !leftClean() {
		s.resume()
		return false // and the thread ends with this goroutine
	}
	return true
}

// answer takes the answer of a handler that ran on the reader. It never waits. The
// slot is free before the answer leaves.
func (r *readerRole) answer(s *session, sv *serving) {
	switch {
	case sv.fail != nil:
		r.gather(s)
		r.replies = growPooled(&s.m.buffers, r.replies, maxErrorText)
		r.replies = appendError(r.replies, sv.id, sv.fail)
	case sv.answer().size() <= inlineReply:
		reply := sv.reply
		r.gather(s)
		p := payloadFrame{id: sv.id, payload: reply}
		r.replies = growPooled(&s.m.buffers, r.replies, len(reply)+32)
		r.replies = p.append(r.replies, kindReply)
		if !sameMemory(reply, sv.payload) {
			s.m.buffers.put(reply)
		}
	case sv.answer().size() <= maxPayload && sv.finishNow(): // no copy more than there must be
		return
	default:
		s.m.goroutines.Go(sv.finish) // it may have to wait for room
		return
	}
	sv.putPayload()
	sv.payload, sv.reply = nil, nil
	s.serving.remove(sv)
	sv.ctx.returned()
}

// gather notes that an answer is about to be held here.
func (r *readerRole) gather(s *session) {
	if len(r.replies) == 0 {
		s.serving.gathered.Store(true)
	}
}

// flushReplies gives the gathered answers to the writer, in one go.
func (s *session) flushReplies() {
	r := &s.role
	if len(r.replies) == 0 {
		return
	}
	w := &s.out
	w.mu.Lock()
	if len(w.gathered) == 0 {
		w.gathered = r.replies
	} else {
		w.gathered = append(growPooled(&s.m.buffers, w.gathered, len(r.replies)), r.replies...)
		s.m.buffers.put(r.replies)
	}
	r.replies = nil // an idle session holds no buffer
	w.gatheredLen.Store(int64(len(w.gathered)))
	w.flush(true)
	s.serving.handedOver()
}

// mayInline decides where a call's handler runs.
func (s *session) mayInline(h *handler) bool {
	return !h.settings.ownGoroutine && !s.readByCaller() && s.out.gatheredLen.Load() < inlineBacklog && len(s.role.replies) < inlineBacklog && h.pace.fast(&s.m.clock)
}

// readByCaller reports whether a caller holds the reader's role: then the present
// goroutine is not the runtime's own. Only the holder may ask.
func (s *session) readByCaller() bool { return s.calls.vacancy.caller.Load() != nil }

// vacate leaves the reader's role to the next caller, if calls have been alone for
// a while and nothing else is going on. The holder calls it between two messages;
// if it reports true the holder has the role no more.
func (s *session) vacate() bool {
	if s.calls.vacancy.lone < loneAnswers || s.in.ready == nil || !s.in.empty() || s.serving.busy() || s.streams.busy() {
		return false
	}
	s.flushReplies()
	s.in.release()
	return s.calls.vacate()
}

// leave implements reader.
func (s *session) leave() {
	if !s.vacate() {
		s.resume()
	}
}

// resume implements reader: a goroutine that never ran code of others takes the role.
func (s *session) resume() {
	s.m.afresh(func() { s.m.goroutines.Go(s.readLoop) })
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

// yieldReader is called by whatever is about to wait and has the context of a
// handler: if the handler runs on a reader, the role goes to another goroutine
// first, because what is waited for may arrive by that very reader. Send and Recv
// on a stream that the handler did not open have no such context; like anything
// else that waits, they lose the role to the watch, within two of its ticks.
func yieldReader(ctx context.Context) {
	if h := fromContext(ctx); h != nil {
		h.yieldReader()
	}
}

// yieldReader gives the role away if the handler has it.
func (c *handlerContext) yieldReader() {
	if c.reader != 0 {
		c.s.handOn(c.reader)
	}
}

// handOver moves the role of a reader that runs handler seq to a new goroutine.
func (s *session) handOver(seq uint64) {
	r := &s.role
	if seq == 0 || r.running.Load() != seq {
		return
	}
	h := r.handler.Load()
	if !r.running.CompareAndSwap(seq, 0) {
		return // it has just returned
	}
	h.pace.strike(s.m.clock.now())
	s.resume()
}

// watch takes the reader's role from handlers that run too long. It ticks only
// while handlers run on readers.
type watch struct {
	armed atomic.Bool
	wake  chan struct{} // capacity 1
}

// watchTick is how often the watch looks. A handler that is seen twice has run
// for a whole tick.
const watchTick = time.Millisecond

// watchIdle is after how many quiet ticks the watch stops ticking.
const watchIdle = 50

func (w *watch) arm() {
	if w.armed.Load() || w.armed.Swap(true) {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// loop runs until closed is. While it ticks it calls look, which reports whether
// there is something to watch.
func (w *watch) loop(closed <-chan struct{}, look func() bool) {
	for {
		select {
		case <-w.wake:
			w.tickWhileBusy(closed, look)
		case <-closed:
			return
		}
	}
}

func (w *watch) tickWhileBusy(closed <-chan struct{}, look func() bool) {
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	for quiet := 0; quiet < watchIdle; {
		select {
		case <-tick.C:
		case <-closed:
			return
		}
		if look() {
			quiet = 0
		} else {
			quiet++
		}
	}
	w.armed.Store(false)
	if look() {
		w.arm() // one began between the last look and now
	}
}

// watchRole hands on the role of a reader whose handler was running at the last look
// already, and reports whether a handler runs on it, or nobody has the role.
func (s *session) watchRole(now int64) (busy bool) {
	r := &s.role
	seq := r.running.Load()
	busy = s.calls.reclaim(now) || seq != 0
	switch {
	case seq != r.seen:
		r.seen, r.seenAt = seq, now
	case seq != 0 && now-r.seenAt >= int64(watchTick): // a late tick is followed by an early one
		s.handOver(seq)
	}
	return busy
}
