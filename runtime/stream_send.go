package grid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// streamOut is the sending half of a stream. Guarded by the writer's lock.
//
// A message is taken when the peer has room for it: one credit, and a window
// that is open. A window that is open by one byte takes a whole message, so it
// may fall below zero; it is open again when the peer has read enough. The peer
// applies the same rule, so both ends agree on what is too much.
type streamOut struct {
	id      uint64
	opening *opening      // client: until the open frame and its payload are in a batch
	pend    []byte        // entries that wait to be written, from at on; pooled
	bodies  bodies        // the messages of entryBody; pooled
	large   *transfer     // the message or payload that travels in chunks now
	credits int64         // messages that the peer has room for
	window  int64         // bytes, may be negative
	err     error         // set once nothing more may be sent: what send returns
	wake    chan struct{} // nil until a sender waits

	owedMessages, owedBytes uint64 // credit that this end owes the peer

	at         int32 // into pend
	creditor   bool  // queued to pay it
	opened     bool  // server: always; client: a frame that lets the handler run is in a batch
	takesInput bool  // static; client: the handler takes messages
	turns      turns
}

// maxSendQueue keeps what waits to be written, and a place in it, below what 31 bits
// count.
const maxSendQueue = 1 << 30

// opening is what the client's open frame says. A stream has it no longer than
// that takes: 88 bytes less for each one that is open.
type opening struct {
	route    uint64
	deadline time.Time // travels as what is left of it; zero: none
	meta     []byte
	payload  []byte
	cost     int // what it counts in the send queue, until it is written
}

// large reports whether messages have to wait until the payload is out. Behind a
// smaller one they may travel in the same batch.
func (o *opening) large() bool { return o != nil && len(o.payload) > maxPayload }

// errSendClosed is what Send returns after CloseSend.
var errSendClosed = errors.New("grid: send on a stream whose sending side is closed")

// ownBody is from where on a message keeps a buffer of its own between the two
// locks of a stream, instead of being copied into the common one. Buffers that
// grow with large messages leave the pool's classes: 64 KiB messages cost six
// times their size in garbage then, and 1.1 times so (BenchmarkStreamDown).
const ownBody = 2 << 10

// send queues one message, and waits until the peer has room for it. A pooled
// payload is taken over, whatever comes of it; another is copied, or no longer
// used when send returns.
func (st *stream) send(payload []byte, pooled bool) error {
	if len(payload) <= ownBody {
		return st.sendSmall(payload, pooled)
	}
	taken, err := st.sendBody(payload, pooled)
	if pooled && !taken {
		st.s.m.buffers.put(payload)
	}
	return err
}

// sendSmall is send for at most ownBody bytes, which are copied.
func (st *stream) sendSmall(payload []byte, pooled bool) (err error) {
	w := &st.s.out
	w.mu.Lock()
	if err = st.takeRoomLocked(w, len(payload)); err == nil {
		st.makeRoomLocked(len(payload))
		st.putLocked(w, entryMessage, payload)
		w.flush(st.out.turns.send())
	} else {
		w.mu.Unlock()
	}
	if pooled {
		st.s.m.buffers.put(payload)
	}
	return err
}

// sendBody sends a larger message from its own buffer.
func (st *stream) sendBody(payload []byte, pooled bool) (taken bool, err error) {
	w := &st.s.out
	w.mu.Lock()
	if err := st.takeRoomLocked(w, len(payload)); err != nil {
		w.mu.Unlock()
		return false, err
	}
	if len(payload) <= maxPayload {
		if !pooled {
			payload = st.s.m.buffers.copyOf(payload)
		}
		st.out.bodies.push(payload)
		st.appendLocked(w, entryBody, nil)
		w.queued[st.item.class] += len(payload)
		w.flush(st.out.turns.send())
		return true, nil
	}
	return false, st.sendLarge(w, encoded{flat: payload})
}

// sendLong sends a message that may be lent in part; the rest is pooled.
func (st *stream) sendLong(msg encoded) error {
	if msg.lent == nil {
		return st.send(msg.flat, true)
	}
	defer st.s.m.buffers.put(msg.flat)
	w := &st.s.out
	w.mu.Lock()
	if err := st.takeRoomLocked(w, msg.size()); err != nil {
		w.mu.Unlock()
		return err
	}
	return st.sendLarge(w, msg)
}

// sendLarge sends a message in chunks. It is called with the writer's lock held,
// and returns without it when nothing of msg is needed any more.
func (st *stream) sendLarge(w *writer, msg encoded) error {
	st.out.large = newTransfer(w, targetStream, st.out.id, msg, st.item.class, st.largeSentLocked)
	st.appendLocked(w, entryLarge, binary.AppendUvarint(nil, uint64(msg.size())))
	return st.awaitLarge(w)
}

// takeRoomLocked waits until a message of size bytes may be queued, and counts it.
func (st *stream) takeRoomLocked(w *writer, size int) error {
	if size > st.s.agreed.message {
		return &Error{Code: TooLarge, Message: fmt.Sprintf("the message has %d bytes, the peer takes at most %d", size, st.s.agreed.message)}
	}
	if err := st.awaitRoomLocked(w); err != nil {
		return err
	}
	st.out.credits--
	st.out.window -= int64(size)
	return nil
}

// awaitRoomLocked waits until a message may be queued. Called and left with the
// writer's lock held.
func (st *stream) awaitRoomLocked(w *writer) error {
	for {
		if st.out.err != nil {
			return st.out.err
		}
		var room <-chan struct{}
		if st.out.credits > 0 && st.out.window > 0 && st.out.large == nil && !st.out.opening.large() {
			if room = w.roomLocked(st.item.class); room == nil {
				return nil
			}
		}
		wake := st.wakeupLocked()
		w.mu.Unlock()
		select {
		case <-wake:
		case <-room:
		}
		w.mu.Lock()
	}
}

// awaitLarge is called with the writer's lock held and returns without it, when
// the large message is sent or the stream is over.
func (st *stream) awaitLarge(w *writer) error {
	mine := st.out.large
	w.flush(false)
	for {
		w.mu.Lock()
		err, busy, wake := st.out.err, st.out.large == mine, st.wakeupLocked()
		w.mu.Unlock()
		if !busy {
			return err
		}
		<-wake
	}
}

func (st *stream) largeSentLocked() {
	st.out.large = nil
	st.out.opened = true
	st.wakeSenderLocked()
}

// wakeupLocked returns the channel that wakes the sender. Most streams that are
// idle never had to wait: 112 bytes each.
func (st *stream) wakeupLocked() <-chan struct{} {
	if st.out.wake == nil {
		st.out.wake = make(chan struct{}, 1)
	}
	return st.out.wake
}

func (st *stream) wakeSenderLocked() {
	select {
	case st.out.wake <- struct{}{}:
	default:
	}
}

// appendLocked queues an entry and the stream itself.
func (st *stream) appendLocked(w *writer, kind byte, data []byte) {
	st.makeRoomLocked(len(data))
	st.putLocked(w, kind, data)
}

// putLocked is appendLocked where makeRoomLocked was called: one after the other
// they need 64 bytes less of stack, see start.
func (st *stream) putLocked(w *writer, kind byte, data []byte) {
	before := len(st.out.pend)
	st.out.pend = appendEntry(st.out.pend, kind, data)
	w.pushLocked(&st.item, len(st.out.pend)-before)
}

// entryHead is the most that appendEntry puts before its data.
const entryHead = 1 + binary.MaxVarintLen64

// makeRoomLocked readies pend for one more entry of n bytes.
func (st *stream) makeRoomLocked(n int) {
	n += entryHead
	if st.out.pend == nil {
		st.out.pend = st.s.m.buffers.get(n)
		return
	}
	if at := int(st.out.at); at > 0 && at >= len(st.out.pend)/2 {
		// What is written is dropped once it is the larger part, so that a
		// stream that never runs dry does not grow.
		st.out.pend = st.out.pend[:copy(st.out.pend, st.out.pend[at:])]
		st.out.at = 0
	}
	st.out.pend = growPooled(&st.s.m.buffers, st.out.pend, n)
}

// closeSend half-closes: the server's Recv sees io.EOF after what was sent.
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
	st.appendLocked(w, entryEnd, nil)
	w.flush(false)
	return nil
}

// endSending is the server's last word. later is what sends after it return.
func (st *stream) endSending(fail *wireError, later error) {
	w := &st.s.out
	w.mu.Lock()
	w.awaitRoomLocked(st.item.class)
	if st.out.err != nil || w.closed {
		w.mu.Unlock()
		return
	}
	if st.out.large != nil {
		// A send was still under way in some other goroutine: the client must
		// not take the stream for complete.
		fail = &wireError{outcome: Ran, code: Internal, message: "the handler returned while a message was being sent"}
		st.out.large.dropLocked(w)
		st.out.large = nil
	}
	st.out.err = later
	var data []byte
	if fail != nil {
		data = fail.append(nil)
	}
	st.appendLocked(w, entryEnd, data)
	st.wakeSenderLocked()
	w.flush(false)
}

// stopSending gives up what is not yet written; later sends return err.
func (st *stream) stopSending(err error) {
	w := &st.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	st.stopSendingLocked(w, err)
}

func (st *stream) stopSendingLocked(w *writer, err error) {
	if st.out.err == nil || st.out.err == errSendClosed {
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
	w.wakeLocked()
	st.wakeSenderLocked()
}

// handleCredit takes the peer's room for more messages.
func (t *streamTable) handleCredit(c creditFrame) error {
	st := t.find(c.id)
	if st == nil {
		return t.checkKnown(c.id)
	}
	w := &t.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.messages > maxCapacity || c.bytes > mostRoom {
		return fmt.Errorf("%w: impossible credit", errFrame)
	}
	st.out.credits += int64(c.messages) // fits: compared
	st.out.window += int64(c.bytes)     // fits: compared
	if st.out.credits > 2*maxCapacity || st.out.window > mostRoom {
		return fmt.Errorf("%w: impossible credit", errFrame)
	}
	st.wakeSenderLocked()
	return nil
}

// handleGrant lets the chunks of a large message go.
func (t *streamTable) handleGrant(id uint64) {
	st := t.find(id)
	if st == nil {
		return
	}
	w := &t.s.out
	w.mu.Lock()
	if st.out.large != nil && st.out.large.announced {
		st.out.large.grantLocked(w)
	}
	w.flush(false)
}
