package grid

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"
)

// stream is one end of a stream: the client's if client is set, else the
// server's. Its life is this:
//
//	client: opening ─(open frame is in a batch)→ open ─(end from the server, reset, loss)→ over
//	server:            (open frame arrives)    → open ─(handler returned)→ over
//
// The client's half-close and the end of either do not change the state: they
// close one direction. Sending is described in stream_send.go, receiving in
// stream_recv.go. One goroutine at a time may send, one may receive.
type stream struct {
	s        *session
	client   bool
	class    class
	h        *handler        // server only
	ctx      *handlerContext // server only
	stopCtx  func() bool     // client only: detaches from the opener's context
	route    uint64          // client only
	deadline time.Time       // client only: travels as what is left of it; zero: none
	meta     []byte          // client only
	outCap   int             // messages that this end holds unread

	item outItem
	out  streamOut // guarded by the writer's lock
	in   inbox     // guarded by its own
	read streamReader
}

func newStream(s *session, p Priority, capacity int) *stream {
	st := &stream{s: s, class: p.class(), outCap: capacity}
	st.item.src = st
	st.item.class = st.class
	st.out.wake = make(chan struct{}, 1)
	st.in.init(s, capacity)
	return st
}

// streamTable holds the streams of a session.
type streamTable struct {
	s        *session
	lastPeer uint64        // owned by the reader: the last id that the peer opened
	unread   unreadCounter // bytes in all inboxes
	drain    chan struct{} // closed when either end shuts down

	mu      sync.Mutex
	closed  *Error
	byID    map[uint64]*stream
	opening map[*stream]struct{} // the client's that have no id yet
	nextID  uint64
	served  int           // handlers of streams running here
	idle    chan struct{} // closed once served is 0; made on demand
	drained bool
}

func (t *streamTable) init(s *session) {
	t.s = s
	t.byID = make(map[uint64]*stream)
	t.opening = make(map[*stream]struct{})
	t.drain = make(chan struct{})
	t.nextID = 2 // the acceptor's ids are even
	if s.dialer {
		t.nextID = 1
	}
}

// open begins a stream from this end. Its frame goes out in its own time; the
// stream can be used at once. It takes payload over.
func (s *session) open(ctx context.Context, r *peerRoute, o *callSettings, payload []byte) (*stream, error) {
	if s.peerDraining.Load() {
		return nil, &Error{Code: Unavailable, Outcome: NotSent, Message: "the peer is shutting down"}
	}
	st := newStream(s, o.priority, o.outCap)
	st.client, st.route, st.meta = true, r.number, o.meta
	st.deadline, _ = ctx.Deadline()
	st.out.payload = payload
	st.out.takesInput = r.inCap > 0
	st.out.credits, st.out.window = int64(r.inCap), s.agreed.window
	if err := s.streams.addOpening(st); err != nil {
		return nil, err
	}
	s.out.mu.Lock() // giveUp takes it first, and so finds stopCtx set
	st.stopCtx = context.AfterFunc(ctx, func() { st.giveUp(contextError(ctx.Err())) })
	s.out.mu.Unlock()
	if !s.out.push(&st.item, 0, false) {
		s.streams.remove(st)
		st.detach()
		return nil, &Error{Code: Disconnected, Outcome: NotSent, Message: "the connection is gone"}
	}
	return st, nil
}

func (t *streamTable) addOpening(st *stream) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return t.closed.withOutcome(NotSent)
	}
	if len(t.opening)+len(t.byID) >= 2*t.s.limits.OpenStreams {
		return &Error{Code: ResourceExhausted, Outcome: NotSent, Message: "too many streams are open to this peer"}
	}
	t.opening[st] = struct{}{}
	return nil
}

// number gives a stream its id, in the order in which open frames are written,
// so that ids only grow on the wire. It runs under the writer's lock.
func (t *streamTable) number(st *stream) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.opening, st)
	id := t.nextID
	t.nextID += 2
	t.byID[id] = st
	return id
}

func (t *streamTable) find(id uint64) *stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[id]
}

// remove takes a stream out of the table.
func (t *streamTable) remove(st *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.opening, st)
	if t.byID[st.out.id] != st {
		return
	}
	delete(t.byID, st.out.id)
	if st.client {
		return
	}
	t.served--
	if t.served == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// handleOpen admits a stream, or answers at once why not.
func (t *streamTable) handleOpen(body []byte) error {
	q, err := parseRequest(body, kindOpen)
	if err != nil {
		return err
	}
	if q.id <= t.lastPeer || q.id&1 == t.ownParity() {
		return errStreamID(q.id)
	}
	t.lastPeer = q.id
	st, refusal, err := t.admit(&q)
	if err != nil {
		return err
	}
	if refusal != nil {
		return t.s.out.answer(func(b []byte) []byte { return appendEnd(b, q.id, refusal) })
	}
	if q.large {
		return t.beginLarge(q.id, q.size)
	}
	st.start(t.s.m.buffers.copyOf(q.payload))
	return nil
}

func (t *streamTable) ownParity() uint64 {
	if t.s.dialer {
		return 1
	}
	return 0
}

func (t *streamTable) admit(q *requestFrame) (*stream, *wireError, error) {
	s := t.s
	h, refusal := s.m.registry.admit(q.route, true)
	if refusal != nil {
		return nil, refusal, nil
	}
	meta, err := parseMetadata(q.meta)
	switch {
	case err != nil:
		return nil, nil, err
	case s.draining.Load():
		return nil, refuse(Unavailable, "the server is shutting down"), nil
	case s.parts.tooLarge(q.length()):
		return nil, refuse(TooLarge, "the payload has %d bytes, at most %d are taken", q.length(), s.limits.Message), nil
	case t.unread.load() > s.limits.Unread:
		return nil, refuse(ResourceExhausted, "%d bytes of streams are unread here", t.unread.load()), nil
	}
	st := newStream(s, h.priority, h.inCap)
	st.h = h
	st.ctx = &handlerContext{buffers: &s.m.buffers, caller: s.peer, subroute: h.subroute, meta: meta}
	st.out.id, st.out.opened = q.id, true
	st.out.credits, st.out.window = int64(min(q.credit, maxCapacity)), s.agreed.window
	if q.timeout > 0 {
		st.ctx.deadline = s.m.clock.time(s.heard.Load()).Add(q.timeout)
		s.m.clock.arm()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		return nil, refuse(Unavailable, "the session is over"), nil
	}
	if t.served >= s.limits.OpenStreams {
		return nil, refuse(ResourceExhausted, "%d streams of this session are open", t.served), nil
	}
	t.byID[q.id] = st
	t.served++
	return st, nil, nil
}

// start runs the handler. A stream that ended while its payload was on the way
// is dropped, not run.
func (st *stream) start(payload []byte) {
	st.in.begin()
	st.s.m.goroutines.Go(func() { st.serve(payload) })
}

// serve runs the handler and ends the stream with what it returned.
func (st *stream) serve(payload []byte) {
	fail := &wireError{outcome: Ran, code: Internal, message: "the handler did not return"}
	defer func() { st.finish(fail) }()
	if st.ctx.ended() || expired(st.ctx) {
		fail = errLate
		return
	}
	err := st.callHandler(payload, &fail)
	st.s.m.buffers.put(payload)
	fail = nil
	if err != nil {
		fail = st.h.toWire(st.ctx, err)
	}
}

// callHandler runs the handler and fences its panics. After a runtime.Goexit
// nothing is returned to anybody, so fail is set here.
func (st *stream) callHandler(payload []byte, fail **wireError) (err error) {
	returned := false
	defer func() {
		if !returned {
			err = st.h.crashed(st.ctx, recover())
			*fail = st.h.toWire(st.ctx, err)
		}
	}()
	err = st.h.runStream(st.ctx, payload, st)
	returned = true
	return err
}

// finish ends a served stream: its last frame says how.
func (st *stream) finish(fail *wireError) {
	st.endSending(fail, io.ErrClosedPipe)
	st.in.abort(io.ErrClosedPipe)
	st.ctx.cancel(context.Canceled, nil)
	st.s.streams.remove(st)
	st.s.parts.forget(targetStream, st.out.id) // last: see beginLarge
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
	st.stopServing(context.Canceled, &Error{Code: code, Remote: true, Message: "the caller gave up"})
}

// stopServing cancels a served stream. Its handler ends when it returns; nothing
// more is sent or delivered. One whose payload never arrived ends here.
func (st *stream) stopServing(ctxErr error, cause *Error) {
	st.stopSending(cause) // first: a handler that returns at once must not send an end
	st.ctx.cancel(ctxErr, cause)
	st.in.abort(cause)
	if !st.in.begun() {
		st.s.streams.remove(st)
		st.s.parts.forget(targetStream, st.out.id) // last: see beginLarge
	}
}

// over ends a client's stream because the server said so: what it sent before
// can still be received.
func (st *stream) over(err error) {
	st.stopSending(err)
	st.in.finish(err)
	st.s.streams.remove(st)
	st.s.parts.forget(targetStream, st.out.id) // last: see beginLarge
}

// giveUp ends a client's stream because this end wants no more of it.
func (st *stream) giveUp(err *Error) {
	w := &st.s.out
	w.mu.Lock()
	outcome := NotSent
	if st.out.opened {
		outcome = MayHaveRun
	}
	err = err.withOutcome(outcome)
	known := st.out.id != 0 && !w.closed && (st.out.err == nil || st.out.err == errSendClosed)
	st.stopSendingLocked(w, err)
	if known {
		w.ctl = appendReset(w.ctl, targetStream, st.out.id, err.Code)
	}
	w.flush(false)
	st.in.abort(err)
	st.s.streams.remove(st)
	st.s.parts.forget(targetStream, st.out.id) // last: see beginLarge
	st.detach()
}

// detach lets go of the opener's context, once the end was received or caused.
func (st *stream) detach() {
	if st.stopCtx != nil {
		st.stopCtx()
	}
}

// failAll ends every stream with the session.
func (t *streamTable) failAll(err *Error) {
	t.mu.Lock()
	t.closed = err
	all := make([]*stream, 0, len(t.byID)+len(t.opening))
	for _, st := range t.byID {
		all = append(all, st)
	}
	for st := range t.opening {
		all = append(all, st)
	}
	t.mu.Unlock()
	for _, st := range all {
		if !st.client {
			st.stopServing(context.Canceled, err)
			continue
		}
		st.over(err.withOutcome(st.outcome()))
	}
	t.peerDraining()
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

// expire cancels the handlers of streams whose deadline has passed, and reports
// whether any has one.
func (t *streamTable) expire(now time.Time) bool {
	t.mu.Lock()
	var late []*stream
	busy := false
	for _, st := range t.byID {
		if st.client || st.ctx.deadline.IsZero() {
			continue
		}
		busy = true
		if now.After(st.ctx.deadline) && !st.ctx.ended() {
			late = append(late, st)
		}
	}
	t.mu.Unlock()
	for _, st := range late {
		st.stopServing(context.DeadlineExceeded, contextError(context.DeadlineExceeded))
	}
	return busy
}

// peerDraining tells the streams that one end is shutting down.
func (t *streamTable) peerDraining() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.drained {
		t.drained = true
		close(t.drain)
	}
}

// finished returns a channel that is closed once no stream is served here.
func (t *streamTable) finished() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.served == 0 {
		return closedChan
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	return t.idle
}

// maxCapacity is the largest number of messages that a stream may hold unread.
const maxCapacity = 65535

// pending entries: what a stream has ready to be written. The id is added when
// the entry is written, because a new stream gets it only then.
const (
	entryMessage = 0 // followed by a length and the message
	entryLarge   = 1 // followed by the size of the message that is in out.large
	entryBody    = 3 // the message is the first of out.bodies
	entryEnd     = 2 // followed by a length and the encoded failure; empty for OK
)

func appendEntry(b []byte, kind byte, data []byte) []byte {
	b = append(b, kind)
	b = binary.AppendUvarint(b, uint64(len(data)))
	return append(b, data...)
}
