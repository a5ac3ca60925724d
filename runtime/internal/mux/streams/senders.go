package streams

import (
	"fmt"

	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/status"
)

// senders is what a stream has once one of those who send on it had to wait, or
// could not send its message. Guarded by the writer's lock.
type senders struct {
	wake    chan struct{} // capacity 1: the token that wakes one of those who wait
	waiting int           // how many do
	ending  bool          // the end follows the message of the last of them
	gap     error         // why a message could not be sent
}

func (o *sender) sendersLocked() *senders {
	if o.senders == nil {
		o.senders = &senders{wake: make(chan struct{}, 1)}
	}
	return o.senders
}

// wakeSenderLocked wakes one of those who wait. It passes the token on when it waits
// no more, so that in the end all who can go on do: they all wait for the same.
func (o *sender) wakeSenderLocked() {
	if o.senders == nil {
		return
	}
	select {
	case o.senders.wake <- struct{}{}:
	default:
	}
}

// takeCredit waits until a message of size bytes may be queued, and counts it. It
// returns with the writer's lock held, or without it and with an error. A message
// that can never be sent breaks the stream off.
func (o *sender) takeCredit(size int) (*out.Writer, error) {
	w := &o.S.Out
	switch {
	case size > o.S.Agreed.Message:
		return nil, o.whole().BreakOff(&status.Error{Code: status.TooLarge, Message: fmt.Sprintf("the message has %d bytes, the peer takes at most %d", size, o.S.Agreed.Message)})
	case !o.TakesInput:
		return nil, o.whole().BreakOff(&status.Error{Code: status.InvalidArgument, Message: "the handler takes no messages"})
	}
	w.Mu.Lock()
	err := o.err
	if err == nil {
		if ready, _ := o.readyLocked(w); !ready {
			err = o.awaitCreditLocked(w)
		}
	}
	if err != nil {
		w.Mu.Unlock()
		return nil, err
	}
	o.credits--
	o.window -= int64(size)
	o.tally.out(size)
	return w, nil
}

// readyLocked reports whether a message may be queued. If the lane has used its part of
// the send queue, freed is closed when it may have some again; else freed is nil.
func (o *sender) readyLocked(w *out.Writer) (ready bool, freed <-chan struct{}) {
	if o.credits <= 0 || o.window <= 0 || o.large != nil || o.opening.large() {
		return false, nil
	}
	freed = w.FreedLocked(o.item.Class)
	return freed == nil, freed
}

// awaitCreditLocked waits until a message may be queued, or the stream is over. One
// that waits when the sending side is closed still goes out. Called and left with
// the writer's lock held.
func (o *sender) awaitCreditLocked(w *out.Writer) error {
	q := o.sendersLocked()
	q.waiting++
	for {
		ready, freed := o.readyLocked(w)
		err := o.err
		if err == errSendClosed {
			err = nil
		}
		if ready || err != nil {
			if q.waiting--; q.waiting > 0 {
				o.wakeSenderLocked()
			}
			return err
		}
		w.Mu.Unlock()
		select {
		case <-q.wake:
		case <-freed:
		}
		w.Mu.Lock()
	}
}

// sentLocked queues the end that waits for the last message, if this was it.
func (o *sender) sentLocked(w *out.Writer) {
	if q := o.senders; q != nil && q.ending && q.waiting == 0 {
		q.ending = false
		o.appendLocked(w, entryEnd, nil)
	}
}
