package grid

import (
	"fmt"
)

// serving is one call being served. t, id, h and ctx are static. The answer is the
// handler goroutine's until it is queued, and guarded by the writer's lock from then
// on. It has 256 bytes, which is a size class of the allocator.
type serving struct {
	t       *servingTable
	id      uint64
	h       *handler
	ctx     handlerContext
	payload []byte // pooled; the handler's until it returns
	started bool   // guarded by the table's mu: the handler was let go, or will be

	item  outItem
	reply []byte        // may be a part: see answer
	out   chan struct{} // of a large reply: closed once nothing of it is needed any more
	keep  []byte        // the pooled buffer to give back once the reply is written
	fail  *wireError
	large *transfer
}

// handleCall admits a call, or answers at once why not. It runs on the reader. The
// call that it returns, if any, is ready to run.
func (t *servingTable) handleCall(body []byte) (*serving, error) {
	q, err := parseRequest(body, kindCall)
	if err != nil {
		return nil, err
	}
	sv, why, err := t.admit(&q)
	switch {
	case err != nil:
		return nil, err
	case why != nil:
		return nil, t.s.out.refuse(unserved{id: q.id, why: why})
	case q.large:
		return nil, t.beginLarge(sv, q.size)
	}
	sv.payload = t.s.m.buffers.copyOf(q.payload)
	return sv, nil
}

// beginLarge takes the announcement of a request that comes in chunks, for a call
// that its deadline may end at any moment.
func (t *servingTable) beginLarge(sv *serving, size uint64) error {
	if err := t.s.parts.begin(targetCall, sv.id, size, sv.h.lane.class()); err != nil {
		return err
	}
	t.mu.Lock()
	gone := t.byID[sv.id] != sv
	t.mu.Unlock()
	if gone {
		t.s.parts.forget(targetCall, sv.id) // ended meanwhile, perhaps before there was something to forget
	}
	return nil
}

// admit decides whether a call may run. An error breaks the session.
func (t *servingTable) admit(q *requestFrame) (*serving, *wireError, error) {
	s := t.s
	h, refusal := t.registry.admit(q.route, false)
	if refusal != nil {
		return nil, refusal, nil
	}
	meta, err := parseMetadata(q.meta)
	switch {
	case err != nil:
		return nil, nil, err
	case s.draining.Load():
		s.late.Add(1)
		return nil, errServerLeaving, nil
	case s.parts.tooLarge(q.length()):
		return nil, refuse(TooLarge, "the request has %d bytes, at most %d are taken", q.length(), s.limits.Message), nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return nil, errSessionOver, nil
	case t.byID[q.id] != nil:
		return nil, nil, fmt.Errorf("%w: call id %d is in use", errFrame, q.id)
	case len(t.byID) >= s.limits.RunningCalls:
		return nil, once(&t.full, func() *wireError {
			return refuseAll(ResourceExhausted, "%d calls of this session are running", s.limits.RunningCalls)
		}), nil
	case !s.m.running.take():
		return nil, once(&t.nodeFull, func() *wireError {
			return refuseAll(ResourceExhausted, "%d calls are running on this node", s.limits.RunningCallsTotal)
		}), nil
	}
	sv := &serving{t: t, id: q.id, h: h, started: !q.large, ctx: handlerContext{s: s, h: h, meta: meta}}
	sv.item.src = sv
	sv.ctx.setDeadline(s.heard.Load(), q.timeout)
	t.byID[q.id] = sv
	return sv, nil, nil
}

// deliverLarge starts the handler of a call whose request came in chunks.
func (t *servingTable) deliverLarge(id uint64, payload []byte) {
	t.mu.Lock()
	sv := t.byID[id]
	if sv != nil {
		sv.started = true
	}
	t.mu.Unlock()
	if sv == nil {
		t.s.m.buffers.put(payload) // reset or expired on the way: dropped, not run
		return
	}
	sv.payload = payload
	t.s.goHandler(sv.run)
}

// run calls the handler and queues its answer. The answer is sent in a deferred
// call so that a handler that ends its goroutine still frees its slot.
func (sv *serving) run() {
	defer sv.finish()
	if sv.ctx.expired() {
		sv.fail = errLate
		return
	}
	sv.work()
}

// errLate is the answer to a request whose time ran out in a queue.
var errLate = refuse(DeadlineExceeded, "the deadline passed before the handler could start")

// work calls the handler and keeps its answer.
func (sv *serving) work() {
	if sv.ctx.ended() {
		sv.fail = errLate
		return
	}
	returned := false
	defer func() {
		if !returned {
			sv.crashed(recover())
		}
	}()
	sv.returned(sv.h.runSingle(&sv.ctx, sv.payload))
	returned = true
}

// returned keeps what the handler, or what stands around it, has returned.
func (sv *serving) returned(reply []byte, err error) {
	size := len(reply) + sv.ctx.lent.Len()
	switch {
	case err != nil:
		sv.fail = sv.h.toWire(&sv.ctx, err)
	case size > sv.ctx.s.agreed.message:
		sv.fail = &wireError{outcome: sv.ctx.conclude(), code: TooLarge,
			message: fmt.Sprintf("the answer has %d bytes, the caller takes at most %d", size, sv.ctx.s.agreed.message)}
	default:
		sv.reply = reply
		sv.ctx.stage.close()
		return
	}
	sv.ctx.lent = nil
}

// crashed keeps what becomes of a call whose handler panicked or ended its goroutine,
// or some code around it, be it a method of the error that it returned.
func (sv *serving) crashed(value any) {
	sv.reply, sv.ctx.lent = nil, nil
	sv.fail = noReturn(&sv.ctx) // the log may end the goroutine, too
	sv.fail = sv.h.crashed(&sv.ctx, "handler", value)
}

// answer is the whole answer, with what its handler lent.
func (sv *serving) answer() encoded { return encoded{sv.reply, sv.ctx.lent} }

// noReturn is the answer of a handler of which nothing else is known.
func noReturn(ctx *handlerContext) *wireError {
	return &wireError{outcome: ctx.conclude(), code: Internal, message: "the handler did not return"}
}

// finish queues the answer and frees the slot. It waits for room in the queue,
// in the handler's own goroutine, so that replies never pile up; and a large one
// keeps its slot until it has gone, so that a peer that grants none holds no more
// of them than it may have calls running.
func (sv *serving) finish() {
	sv.releasePayload()
	large := sv.answer().size() > maxPayload
	if large {
		sv.out = make(chan struct{})
	}
	sent := sv.send(large)
	sv.ctx.returned()
	if large && sent {
		select {
		case <-sv.out:
			return
		case <-sv.ctx.s.ended:
			sent = false
		}
	}
	if !sent {
		sv.drop() // who keeps the context of the handler keeps no answer
		sv.t.remove(sv)
	}
}

// finishNow is finish for an answer of one frame, on the reader: where it would
// have to wait for room it does nothing and reports false.
func (sv *serving) finishNow() bool {
	w := &sv.ctx.s.out
	sv.item.class = sv.h.lane.class()
	w.mu.Lock()
	if w.closed || w.fullLocked(sv.item.class) {
		w.mu.Unlock()
		return false
	}
	sv.releasePayload()
	sv.t.remove(sv) // see send
	w.pushLocked(&sv.item, sv.cost())
	w.flush(true)
	sv.ctx.returned()
	return true
}

// releasePayload gives the payload back. A handler may answer with it: then it is
// given back once, with the reply.
func (sv *serving) releasePayload() {
	sv.keep = sv.reply
	switch {
	case sv.ctx.abandoned():
		sv.keep = nil // whose parts the answer may have
	case sameMemory(sv.reply, sv.payload):
		sv.keep = sv.payload
	case sv.ctx.lent != nil && sameMemory(sv.ctx.lent.Bytes, sv.payload):
		// A message of somebody else's that refers to what it was decoded from:
		// the garbage collector takes the buffer.
	default:
		sv.putPayload()
	}
	sv.payload = nil
}

// putPayload gives the payload's buffer back, unless the request has it now, or
// somebody still reads it.
func (sv *serving) putPayload() {
	if !sv.ctx.kept && !sv.ctx.abandoned() {
		sv.ctx.s.m.buffers.put(sv.payload)
	}
}

// send queues the answer. It reports false if nobody can have it any more. Whoever
// sees the answer finds the slot free, but for a large one, whose slot is free once
// its end can be seen; and who finds the slot free finds the answer queued.
func (sv *serving) send(large bool) bool {
	w := &sv.ctx.s.out
	sv.item.class = sv.h.lane.class()
	w.mu.Lock()
	w.awaitRoomLocked(sv.item.class)
	if w.closed {
		w.mu.Unlock()
		return false
	}
	if !large {
		sv.t.remove(sv)
	}
	w.pushLocked(&sv.item, sv.cost())
	w.flush(true)
	return true
}

// pull implements source.
func (sv *serving) pull(b []byte) ([]byte, bool) {
	sv.ctx.s.out.unqueuedLocked(&sv.item, sv.cost())
	answer := sv.answer()
	switch {
	case sv.fail != nil:
		b = appendError(b, sv.id, sv.fail)
	case answer.size() > maxPayload:
		p := payloadFrame{id: sv.id, large: true, size: uint64(answer.size())}
		b = p.append(b, kindReply)
		sv.large = newTransfer(&sv.ctx.s.out, targetReply, sv.id, answer, sv.item.class, sv.written)
		sv.t.addLargeLocked(sv)
	default:
		p := payloadFrame{id: sv.id, payload: sv.reply}
		b = p.append(b, kindReply)
		sv.written()
	}
	return b, false
}

// written gives the reply's buffer back once its bytes are in a batch, and so what
// was lent.
func (sv *serving) written() {
	if lent := sv.ctx.lent; lent != nil && lent.Done != nil {
		lent.Done()
	}
	if sv.large != nil {
		sv.t.removeLargeLocked(sv)
		sv.t.remove(sv)
		close(sv.out)
	}
	sv.ctx.s.m.buffers.put(sv.keep)
	sv.reply, sv.ctx.lent, sv.keep, sv.large = nil, nil, nil, nil
}

// drop lets go of an answer that nobody can have any more, wherever it stands: the
// writer is closed a moment after the end of the session that leads here.
func (sv *serving) drop() {
	w := &sv.ctx.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if sv.item.queued {
		w.lanes.remove(&sv.item)
		w.unqueuedLocked(&sv.item, sv.cost())
	}
	if sv.large != nil {
		sv.t.removeLargeLocked(sv)
		sv.large.dropLocked(w)
	}
	sv.reply, sv.ctx.lent, sv.keep, sv.large = nil, nil, nil, nil
}
