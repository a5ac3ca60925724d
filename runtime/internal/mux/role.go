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
	handler atomic.Pointer[handlers.Handler] // the one that runs, or ran last; set before running

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

// runInline runs a call's handler on the reader. It reports false if the reader's role
// has moved to another goroutine meanwhile: then this goroutine must return without
// touching the session's reading side.
func (s *Session) runInline(sv *calls.Serving) bool {
	r := &s.role
	r.seq++
	seq := r.seq
	came := s.Heard.Load()
	began := max(came, r.worked) // while the role is certain: it may be handed over as soon as running is set
	if h := sv.Ctx.H; r.handler.Load() != h {
		r.handler.Store(h)
	}
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
	sv.Ctx.H.InlinePenalty.NoteShort()
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
		r.gather(s, sv)
		r.replies = bufs.GrowPooled(&s.M.Buffers, r.replies, wire.MaxErrorText)
		r.replies = wire.AppendError(r.replies, sv.ID, sv.Fail)
	case sv.Answer().Size() <= inlineReply:
		reply := sv.Reply
		r.gather(s, sv)
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
}

// gather ends the handler's context, notes that the reader is about to hold its answer back,
// and puts its trailer in front.
func (r *readerRole) gather(s *Session, sv *calls.Serving) {
	if len(r.replies) == 0 {
		s.Serving.Gathered.Store(true)
	}
	sv.Ctx.Returned()
	if trailer := sv.Ctx.Trailer(); trailer != nil {
		r.replies = bufs.GrowPooled(&s.M.Buffers, r.replies, len(trailer)+32)
		r.replies = wire.AppendTrailer(r.replies, wire.TargetCall, sv.ID, trailer)
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

// vacate leaves the reader's role to the next caller, if for a while there was at most
// one call in flight and nothing else is going on. The holder of the role calls vacate
// between two messages; if vacate reports true, the role is no longer the holder's.
func (s *Session) vacate() bool {
	if s.Calls.LoneCaller.InARow < calls.EnoughInARow || s.in.Ready == nil || !s.in.Empty() || s.Serving.Busy() || s.Streams.Busy() {
		return false
	}
	s.flushReplies()
	s.Out.FlushDue()
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

// resumes reports whether a read failed because of the deadline that interrupt sets, and
// clears the deadline. Only interrupt sets read deadlines on a session that callers may
// read. The deadline may take effect late, when another goroutine reads already: that
// one reads on. A deadline that is cleared before anybody noticed it does no harm:
// interrupt is called after the call was completed, and the caller looks at the call
// before it reads again.
func (s *Session) resumes(err error) bool {
	if s.in.Ready == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	return s.Raw.SetReadDeadline(time.Time{}) == nil
}

// YieldReader is called with the context of a handler before something waits for the
// peer. If the handler runs on the reader, the reader's role goes to another goroutine
// first, because the awaited frame may come on this session. Send and Recv on a stream
// that the handler did not open have no such context: there the watch moves the role,
// within two of its ticks, as it does for all other handlers that wait.
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

// watchRole moves the reader's role to another goroutine if the handler that runs on the
// reader was running at the watch's last look already. It reports whether the watch has
// to look again: a handler runs on the reader, or the role is vacant.
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
