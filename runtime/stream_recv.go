package grid

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
)

// inbox holds what has arrived on a stream and is not yet read. The session's
// reader appends, never waiting; the stream's reader takes all of it at once, so
// that a lock is taken once for many messages.
type inbox struct {
	t        *streamTable // static
	mu       sync.Mutex
	started  bool   // server: the handler runs, or will
	aborted  bool   // what is unread is not wanted any more
	messages int32  // in buf
	buf      []byte // entries: length<<1|1 if the message is in large, else length<<1 and the message
	large    bodies
	bytes    int
	err      error       // set at the end: io.EOF, or why
	ended    func(error) // client, with interceptors: called once err is set
	news     sync.Cond   // on mu: a message or the end; a channel would take 112 bytes, this 48

	// What the peer may still send; the session's reader counts down, the
	// stream's reader up as it gives credit.
	credits atomic.Int64
	window  atomic.Int64
}

// maxStreamWindow keeps what is unread, and a place in it, below what 31 bits count.
const maxStreamWindow = 1 << 30

// unreadCounter counts the bytes in all inboxes of a session.
type unreadCounter struct{ n atomic.Int64 }

func (c *unreadCounter) add(n int) { c.n.Add(int64(n)) }

func (c *unreadCounter) load() int {
	return int(min(c.n.Load(), math.MaxInt)) // fits: at most the largest int
}

// streamReader is the reading side's own state: only the goroutine that
// receives touches it.
type streamReader struct {
	buf      []byte // what was taken from the inbox
	large    bodies
	last     []byte // the message with its own buffer that was returned last
	bytes    int    // read since credit was given last
	window   int    // bytes that the peer may have on the way in all
	at       int32  // into buf
	messages int32  // read since credit was given last
	drained  bool   // the inbox was found empty since credit was given last
}

func (in *inbox) init(t *streamTable, capacity int) {
	in.t = t
	in.news.L = &in.mu
	in.credits.Store(int64(capacity))
	in.window.Store(int64(t.s.limits.StreamWindowMin))
}

func (in *inbox) begin() {
	in.mu.Lock()
	in.started = true
	in.mu.Unlock()
}

func (in *inbox) begun() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.started
}

// isAborted reports whether the stream has ended so that what is unread is not wanted.
func (in *inbox) isAborted() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.aborted
}

// handleMessage puts a message into its stream's inbox.
func (t *streamTable) handleMessage(body []byte) error {
	p, err := parsePayload(body, kindMessage)
	if err != nil {
		return err
	}
	st := t.find(p.id)
	if st == nil {
		return t.checkKnown(p.id)
	}
	if err := st.in.charge(p.length()); err != nil {
		return err
	}
	switch {
	case t.s.parts.tooLarge(p.length()):
		return st.refuseMessage(TooLarge, fmt.Sprintf("a message of %d bytes, at most %d are taken", p.length(), t.s.limits.Message))
	case p.large && t.unread.load() > t.s.limits.Unread:
		return st.refuseMessage(ResourceExhausted, fmt.Sprintf("%d bytes of streams are unread here", t.unread.load()))
	case p.large:
		return t.beginLarge(p.id, p.size, st.item.class)
	}
	return st.in.put(p.payload, nil)
}

// beginLarge takes the announcement of a large message or payload, for a stream
// that may be given up by others at any moment.
func (t *streamTable) beginLarge(id, size uint64, lane class) error {
	if err := t.s.parts.begin(targetStream, id, size, lane); err != nil {
		return err
	}
	if t.find(id) == nil {
		t.s.parts.forget(targetStream, id) // given up meanwhile, perhaps before there was something to forget
	}
	return nil
}

// deliverLarge puts a message that came in chunks into its inbox, or starts the
// handler if it is the payload of a new stream.
func (t *streamTable) deliverLarge(id uint64, buf []byte) error {
	st := t.find(id)
	switch {
	case st == nil:
		return nil
	case !st.client && !st.in.begun():
		st.start(buf)
		return nil
	}
	return st.in.put(nil, buf)
}

// refuseMessage ends a stream whose peer sends a message that cannot be taken: one
// that is too large, or a large one while too much is unread. So what a session
// holds unread is bounded by Limits.Unread, what is being put together, and one
// window for each stream. The handler may run, and what it returns will be told
// to nobody.
func (st *stream) refuseMessage(code Code, why string) error {
	e := &Error{Code: code, Outcome: MayHaveRun, Message: why}
	if st.client {
		st.giveUp(e)
		return nil
	}
	refusal := &wireError{outcome: MayHaveRun, code: code, message: why}
	id := st.out.id
	st.stopServing(endCanceled, e)
	return st.s.out.answer(func(b []byte) []byte { return appendEnd(b, id, refusal) })
}

// charge checks that the peer had room for a message of that size.
func (in *inbox) charge(size uint64) error {
	if in.credits.Add(-1) < 0 {
		return fmt.Errorf("%w: more messages than there was credit for", errFrame)
	}
	if in.window.Load() <= 0 {
		return fmt.Errorf("%w: a message for a closed window", errFrame)
	}
	in.window.Add(-clampRoom(size))
	return nil
}

// put appends a message: small, which is copied, or large, which is taken over.
func (in *inbox) put(small, large []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.aborted:
		return nil
	case in.err != nil:
		return fmt.Errorf("%w: a message after the end of its stream", errFrame)
	}
	in.buf = growPooled(&in.t.s.m.buffers, in.buf, min(len(small), ownBody)+10)
	if len(small) > ownBody {
		small, large = nil, in.t.s.m.buffers.copyOf(small)
	}
	if large != nil {
		in.buf = binary.AppendUvarint(in.buf, uint64(len(large))<<1|1)
		in.large.push(large)
	} else {
		in.buf = binary.AppendUvarint(in.buf, uint64(len(small))<<1)
		in.buf = append(in.buf, small...)
	}
	in.messages++
	in.bytes += len(small) + len(large)
	in.t.unread.add(len(small) + len(large))
	in.news.Signal()
	return nil
}

// finish ends the inbox; what is in it can still be read.
func (in *inbox) finish(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == nil {
		in.err = err
		in.tellLocked()
	}
	in.news.Signal()
}

// onEnd has f called at the end, in a goroutine of its own; f gets nil for a
// good one.
func (in *inbox) onEnd(f func(error)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ended = f
	if in.err != nil {
		in.tellLocked()
	}
}

func (in *inbox) tellLocked() {
	f, err := in.ended, in.err
	if f == nil {
		return
	}
	in.ended = nil
	if err == io.EOF {
		err = nil
	}
	in.t.s.m.goroutines.Go(func() { f(err) })
}

// abort ends the inbox at once and drops what is unread. An end that came before
// keeps its reason, unless something was dropped: nobody may take that for EOF.
func (in *inbox) abort(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == nil || in.messages > 0 {
		in.err = err
		in.tellLocked()
	}
	in.aborted = true
	in.t.unread.add(-in.bytes)
	in.t.s.m.buffers.put(in.buf)
	in.buf, in.large, in.messages, in.bytes = nil, bodies{}, 0, 0
	in.news.Signal()
}

// recv returns the next message. It is valid until the next call.
func (st *stream) recv() ([]byte, error) {
	if err := st.await(); err != nil {
		return nil, err
	}
	return st.next(), nil
}

// next returns the message that await has found. It is valid until the next call
// of await.
func (st *stream) next() []byte {
	r := &st.read
	head, n := binary.Uvarint(r.buf[r.at:])
	r.at += int32(n)
	size := int(head >> 1) // fits: put has written the length of a message
	var msg []byte
	if head&1 != 0 {
		msg = r.large.pop()
		r.last = msg
	} else {
		end := int(r.at) + size
		msg = r.buf[r.at:end:end]
		r.at = int32(end)
	}
	st.consumed(size)
	return msg
}

// copied says that the message that recv returned last is not needed any more. A
// client that has nothing to read holds no buffer then, even if it is not about
// to wait: 328 bytes less for each stream that is idle.
func (st *stream) copied() {
	in, r := &st.in, &st.read
	r.giveBack(&st.s.m.buffers)
	if int(r.at) < len(r.buf) || r.buf == nil {
		return
	}
	in.mu.Lock()
	more := in.messages > 0 // take swaps the buffers then, which spares growing one
	in.mu.Unlock()
	if !more {
		r.release(&st.s.m.buffers)
	}
}

// giveBack lets go of the message that was returned last.
func (r *streamReader) giveBack(p *bufferPool) {
	if r.last != nil {
		p.put(r.last)
		r.last = nil
	}
}

// release gives the empty read buffer back.
func (r *streamReader) release(p *bufferPool) {
	p.put(r.buf)
	r.buf, r.at, r.large = nil, 0, bodies{}
}

// await waits until there is a message, or the end: it swaps the empty read buffer
// for the inbox once there is something in that. Idle streams are here, so Recv
// calls it itself: one frame less, see start.
func (st *stream) await() error {
	in, r := &st.in, &st.read
	r.giveBack(&st.s.m.buffers)
	if int(r.at) < len(r.buf) {
		return nil
	}
	in.mu.Lock()
	if in.messages == 0 && in.err == nil {
		in.mu.Unlock() // the order of locks is the other one
		st.takeTurns()
		in.mu.Lock()
	}
	for in.messages == 0 {
		if err := in.err; err != nil {
			in.mu.Unlock()
			st.detach()
			return err
		}
		r.drained = true
		r.release(&st.s.m.buffers)
		in.news.Wait()
	}
	old := r.buf
	r.buf, r.at, r.large = in.buf, 0, in.large
	st.table().unread.add(-in.bytes)
	in.buf, in.large, in.messages, in.bytes = old[:0], bodies{}, 0, 0
	in.mu.Unlock()
	return nil
}

// consumed counts a message that was read, and gives credit in batches: when
// half of the messages or a quarter of the window have been read.
func (st *stream) consumed(size int) {
	r := &st.read
	if r.window == 0 {
		r.window = st.s.limits.StreamWindowMin
	}
	r.messages++
	r.bytes += size
	if r.messages < max(1, st.outCap/2) && r.bytes < r.window/4 {
		return
	}
	grow := 0
	if r.drained && r.bytes >= r.window/4 && st.table().unread.load() < st.s.limits.Unread/2 {
		grow = min(r.window, st.s.limits.StreamWindowMax-r.window)
		r.window += grow
	}
	st.giveCredit(int(r.messages), r.bytes+grow)
	r.messages, r.bytes, r.drained = 0, 0, false
}

// giveCredit queues credit for the peer, merged with what is already owed.
func (st *stream) giveCredit(messages, bytes int) {
	st.in.credits.Add(int64(messages))
	st.in.window.Add(int64(bytes))
	w := &st.s.out
	w.mu.Lock()
	st.out.owedMessages += uint32(messages)
	st.out.owedBytes += uint64(bytes)
	if !st.out.creditor && !w.closed && st.out.id != 0 {
		st.out.creditor = true
		w.creditors = append(w.creditors, st)
	}
	w.flush(false)
}

// appendCreditLocked pays what is owed, unless the stream is over.
func (st *stream) appendCreditLocked(b []byte) []byte {
	c := creditFrame{target: targetStream, id: st.out.id, messages: uint64(st.out.owedMessages), bytes: st.out.owedBytes}
	st.out.owedMessages, st.out.owedBytes, st.out.creditor = 0, 0, false
	return c.append(b)
}
