package grid

import "fmt"

// senders is what a stream has once one of those who send on it had to wait, or
// could not send its message. Guarded by the writer's lock.
type senders struct {
	wake    chan struct{} // capacity 1: the token that wakes one of those who wait
	waiting int           // how many do
	ending  bool          // the end follows the message of the last of them
	gap     error         // why a message could not be sent
}

func (st *stream) sendersLocked() *senders {
	if st.out.senders == nil {
		st.out.senders = &senders{wake: make(chan struct{}, 1)}
	}
	return st.out.senders
}

// wakeSenderLocked wakes one of those who wait. It passes the token on when it waits
// no more, so that in the end all who can go on do: they all wait for the same.
func (st *stream) wakeSenderLocked() {
	if st.out.senders == nil {
		return
	}
	select {
	case st.out.senders.wake <- struct{}{}:
	default:
	}
}

// takeRoom waits until a message of size bytes may be queued, and counts it. It
// returns with the writer's lock held, or without it and with an error. A message
// that can never be sent breaks the stream off.
func (st *stream) takeRoom(size int) (*writer, error) {
	w := &st.s.out
	switch {
	case size > st.s.agreed.message:
		return nil, st.breakOff(&Error{Code: TooLarge, Message: fmt.Sprintf("the message has %d bytes, the peer takes at most %d", size, st.s.agreed.message)})
	case st.client && !st.out.takesInput:
		return nil, st.breakOff(&Error{Code: InvalidArgument, Message: "the handler takes no messages"})
	}
	w.mu.Lock()
	err := st.out.err
	if err == nil {
		if ready, _ := st.readyLocked(w); !ready {
			err = st.awaitRoomLocked(w)
		}
	}
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	st.out.credits--
	st.out.window -= int64(size)
	return w, nil
}

// readyLocked reports whether a message may be queued. If it is for want of room in
// the send queue that it may not, room is closed when there may be some.
func (st *stream) readyLocked(w *writer) (ready bool, room <-chan struct{}) {
	if st.out.credits <= 0 || st.out.window <= 0 || st.out.large != nil || st.out.opening.large() {
		return false, nil
	}
	room = w.roomLocked(st.item.class)
	return room == nil, room
}

// awaitRoomLocked waits until a message may be queued, or the stream is over. One
// that waits when the sending side is closed still goes out. Called and left with
// the writer's lock held.
func (st *stream) awaitRoomLocked(w *writer) error {
	q := st.sendersLocked()
	q.waiting++
	for {
		ready, room := st.readyLocked(w)
		err := st.out.err
		if err == errSendClosed {
			err = nil
		}
		if ready || err != nil {
			if q.waiting--; q.waiting > 0 {
				st.wakeSenderLocked()
			}
			return err
		}
		w.mu.Unlock()
		select {
		case <-q.wake:
		case <-room:
		}
		w.mu.Lock()
	}
}

// sentLocked queues the end that waits for the last message, if this was it.
func (st *stream) sentLocked(w *writer) {
	if q := st.out.senders; q != nil && q.ending && q.waiting == 0 {
		q.ending = false
		st.appendLocked(w, entryEnd, nil)
	}
}
