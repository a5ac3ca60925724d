package mux

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/calls"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// readerRole is what the holder of a session's reader's role owns. Exactly one
// goroutine holds it at a time, and runs readLoop. All that the role needs
// between two frames is here or in session.in, none of it on a stack, so it can
// be handed on at any frame: another goroutine calls readLoop, and the one that
// had the role returns from it. A handler that leaves its goroutine locked to a thread
// is the last on it, see LeftClean.
//
// That is what lets short handlers run on the reader. Measured with calls of
// 512 B, 256 in flight: 3.7 µs on the reader, 7.8 µs with a goroutine each
// (BenchmarkInline). A handler that takes long does not hold the reader up: after
// at most two ticks of the watch its role goes to a fresh goroutine, the handler
// ends like one that had its own goroutine from the start, and further calls of
// it are given one for a while: see Handler.InlinePenalty.
type readerRole struct {
	rest    []byte // frames of the present batch that are not handled yet
	replies []byte // answers of handlers that ran here, not yet given to the writer
	seq     uint64 // counts the handlers that ran here
	pong    uint64 // the number of the last pong in the present batch, 0 for none
	worked  int64  // manager clock, when the last handler that ran here ended

	// running is the seq of the handler that runs on the reader now, 0 while none
	// does. Whoever swaps it back to 0 has the role: the goroutine that ran the
	// handler, the watch, or the handler itself when it is about to wait.
	running atomic.Uint64
	handler atomic.Pointer[handlers.Handler] // the one that runs; set before running

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
func (s *Session) runInline(sv *calls.Serving) bool {
	r := &s.role
	r.seq++
	seq := r.seq
	came := s.Heard.Load()
	began := max(came, r.worked) // while the role is certain: it may be handed over as soon as running is set
	r.handler.Store(sv.H)
	r.running.Store(seq)
	s.M.Watch.Arm()
	sv.Ctx.Reader = seq
	returned := false
	defer func() {
		if returned {
			return
		}
		if r.running.CompareAndSwap(seq, 0) {
			s.Resume() // runtime.Goexit ends this goroutine, not the session
		}
		sv.Finish()
	}()
	worked := sv.Work(came, began)
	returned = true
	if !r.running.CompareAndSwap(seq, 0) {
		sv.Finish()
		return false
	}
	r.worked = worked
	sv.H.InlinePenalty.NoteShort()
	r.answer(s, sv)
	if !node.LeftClean() {
		s.Resume()
		return false // and the thread ends with this goroutine
	}
	return true
}

// answer takes the answer of a handler that ran on the reader. It never waits. The
// slot is free before the answer leaves.
func (r *readerRole) answer(s *Session, sv *calls.Serving) {
	switch {
	case sv.Fail != nil:
		r.gather(s)
		r.replies = bufs.GrowPooled(&s.M.Buffers, r.replies, wire.MaxErrorText)
		r.replies = wire.AppendError(r.replies, sv.ID, sv.Fail)
	case sv.Answer().Size() <= inlineReply:
		reply := sv.Reply
		r.gather(s)
		p := wire.PayloadFrame{ID: sv.ID, Payload: reply}
		r.replies = bufs.GrowPooled(&s.M.Buffers, r.replies, len(reply)+32)
		r.replies = p.Append(r.replies, wire.KindReply)
		if !bufs.SameMemory(reply, sv.Payload) {
			s.M.Buffers.Put(reply)
		}
	case sv.Answer().Size() <= wire.MaxPayload && sv.FinishNow(): // no copy more than there must be
		return
	default:
		s.M.Goroutines.Go(sv.Finish) // it may have to wait for room
		return
	}
	sv.PutPayload()
	sv.Payload, sv.Reply = nil, nil
	s.Serving.Remove(sv)
	sv.Ctx.Returned()
}

// gather notes that an answer is about to be held here.
func (r *readerRole) gather(s *Session) {
	if len(r.replies) == 0 {
		s.Serving.Gathered.Store(true)
	}
}

// flushReplies gives the gathered answers to the writer, in one go.
func (s *Session) flushReplies() {
	r := &s.role
	if len(r.replies) == 0 {
		return
	}
	w := &s.Out
	w.Mu.Lock()
	if len(w.Gathered) == 0 {
		w.Gathered = r.replies
	} else {
		w.Gathered = append(bufs.GrowPooled(&s.M.Buffers, w.Gathered, len(r.replies)), r.replies...)
		s.M.Buffers.Put(r.replies)
	}
	r.replies = nil // an idle session holds no buffer
	w.GatheredLen.Store(int64(len(w.Gathered)))
	w.Flush(true)
	s.Serving.HandedOver()
}

// mayInline decides where a call's handler runs.
func (s *Session) mayInline(h *handlers.Handler) bool {
	return !h.Settings.OwnGoroutine && !s.readByCaller() && s.Out.GatheredLen.Load() < inlineBacklog && len(s.role.replies) < inlineBacklog && h.InlinePenalty.Over(&s.M.Clock)
}

// readByCaller reports whether a caller holds the reader's role: then the present
// goroutine is not the runtime's own. Only the holder may ask.
func (s *Session) readByCaller() bool { return s.Calls.LoneCaller.Caller.Load() != nil }

// vacate leaves the reader's role to the next caller, if calls have been alone for
// a while and nothing else is going on. The holder calls it between two messages;
// if it reports true the holder has the role no more.
func (s *Session) vacate() bool {
	if s.Calls.LoneCaller.InARow < calls.EnoughInARow || s.in.Ready == nil || !s.in.Empty() || s.Serving.Busy() || s.Streams.Busy() {
		return false
	}
	s.flushReplies()
	s.in.Release()
	return s.Calls.Vacate()
}

// Leave implements reader.
func (s *Session) Leave() {
	if !s.vacate() {
		s.Resume()
	}
}

// Resume implements reader: a goroutine that never ran code of others takes the role.
func (s *Session) Resume() {
	s.M.Afresh(func() { s.M.Goroutines.Go(s.readLoop) })
}

// resumes reports whether a read failed because of interrupt, and clears that. Of
// a session that callers may read nobody else sets a read deadline. It may be later
// that it comes, meet another reader, and come after one that was set later: he
// just reads on. One that is cleared unseen is no loss: its call was completed
// before, which its caller looks at afterwards.
func (s *Session) resumes(err error) bool {
	if s.in.Ready == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	return s.Raw.SetReadDeadline(time.Time{}) == nil
}

// YieldReader is called by whatever is about to wait and has the context of a
// handler: if the handler runs on a reader, the role goes to another goroutine
// first, because what is waited for may arrive by that very reader. Send and Recv
// on a stream that the handler did not open have no such context; like anything
// else that waits, they lose the role to the watch, within two of its ticks.
func YieldReader(ctx context.Context) {
	if h := handlers.FromContext(ctx); h != nil {
		h.YieldReader()
	}
}

// handOver moves the role of a reader that runs handler seq to a new goroutine.
func (s *Session) handOver(seq uint64) {
	r := &s.role
	if seq == 0 || r.running.Load() != seq {
		return
	}
	h := r.handler.Load()
	if !r.running.CompareAndSwap(seq, 0) {
		return // it has just returned
	}
	h.InlinePenalty.NoteLong(s.M.Clock.Now())
	s.Resume()
}

// watchRole hands on the role of a reader whose handler was running at the last look
// already, and reports whether a handler runs on it, or nobody has the role.
func (s *Session) watchRole(now int64) (busy bool) {
	r := &s.role
	seq := r.running.Load()
	busy = s.Calls.Reclaim(now) || seq != 0
	switch {
	case seq != r.seen:
		r.seen, r.seenAt = seq, now
	case seq != 0 && now-r.seenAt >= int64(node.WatchTick): // a late tick is followed by an early one
		s.handOver(seq)
	}
	return busy
}
