package streams

import (
	"errors"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// errSendClosed is what Send returns after CloseSend.
var errSendClosed = errors.New("grid: send on a stream whose sending side is closed")

// CloseSend half-closes: the server's Recv sees io.EOF after what was sent, and
// after what others are about to send.
func (st *Stream) CloseSend() error {
	w := &st.S.Out
	w.Mu.Lock()
	if st.Out.err != nil {
		err := st.Out.err
		w.Mu.Unlock()
		if err == errSendClosed {
			return nil
		}
		return err
	}
	st.Out.err = errSendClosed
	if q := st.Out.senders; q != nil && q.waiting > 0 {
		q.ending = true
		w.Mu.Unlock()
		return nil
	}
	st.appendLocked(w, entryEnd, nil)
	w.Flush(false)
	return nil
}

// sendError is what a send returns now, nil while there may be more.
func (st *Stream) sendError() error {
	w := &st.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return st.Out.err
}

// errCutShort ends a stream whose handler returned while another goroutine of its
// was sending: the client must not take the stream for complete.
var errCutShort = &wire.Failure{Outcome: status.Ran, Code: status.Internal, Message: "the handler returned while a message was being sent"}

// endSending is the server's last word. later is what sends after it return.
func (st *Stream) endSending(fail *wire.Failure, later error) {
	w := &st.S.Out
	w.Mu.Lock()
	for !w.Closed && st.endsLocked() {
		room := w.RoomLocked(st.item.Class)
		if room == nil {
			break
		}
		w.Mu.Unlock()
		<-room // at the end of the stream or of the session at the latest
		w.Mu.Lock()
	}
	if w.Closed || !st.endsLocked() {
		w.Mu.Unlock()
		return
	}
	if st.cutShortLocked(w) && fail == nil {
		fail = errCutShort
	}
	st.Out.err = later
	st.table().remove(st) // who sees the end finds the slot free
	var data []byte
	if fail != nil {
		data = fail.Append(nil)
	}
	st.appendLocked(w, entryEnd, data)
	st.wakeSenderLocked()
	w.Flush(false)
}

// endsLocked reports whether the client waits for an end of the stream.
func (st *Stream) endsLocked() bool {
	return st.Out.err == nil || st.sealedLocked()
}

// cutShortLocked drops a message that is still under way, and reports whether there
// is one, or one that waits for room, or one that could not be sent.
func (st *Stream) cutShortLocked(w *out.Writer) bool {
	if st.Out.large != nil {
		st.Out.large.DropLocked(w)
		st.Out.large = nil
		return true
	}
	return st.sealedLocked() || st.Out.senders != nil && st.Out.senders.waiting > 0
}

// stopSending gives up what is not yet written; later sends return err. It reports
// false if they have an error already.
func (st *Stream) stopSending(err error) bool {
	w := &st.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return st.stopSendingLocked(w, err)
}

func (st *Stream) stopSendingLocked(w *out.Writer, err error) (first bool) {
	first = st.Out.err == nil || st.Out.err == errSendClosed
	if first {
		st.Out.err = err
	}
	w.UnqueuedLocked(&st.item, len(st.Out.pend)-int(st.Out.at)+st.Out.bodies.Size())
	if st.Out.opening != nil {
		w.UnqueuedLocked(&st.item, st.Out.opening.cost)
	}
	w.Lanes.Remove(&st.item)
	if st.Out.large != nil {
		st.Out.large.DropLocked(w)
		st.Out.large = nil
	}
	st.S.M.Buffers.Put(st.Out.pend)
	st.Out.pend, st.Out.at, st.Out.bodies, st.Out.opening = nil, 0, bufs.Bodies{}, nil
	if q := st.Out.senders; q != nil {
		q.ending, q.gap = false, nil
	}
	w.WakeLocked()
	st.wakeSenderLocked()
	return first
}
