package calls

import (
	"fmt"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/large"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Serving is one call being served. T, ID, Ctx.S and Ctx.H are static. The answer, and the
// buffer that it lies in, are the handler goroutine's until the answer is queued, and guarded
// by the writer's lock from then on. It has 208 bytes, which is a size class of the allocator.
type Serving struct {
	T       *Served
	ID      uint64
	Ctx     handlers.Context
	Payload []byte // pooled; the handler's until it returns, and longer where the answer lies in it
	started bool   // guarded by the table's mu: the handler was let go, or will be
	lies    place  // where the answer that is queued does

	Item  lanes.Item
	Reply []byte // may be a part: see Answer
	Fail  *wire.Failure
	Large *LargeReply // nil: the answer is none
}

// LargeReply is what a large answer has beside its bytes.
type LargeReply struct {
	Out      chan struct{}   // closed once nothing of the answer is needed any more
	transfer *large.Transfer // nil: its announcement is not in a batch
}

// drop ends the chunks, if there are any yet.
func (l *LargeReply) drop(w *out.Writer) {
	if l.transfer != nil {
		l.transfer.DropLocked(w)
	}
}

// place is the buffer that goes back to the pool once an answer is written.
type place uint8

const (
	nowhere   place = iota // none goes back
	inReply                // that of Reply
	inPayload              // that of Payload, of which Reply is a part
)

// HandleCall admits a call, or answers at once why not. It runs on the reader. The
// call that it returns, if any, is ready to run.
func (t *Served) HandleCall(body []byte) (*Serving, error) {
	q, err := wire.ParseRequest(body, wire.KindCall)
	if err != nil {
		return nil, err
	}
	sv, why, err := t.admit(&q)
	switch {
	case err != nil:
		return nil, err
	case why != nil:
		return nil, t.registry.Refuse(t.s, &q, false, why)
	case q.Large:
		return nil, t.beginLarge(sv, q.Size)
	}
	sv.Payload = t.s.M.Buffers.CopyOf(q.Payload) // A copy: out of the reader's buffer, see CopyOf.
	return sv, nil
}

// beginLarge takes the announcement of a request that comes in chunks, for a call
// that its deadline may end at any moment.
func (t *Served) beginLarge(sv *Serving, size uint64) error {
	if err := t.s.Parts.Begin(wire.TargetCall, sv.ID, size, sv.Ctx.H.Lane.Class()); err != nil {
		return err
	}
	t.mu.Lock()
	gone := t.running.find(sv.ID) != sv
	t.mu.Unlock()
	if gone {
		t.s.Parts.Forget(wire.TargetCall, sv.ID) // ended meanwhile, perhaps before there was something to forget
	}
	return nil
}

// admit decides whether a call may run. An error breaks the session.
func (t *Served) admit(q *wire.RequestFrame) (*Serving, *wire.Failure, error) {
	s := t.s
	h, meta, why, err := t.registry.Admit(s, q, false)
	if err != nil || why != nil {
		return nil, why, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return nil, wire.ErrSessionOver, nil
	case t.running.find(q.ID) != nil:
		return nil, nil, fmt.Errorf("%w: call id %d is in use", wire.ErrFrame, q.ID)
	case t.running.len() >= s.Limits.RunningCalls:
		return nil, wire.Once(&t.full, func() *wire.Failure {
			return wire.RefuseAll(status.ResourceExhausted, "%d calls of this session are running: Limits.RunningCalls allows no more", s.Limits.RunningCalls)
		}), nil
	case !s.Running.Take():
		return nil, wire.Once(&t.nodeFull, func() *wire.Failure {
			return wire.RefuseAll(status.ResourceExhausted, "%d calls are running on this node: Limits.RunningCallsTotal allows no more", s.Limits.RunningCallsTotal)
		}), nil
	}
	sv := &Serving{T: t, ID: q.ID, started: !q.Large, Ctx: handlers.Context{S: s, H: h}}
	sv.Ctx.SetMeta(meta)
	sv.Item.Src = sv
	sv.Ctx.SetDeadline(s.Heard.Load(), q.Timeout)
	t.running.add(sv)
	return sv, nil, nil
}

// DeliverLarge starts the handler of a call whose request came in chunks.
func (t *Served) DeliverLarge(id uint64, payload []byte) {
	t.mu.Lock()
	sv := t.running.find(id)
	if sv != nil {
		sv.started = true
	}
	t.mu.Unlock()
	if sv == nil {
		t.s.M.Buffers.Put(payload) // reset or expired on the way: dropped, not run
		return
	}
	sv.Payload = payload
	sv.Start()
}

// Start gives the call a goroutine of its own.
func (sv *Serving) Start() {
	came := sv.T.s.Heard.Load()
	sv.T.s.GoHandler(func() { sv.Run(came) })
}

// Run calls the handler of a request that came at that time of the Manager's clock, and
// queues its answer. The answer is sent in a deferred call so that a handler that ends
// its goroutine still frees its slot.
func (sv *Serving) Run(came int64) {
	defer sv.Finish()
	now := sv.T.s.M.Clock.Now()
	if sv.Ctx.DueAt != 0 && now >= sv.Ctx.DueAt {
		sv.late()
		return
	}
	sv.Work(came, now)
}

// Work calls the handler at a time of the Manager's clock, and keeps its answer. It
// returns when that ended.
func (sv *Serving) Work(came, now int64) (ended int64) {
	if sv.Ctx.Ended() {
		sv.late()
		return now
	}
	if o := sv.T.s.Observers; o != nil {
		return sv.workObserved(o, came, now)
	}
	return sv.work(now)
}

// work is Work without observers: see workObserved.
func (sv *Serving) work(now int64) (ended int64) {
	returned := false
	defer func() {
		if !returned {
			sv.crashed(recover())
			ended = sv.measure(now)
		}
	}()
	reply, err := sv.Ctx.H.RunSingle(&sv.Ctx, &sv.Ctx, sv.Payload)
	sv.returned(reply, err)
	returned = true
	return sv.measure(now)
}

// measure returns the present time of the Manager's clock, and counts the call where
// somebody looks at what becomes of calls. Where nobody is told of them either it does
// neither, and returns began.
func (sv *Serving) measure(began int64) int64 {
	counted := sv.T.s.M.Measured.Load()
	if !counted && sv.T.s.Observers == nil {
		return began
	}
	now := sv.T.s.M.Clock.Now()
	switch {
	case !counted:
	case sv.Fail == nil:
		sv.Ctx.H.Meter.Ran(now - began)
	default:
		sv.Ctx.H.Meter.Ended(now-began, sv.Fail.Code, sv.Fail.Outcome, sv.Fail.Message, now)
	}
	return now
}

// returned keeps what the handler, or what stands around it, has returned.
func (sv *Serving) returned(reply []byte, err error) {
	size := len(reply) + sv.Ctx.Lent.Len()
	switch {
	case err != nil:
		sv.Fail = sv.Ctx.H.ToWire(&sv.Ctx, err)
	case size > sv.Ctx.S.Agreed.Message:
		sv.Fail = &wire.Failure{Outcome: sv.Ctx.Conclude(), Code: status.TooLarge,
			Message: fmt.Sprintf("the answer has %d bytes, the caller takes at most %d", size, sv.Ctx.S.Agreed.Message)}
	default:
		sv.Reply = reply
		sv.Ctx.Stage.Close()
		return
	}
	sv.Ctx.Lent = nil
}

// crashed keeps what becomes of a call whose handler panicked or ended its goroutine,
// or some code around it, be it a method of the error that it returned.
func (sv *Serving) crashed(value any) {
	sv.Reply, sv.Ctx.Lent = nil, nil
	sv.Fail = handlers.NoReturn(&sv.Ctx) // the log may end the goroutine, too
	sv.Fail = sv.Ctx.H.Crashed(&sv.Ctx, "handler", value)
}

// Answer is the whole answer, with what its handler lent.
func (sv *Serving) Answer() bufs.Encoded { return bufs.Encoded{Flat: sv.Reply, Lent: sv.Ctx.Lent} }

// Finish queues the answer and frees the slot. It waits for room in the queue,
// in the handler's own goroutine, so that replies never pile up; and a large one
// keeps its slot until it has gone, so that a peer that grants none holds no more
// of them than it may have calls running.
func (sv *Serving) Finish() {
	sv.Ctx.Returned()
	sv.releasePayload()
	var large *LargeReply
	if sv.Answer().Size() > wire.MaxPayload {
		large = &LargeReply{Out: make(chan struct{})}
		sv.Large = large
	}
	sent := sv.Send()
	if large != nil && sent {
		select {
		case <-large.Out:
			return
		case <-sv.Ctx.S.Ended:
			sent = false
		}
	}
	if !sent {
		sv.Drop() // who keeps the context of the handler keeps no answer
		sv.T.Remove(sv)
	}
}

// FinishNow is Finish for an answer of one frame, on the reader: where it would
// have to wait for room it queues nothing and reports false.
func (sv *Serving) FinishNow() bool {
	w := &sv.Ctx.S.Out
	sv.Ctx.Returned()
	sv.Item.Class = sv.Ctx.H.Lane.Class()
	w.Mu.Lock()
	if w.Closed || w.FullLocked(sv.Item.Class) {
		w.Mu.Unlock()
		return false
	}
	sv.releasePayload()
	sv.T.Remove(sv) // see Send
	w.PushLocked(&sv.Item, sv.cost())
	w.Flush(true)
	return true
}

// releasePayload gives the payload back. A handler may answer with it: then it is
// given back once, with the reply.
func (sv *Serving) releasePayload() {
	sv.lies = inReply
	switch {
	case sv.Ctx.Abandoned():
		sv.lies = nowhere // whose parts the answer may have
	case bufs.SameMemory(sv.Reply, sv.Payload):
		sv.lies = inPayload
		return
	case sv.Ctx.Lent != nil && bufs.SameMemory(sv.Ctx.Lent.Bytes, sv.Payload):
		// A message of somebody else's that refers to what it was decoded from:
		// the garbage collector takes the buffer.
	default:
		sv.PutPayload()
	}
	sv.Payload = nil
}

// PutPayload gives the payload's buffer back, unless the request has it now, or
// somebody still reads it.
func (sv *Serving) PutPayload() {
	if !sv.Ctx.Kept() && !sv.Ctx.Abandoned() {
		sv.Ctx.S.M.Buffers.Put(sv.Payload)
	}
}

// Send queues the answer. It reports false if nobody can have it any more. Whoever
// sees the answer finds the slot free, but for a large one, whose slot is free once
// its end can be seen; and who finds the slot free finds the answer queued.
func (sv *Serving) Send() bool {
	w := &sv.Ctx.S.Out
	sv.Item.Class = sv.Ctx.H.Lane.Class()
	w.Mu.Lock()
	w.AwaitBudgetLocked(sv.Item.Class)
	if w.Closed {
		w.Mu.Unlock()
		return false
	}
	if sv.Large == nil {
		sv.T.Remove(sv)
	}
	w.PushLocked(&sv.Item, sv.cost())
	w.Flush(true)
	return true
}

// Pull implements source.
func (sv *Serving) Pull(b []byte) ([]byte, bool) {
	sv.Ctx.S.Out.UnqueuedLocked(&sv.Item, sv.cost())
	answer := sv.Answer()
	if trailer := sv.Ctx.Trailer(); trailer != nil {
		b = wire.AppendTrailer(b, wire.TargetCall, sv.ID, trailer)
	}
	switch {
	case sv.Fail != nil:
		b = wire.AppendError(b, sv.ID, sv.Fail)
	case answer.Size() > wire.MaxPayload:
		p := wire.PayloadFrame{ID: sv.ID, Large: true, Size: uint64(answer.Size())}
		b = p.Append(b, wire.KindReply)
		sv.Ctx.S.Out.AnnouncesLocked()
		sv.Large.transfer = large.NewTransfer(&sv.Ctx.S.Out, wire.TargetReply, sv.ID, answer, sv.Item.Class, sv.written)
		sv.T.addLargeLocked(sv)
	default:
		p := wire.PayloadFrame{ID: sv.ID, Payload: sv.Reply}
		b = p.Append(b, wire.KindReply)
		sv.written()
	}
	return b, false
}

// written gives the reply's buffer back once its bytes are in a batch, and so what
// was lent.
func (sv *Serving) written() {
	if lent := sv.Ctx.Lent; lent != nil && lent.Done != nil {
		lent.Done()
	}
	if sv.Large != nil {
		sv.T.removeLargeLocked(sv)
		sv.T.Remove(sv)
		close(sv.Large.Out)
	}
	switch sv.lies {
	case inReply:
		sv.Ctx.S.M.Buffers.Put(sv.Reply)
	case inPayload:
		sv.Ctx.S.M.Buffers.Put(sv.Payload)
	}
	sv.forget()
}

// forget lets go of the answer, wherever it lies.
func (sv *Serving) forget() {
	sv.Payload, sv.Reply, sv.Ctx.Lent, sv.Large, sv.lies = nil, nil, nil, nil, nowhere
}

// Drop lets go of an answer that nobody can have any more, wherever it stands: the
// writer is closed a moment after the end of the session that leads here.
func (sv *Serving) Drop() {
	w := &sv.Ctx.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if sv.Item.Queued {
		w.Lanes.Remove(&sv.Item)
		w.UnqueuedLocked(&sv.Item, sv.cost())
	}
	if sv.Large != nil {
		sv.T.removeLargeLocked(sv)
		sv.Large.drop(w)
	}
	sv.forget()
}
