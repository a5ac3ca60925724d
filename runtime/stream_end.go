package grid

import "errors"

// errSendClosed is what Send returns after CloseSend.
var errSendClosed = errors.New("grid: send on a stream whose sending side is closed")

// closeSend half-closes: the server's Recv sees io.EOF after what was sent, and
// after what others are about to send.
func (st *stream) closeSend() error {
	w := &st.s.out
	w.mu.Lock()
	if st.out.err != nil {
		err := st.out.err
		w.mu.Unlock()
		if err == errSendClosed {
			return nil
		}
		return err
	}
	st.out.err = errSendClosed
	if q := st.out.senders; q != nil && q.waiting > 0 {
		q.ending = true
		w.mu.Unlock()
		return nil
	}
	st.appendLocked(w, entryEnd, nil)
	w.flush(false)
	return nil
}

// sendError is what a send returns now, nil while there may be more.
func (st *stream) sendError() error {
	w := &st.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	return st.out.err
}

// errCutShort ends a stream whose handler returned while another goroutine of its
// was sending: the client must not take the stream for complete.
var errCutShort = &wireError{outcome: Ran, code: Internal, message: "the handler returned while a message was being sent"}

// endSending is the server's last word. later is what sends after it return.
func (st *stream) endSending(fail *wireError, later error) {
	w := &st.s.out
	w.mu.Lock()
	for !w.closed && st.endsLocked() {
		room := w.roomLocked(st.item.class)
		if room == nil {
			break
		}
		w.mu.Unlock()
		<-room // at the end of the stream or of the session at the latest
		w.mu.Lock()
	}
	if w.closed || !st.endsLocked() {
		w.mu.Unlock()
		return
	}
	if st.cutShortLocked(w) && fail == nil {
		fail = errCutShort
	}
	st.out.err = later
	st.table().remove(st) // who sees the end finds the slot free
	var data []byte
	if fail != nil {
		data = fail.append(nil)
	}
	st.appendLocked(w, entryEnd, data)
	st.wakeSenderLocked()
	w.flush(false)
}

// endsLocked reports whether the client waits for an end of the stream.
func (st *stream) endsLocked() bool {
	return st.out.err == nil || st.sealedLocked()
}

// cutShortLocked drops a message that is still under way, and reports whether there
// is one, or one that waits for room, or one that could not be sent.
func (st *stream) cutShortLocked(w *writer) bool {
	if st.out.large != nil {
		st.out.large.dropLocked(w)
		st.out.large = nil
		return true
	}
	return st.sealedLocked() || st.out.senders != nil && st.out.senders.waiting > 0
}

// stopSending gives up what is not yet written; later sends return err. It reports
// false if they have an error already.
func (st *stream) stopSending(err error) bool {
	w := &st.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	return st.stopSendingLocked(w, err)
}

func (st *stream) stopSendingLocked(w *writer, err error) (first bool) {
	first = st.out.err == nil || st.out.err == errSendClosed
	if first {
		st.out.err = err
	}
	w.unqueuedLocked(&st.item, len(st.out.pend)-int(st.out.at)+st.out.bodies.size())
	if st.out.opening != nil {
		w.unqueuedLocked(&st.item, st.out.opening.cost)
	}
	w.lanes.remove(&st.item)
	if st.out.large != nil {
		st.out.large.dropLocked(w)
		st.out.large = nil
	}
	st.s.m.buffers.put(st.out.pend)
	st.out.pend, st.out.at, st.out.bodies, st.out.opening = nil, 0, bodies{}, nil
	if q := st.out.senders; q != nil {
		q.ending, q.gap = false, nil
	}
	w.wakeLocked()
	st.wakeSenderLocked()
	return first
}
