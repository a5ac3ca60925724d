package grid

import (
	"encoding/binary"
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
	opening *opening  // client: until the open frame and its payload are in a batch
	pend    []byte    // entries that wait to be written, from at on; pooled
	bodies  bodies    // the messages of entryBody; pooled
	large   *transfer // the message or payload that travels in chunks now
	window  int64     // bytes that the peer has room for, may be negative
	err     error     // set once nothing more may be sent: what send returns
	senders *senders  // nil until somebody waits, or a message could not be sent

	owedBytes    uint64 // credit that this end owes the peer
	owedMessages uint32

	credits    int32 // messages that the peer has room for
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
	wait     bool            // open returns when the peer has taken the stream
	from     *handlerContext // of the handler of this node that opens it, nil: none
	cost     int             // what it counts in the send queue, until it is written
}

// large reports whether messages have to wait until the payload is out. Behind a
// smaller one they may travel in the same batch.
func (o *opening) large() bool { return o != nil && len(o.payload) > maxPayload }

// ownBody is from where on a message keeps a buffer of its own between the two
// locks of a stream, instead of being copied into the common one. Buffers that
// grow with large messages leave the pool's classes: 64 KiB messages cost six
// times their size in garbage then, and 1.1 times so (BenchmarkStreamDown).
const ownBody = 2 << 10

// send queues one message, and waits until the peer has room for it. A pooled
// payload is taken over, whatever comes of it; another is copied, or no longer
// used when send returns. Several goroutines may send: each message stays whole.
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
	w, err := st.takeRoom(len(payload))
	if err == nil {
		st.makeRoomLocked(len(payload))
		st.putLocked(w, entryMessage, payload)
		st.sentLocked(w)
		w.flush(st.out.turns.send())
	}
	if pooled {
		st.s.m.buffers.put(payload)
	}
	return err
}

// sendBody sends a larger message from its own buffer.
func (st *stream) sendBody(payload []byte, pooled bool) (taken bool, err error) {
	w, err := st.takeRoom(len(payload))
	if err != nil {
		return false, err
	}
	if len(payload) <= maxPayload {
		if !pooled {
			payload = st.s.m.buffers.copyOf(payload)
		}
		st.out.bodies.push(payload)
		st.appendLocked(w, entryBody, nil)
		w.queued[st.item.class] += len(payload)
		st.sentLocked(w)
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
	w, err := st.takeRoom(msg.size())
	if err != nil {
		return err
	}
	return st.sendLarge(w, msg)
}

// sendLarge sends a message in chunks. It is called with the writer's lock held,
// and returns without it when nothing of msg is needed any more.
func (st *stream) sendLarge(w *writer, msg encoded) error {
	x := newTransfer(w, targetStream, st.out.id, msg, st.item.class, st.largeSentLocked)
	x.ended = make(chan struct{})
	st.out.large = x
	st.appendLocked(w, entryLarge, binary.AppendUvarint(nil, uint64(msg.size())))
	st.sentLocked(w)
	w.flush(false)
	<-x.ended // at the end of the stream at the latest
	if x.sent {
		return nil
	}
	return st.sendError()
}

func (st *stream) largeSentLocked() {
	st.out.large = nil
	st.out.opened = true
	if len(st.out.pend) > int(st.out.at) && !st.item.queued { // what came behind it
		st.s.out.lanes.add(&st.item)
	}
	st.wakeSenderLocked()
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
	st.out.credits += int32(c.messages) // fits: compared
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
