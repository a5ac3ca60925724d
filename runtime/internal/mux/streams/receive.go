package streams

import (
	"encoding/binary"
	"io"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// recv returns the next message. It is valid until the next call.
func (st *Stream) recv() ([]byte, error) {
	if err := st.Await(); err != nil {
		return nil, err
	}
	return st.Next(), nil
}

// Next returns the message that await has found. It is valid until the next call
// of await.
func (st *Stream) Next() []byte {
	r := &st.Read
	head, n := binary.Uvarint(r.buf[r.at:])
	r.at += int32(n)
	size := int(head >> 1) // fits: put has written the length of a message
	var msg []byte
	if head&1 != 0 {
		msg = r.large.Pop()
		r.Last = msg
		if size > wire.MaxPayload {
			st.In.taken(size)
		}
	} else {
		end := int(r.at) + size
		msg = r.buf[r.at:end:end]
		r.at = int32(end)
	}
	st.consumed(size)
	return msg
}

// Copied is called when the message that Recv returned last is not needed any more. If
// nothing else is unread it gives the read buffer back, even though the reader may not
// wait next: 328 bytes less for each stream that is idle.
func (st *Stream) Copied() {
	in, r := &st.In, &st.Read
	r.giveBack(&st.S.M.Buffers)
	if int(r.at) < len(r.buf) || r.buf == nil {
		return
	}
	in.mu.Lock()
	more := in.messages > 0 // take swaps the buffers then, which spares growing one
	in.mu.Unlock()
	if !more {
		r.release(&st.S.M.Buffers)
	}
}

// Await waits until there is a message, or the end. It swaps the empty read buffer for
// the inbox once the inbox has something. The goroutines of idle streams wait here, so
// Recv calls Await directly: that saves a frame of stack, see start.
func (st *Stream) Await() error {
	in, r := &st.In, &st.Read
	r.giveBack(&st.S.M.Buffers)
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
		in.drained = true
		r.release(&st.S.M.Buffers)
		if in.parked {
			in.parked = false
			in.mu.Unlock()
			_ = st.table().letCome(st.table().Unread.wanted(st.id)) // as in released
			in.mu.Lock()
			continue
		}
		in.waiting = true
		in.news.Wait()
		in.waiting = false
	}
	old := r.buf
	r.buf, r.at, r.large = in.buf, 0, in.large
	st.table().Unread.small.Add(-int64(in.bytes))
	in.buf, in.large, in.messages, in.bytes = old[:0], bufs.Bodies{}, 0, 0
	in.mu.Unlock()
	return nil
}

// dropped is Await for a stream that was given up: the messages that it had received are
// dropped.
func (st *Stream) dropped() error {
	st.Read.release(&st.S.M.Buffers)
	st.detach()
	in := &st.In
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == io.EOF { // it came before, but what was sent before it is gone
		in.err = &status.Error{Code: status.Canceled, Outcome: status.MayHaveRun, Message: "the stream was closed"}
	}
	return in.err
}

// consumed counts a message that was read, and gives credit in batches: when
// half of the messages or a quarter of the window have been read.
func (st *Stream) consumed(size int) {
	r := &st.Read
	if r.window == 0 {
		r.window = int32(st.S.Limits.StreamWindowMin) // fits: at most MaxStreamWindow
	}
	r.messages++
	r.bytes += size
	window := int(r.window)
	if r.messages < max(1, st.outCap/2) && r.bytes < window/4 {
		st.showRead()
		return
	}
	grow := 0
	if st.In.drained && r.bytes >= window/4 && st.table().Unread.Bytes() < st.S.Limits.Unread/2 {
		grow = min(window, st.S.Limits.StreamWindowMax-window)
		r.window += int32(grow) // fits: at most MaxStreamWindow in all
	}
	st.In.credits.Add(int64(r.messages))
	st.In.window.Add(int64(r.bytes + grow))
	st.queueCredit(int(r.messages), r.bytes+grow)
	r.messages, r.bytes, st.In.drained = 0, 0, false
	st.showRead() // behind the credit: a glance between the two sees fewer unread, and takes nobody for stuck
}

// showRead lets a glance see how many messages were read. Who never looks does not pay for it.
func (st *Stream) showRead() {
	if st.S.M.Measured.Load() {
		st.Read.shown.Store(st.Read.messages)
	}
}
