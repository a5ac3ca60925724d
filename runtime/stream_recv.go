package grid

import (
	"encoding/binary"
	"io"
)

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
		if size > maxPayload {
			st.in.taken(size)
		}
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
		if in.aborted.Load() {
			return st.dropped()
		}
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
		if in.parked {
			in.parked = false
			in.mu.Unlock()
			_ = st.table().letCome(st.table().unread.wanted(st.out.id)) // as in released
			in.mu.Lock()
			continue
		}
		in.waiting = true
		in.news.Wait()
		in.waiting = false
	}
	old := r.buf
	r.buf, r.at, r.large = in.buf, 0, in.large
	st.table().unread.small.Add(-int64(in.bytes))
	in.buf, in.large, in.messages, in.bytes = old[:0], bodies{}, 0, 0
	in.mu.Unlock()
	return nil
}

// dropped is await for a stream that was given up over what it has received: the
// reader gets nothing of that.
func (st *stream) dropped() error {
	st.read.release(&st.s.m.buffers)
	st.detach()
	in := &st.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == io.EOF { // it came before, but what was sent before it is gone
		in.err = &Error{Code: Canceled, Outcome: MayHaveRun, Message: "the stream was closed"}
	}
	return in.err
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
	if r.drained && r.bytes >= r.window/4 && st.table().unread.bytes() < st.s.limits.Unread/2 {
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
