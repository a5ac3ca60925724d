package grid

import (
	"context"
	"io"
)

// stream is one end of a stream: the client's if client is set, else the
// server's. Its life is this:
//
//	client: opening ─(open frame is in a batch)→ open ─(end from the server, reset, loss)→ over
//	server:            (open frame arrives)    → open ─(handler returned)→ over
//
// The client's half-close and the end of either do not change the state: they
// close one direction. Sending is described in stream_send.go, receiving in
// stream_recv.go, the end of sending in stream_end.go. Any number of goroutines may
// send; one at a time may receive.
//
// Many streams are open and idle, so what few of them need, or not for long, is
// not part of it: channels are made by who waits, buffers go back to the pool. It
// has 448 bytes, which is a size class of the allocator (TestSizeOfAStream).
type stream struct {
	s       *link
	h       *handler        // server only
	ctx     *handlerContext // server only
	stopCtx func() bool     // client only: detaches from the opener's context
	outCap  int32           // messages that this end holds unread
	client  bool

	// Server only, owned by the handler's goroutine.
	decoded  bool // its payload went back to the pool
	returned bool // the handler has, or never ran

	item outItem
	out  streamOut // guarded by the writer's lock
	in   inbox     // guarded by its own
	read streamReader
}

func newStream(t *streamTable, l lane, capacity int) *stream {
	st := &stream{s: t.s, outCap: int32(min(capacity, maxCapacity))}
	st.item.src = st
	st.item.class = l.class()
	st.in.init(t, capacity)
	return st
}

// table is where the stream is listed.
func (st *stream) table() *streamTable { return st.in.t }

// open begins a stream from this end. Its frame goes out in its own time; the
// stream can be used at once. The payload is taken over. inCap is how many messages
// the handler holds unread, 0 if it takes none, outCap how many this end does.
func (t *streamTable) open(ctx context.Context, o *opening, l lane, inCap, outCap int) (*stream, error) {
	s := t.s
	if s.peerDraining.Load() {
		return nil, errPeerLeaving
	}
	st := newStream(t, l, outCap)
	st.client = true
	st.out.opening = o
	st.out.opening.deadline, _ = ctx.Deadline()
	st.out.takesInput = inCap > 0
	st.out.credits, st.out.window = int32(inCap), s.agreed.window
	if err := t.addOpening(st, o); err != nil {
		return nil, err
	}
	if ctx.Done() != nil { // 200 bytes less without
		s.out.mu.Lock() // giveUp takes it first, and so finds stopCtx set
		st.stopCtx = context.AfterFunc(ctx, func() { st.giveUp(contextError(ctx)) })
		s.out.mu.Unlock()
	}
	var taken <-chan struct{}
	if o.wait {
		taken = t.expectTaken(st)
	}
	if err := st.queueOpen(ctx); err != nil {
		t.remove(st)
		st.detach()
		return nil, err
	}
	if o.wait {
		if err := st.awaitTaken(ctx, taken); err != nil {
			return nil, err
		}
	}
	return st, nil
}

// handleEnd takes the half-close of the client, or the end of a stream from the
// server. A frame for a stream that is over means nothing.
func (t *streamTable) handleEnd(body []byte) error {
	id, w, err := parseEnd(body)
	if err != nil {
		return err
	}
	st := t.find(id)
	if st == nil {
		return t.checkKnown(id)
	}
	if !st.client {
		if w != nil {
			return errStreamID(id) // a client gives up by reset
		}
		st.in.finish(io.EOF)
		return nil
	}
	if w == nil {
		st.over(io.EOF)
		return nil
	}
	st.over(w.received())
	return nil
}

// handleReset ends a stream that the peer gave up.
func (t *streamTable) handleReset(id uint64, code Code) {
	st := t.find(id)
	if st == nil {
		return
	}
	if st.client {
		st.over(&Error{Code: code, Remote: true, Outcome: MayHaveRun, Message: "the server gave the stream up"})
		return
	}
	end, why := gaveUp(code)
	if isCutOff(why) {
		why.Message = "the caller broke the stream off: a message is missing"
	}
	st.stopServing(end, why)
}

// over ends a client's stream because the server said so: what it sent before
// can still be received.
func (st *stream) over(err error) {
	if st.stopSending(err) { // else it was given up before, and the reason for that stands
		st.in.finish(err)
	}
	st.table().remove(st)
	st.forgetLarge(st.out.id)
}

// giveUp ends a client's stream because this end wants no more of it.
func (st *stream) giveUp(err *Error) {
	w := &st.s.out
	w.mu.Lock()
	if st.sealedLocked() {
		w.mu.Unlock() // broken off: its reset is on its way
		return
	}
	st.giveUpLocked(w, err)
}

// giveUpLocked is giveUp with the writer's lock held, and returns without it. It
// returns the error as the receiver gets it.
func (st *stream) giveUpLocked(w *writer, err *Error) error {
	outcome := NotSent
	if st.out.opened {
		outcome = MayHaveRun
	}
	err = withOutcome(err, outcome)
	known := st.out.id != 0 && !w.closed && (st.out.err == nil || st.out.err == errSendClosed)
	st.stopSendingLocked(w, err)
	if known {
		w.ctl = appendReset(w.ctl, targetStream, st.out.id, err.Code)
	}
	w.flush(false)
	st.in.abort(err)
	st.table().remove(st)
	st.forgetLarge(st.out.id)
	st.detach()
	return err
}

// queueOpen hands the open frame to the writer, waiting for room in its queue.
func (st *stream) queueOpen(ctx context.Context) error {
	w := &st.s.out
	w.mu.Lock()
	for {
		room := w.roomLocked(st.item.class)
		if room == nil || w.closed || w.peerLeaving {
			break
		}
		w.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return withOutcome(contextError(ctx), NotSent)
		}
		w.mu.Lock()
	}
	if w.closed {
		w.mu.Unlock()
		return &Error{Code: Disconnected, Outcome: NotSent, Message: "the connection is gone"}
	}
	if w.peerLeaving {
		w.mu.Unlock()
		return errPeerLeaving
	}
	if err := st.out.err; err != nil { // given up as room came: what it queued now would stay counted
		w.mu.Unlock()
		return err
	}
	open := st.out.opening
	open.cost = queueCost(len(open.payload))
	w.pushLocked(&st.item, open.cost)
	w.flush(false)
	return nil
}

// detach lets go of the opener's context, once the end was received or caused.
func (st *stream) detach() {
	if st.stopCtx != nil {
		st.stopCtx()
	}
}

// outcome says what the server can know of a stream that fails now.
func (st *stream) outcome() Outcome {
	w := &st.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if st.out.opened {
		return MayHaveRun
	}
	return NotSent
}

// maxCapacity is the largest number of messages that a stream may hold unread.
const maxCapacity = 65535
