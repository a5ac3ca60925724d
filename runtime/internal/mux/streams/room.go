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

func (st *Stream) sendersLocked() *senders {
	if st.Out.senders == nil {
		st.Out.senders = &senders{wake: make(chan struct{}, 1)}
	}
	return st.Out.senders
}

// wakeSenderLocked wakes one of those who wait. It passes the token on when it waits
// no more, so that in the end all who can go on do: they all wait for the same.
func (st *Stream) wakeSenderLocked() {
	if st.Out.senders == nil {
		return
	}
	select {
	case st.Out.senders.wake <- struct{}{}:
	default:
	}
}

// takeRoom waits until a message of size bytes may be queued, and counts it. It
// returns with the writer's lock held, or without it and with an error. A message
// that can never be sent breaks the stream off.
func (st *Stream) takeRoom(size int) (*out.Writer, error) {
	w := &st.S.Out
	switch {
	case size > st.S.Agreed.Message:
		return nil, st.BreakOff(&status.Error{Code: status.TooLarge, Message: fmt.Sprintf("the message has %d bytes, the peer takes at most %d", size, st.S.Agreed.Message)})
	case st.Client && !st.Out.TakesInput:
		return nil, st.BreakOff(&status.Error{Code: status.InvalidArgument, Message: "the handler takes no messages"})
	}
	w.Mu.Lock()
	err := st.Out.err
	if err == nil {
		if ready, _ := st.readyLocked(w); !ready {
			err = st.awaitRoomLocked(w)
		}
	}
	if err != nil {
		w.Mu.Unlock()
		return nil, err
	}
	st.Out.credits--
	st.Out.window -= int64(size)
	st.tally.out(size)
	return w, nil
}

// readyLocked reports whether a message may be queued. If it is for want of room in
// the send queue that it may not, room is closed when there may be some.
func (st *Stream) readyLocked(w *out.Writer) (ready bool, room <-chan struct{}) {
	if st.Out.credits <= 0 || st.Out.window <= 0 || st.Out.large != nil || st.Out.opening.large() {
		return false, nil
	}
	room = w.RoomLocked(st.item.Class)
	return room == nil, room
}

// awaitRoomLocked waits until a message may be queued, or the stream is over. One
// that waits when the sending side is closed still goes out. Called and left with
// the writer's lock held.
func (st *Stream) awaitRoomLocked(w *out.Writer) error {
	q := st.sendersLocked()
	q.waiting++
	for {
		ready, room := st.readyLocked(w)
		err := st.Out.err
		if err == errSendClosed {
			err = nil
		}
		if ready || err != nil {
			if q.waiting--; q.waiting > 0 {
				st.wakeSenderLocked()
			}
			return err
		}
		w.Mu.Unlock()
		select {
		case <-q.wake:
		case <-room:
		}
		w.Mu.Lock()
	}
}

// sentLocked queues the end that waits for the last message, if this was it.
func (st *Stream) sentLocked(w *out.Writer) {
	if q := st.Out.senders; q != nil && q.ending && q.waiting == 0 {
		q.ending = false
		st.appendLocked(w, entryEnd, nil)
	}
}
