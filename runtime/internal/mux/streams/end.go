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

// CloseSend half-closes the stream: the server's Recv returns io.EOF behind all messages,
// those included that other goroutines still wait to send.
func (o *sender) CloseSend() error {
	w := &o.S.Out
	w.Mu.Lock()
	if o.err != nil {
		err := o.err
		w.Mu.Unlock()
		if err == errSendClosed {
			return nil
		}
		return err
	}
	o.err = errSendClosed
	if q := o.senders; q != nil && q.waiting > 0 {
		q.ending = true
		w.Mu.Unlock()
		return nil
	}
	o.appendLocked(w, entryEnd, nil)
	w.Flush(false)
	return nil
}

// sendError is the error that a Send would return now, nil while messages may be sent.
func (o *sender) sendError() error {
	w := &o.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return o.err
}

// errCutShort ends a stream whose handler returned while another goroutine of its
// was sending: the client must not take the stream for complete.
var errCutShort = &wire.Failure{Outcome: status.Ran, Code: status.Internal, Message: "the handler returned while a message was being sent"}

// endSending queues the end frame of a served stream, with its trailer in front. Sends after it return the error
// later.
func (o *sender) endSending(fail *wire.Failure, later error, trailer []byte) {
	w := &o.S.Out
	w.Mu.Lock()
	for !w.Closed && o.endsLocked() {
		freed := w.FreedLocked(o.item.Class)
		if freed == nil {
			break
		}
		w.Mu.Unlock()
		<-freed // at the end of the stream or of the session at the latest
		w.Mu.Lock()
	}
	if w.Closed || !o.endsLocked() {
		w.Mu.Unlock()
		return
	}
	if o.cutShortLocked(w) && fail == nil {
		fail = errCutShort
	}
	o.err = later
	o.whole().gone() // who sees the end finds the slot free
	var data []byte
	if fail != nil {
		data = fail.Append(nil)
	}
	if trailer != nil {
		o.appendLocked(w, entryTrailer, trailer)
	}
	o.appendLocked(w, entryEnd, data)
	o.wakeSenderLocked()
	w.Flush(false)
}

// endsLocked reports whether the end frame of a served stream has still to be sent.
func (o *sender) endsLocked() bool {
	return o.err == nil || o.sealedLocked()
}

// cutShortLocked reports whether a message is missing at the end of a stream: one that is
// still being sent in chunks, which is dropped, one that waits for credit, or one that
// could not be sent.
func (o *sender) cutShortLocked(w *out.Writer) bool {
	if o.large != nil {
		o.large.DropLocked(w)
		o.large = nil
		return true
	}
	return o.sealedLocked() || o.senders != nil && o.senders.waiting > 0
}

// stopSending drops the messages that are not written yet; later sends return err. It
// reports false if later sends have an error already, which then stays.
func (o *sender) stopSending(err error) bool {
	w := &o.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	return o.stopSendingLocked(w, err)
}

func (o *sender) stopSendingLocked(w *out.Writer, err error) (first bool) {
	first = o.err == nil || o.err == errSendClosed
	if first {
		o.err = err
	}
	w.UnqueuedLocked(&o.item, len(o.pend)-int(o.at)+o.bodies.Size())
	if o.opening != nil {
		w.UnqueuedLocked(&o.item, o.opening.cost)
	}
	w.Lanes.Remove(&o.item)
	if o.large != nil {
		o.large.DropLocked(w)
		o.large = nil
	}
	o.S.M.Buffers.Put(o.pend)
	o.pend, o.at, o.bodies, o.opening = nil, 0, bufs.Bodies{}, nil
	if q := o.senders; q != nil {
		q.ending, q.gap = false, nil
	}
	w.WakeLocked()
	o.wakeSenderLocked()
	return first
}
