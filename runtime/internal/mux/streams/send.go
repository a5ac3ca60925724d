package streams

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/large"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// streamOut is the sending half of a stream. Guarded by the writer's lock.
//
// A message is taken when the peer has room for it: one credit, and a window
// that is open. A window that is open by one byte takes a whole message, so it
// may fall below zero; it is open again when the peer has read enough. The peer
// applies the same rule, so both ends agree on what is too much.
type streamOut struct {
	id      uint64
	opening *Opening        // client: until the open frame and its payload are in a batch
	pend    []byte          // entries that wait to be written, from at on; pooled
	bodies  bufs.Bodies     // the messages of entryBody; pooled
	large   *large.Transfer // the message or payload that travels in chunks now
	window  int64           // bytes that the peer has room for, may be negative
	err     error           // set once nothing more may be sent: what send returns
	senders *senders        // nil until somebody waits, or a message could not be sent

	owedBytes    uint64 // credit that this end owes the peer
	owedMessages uint32

	credits    int32 // messages that the peer has room for
	at         int32 // into pend
	creditor   bool  // queued to pay it
	opened     bool  // server: always; client: a frame that lets the handler run is in a batch
	TakesInput bool  // static; client: the handler takes messages
	turns      Turns
}

// MaxSendQueue keeps what waits to be written, and a place in it, below what 31 bits
// count.
const MaxSendQueue = 1 << 30

// Opening is what the client's open frame says. A stream has it no longer than
// that takes: 88 bytes less for each one that is open.
type Opening struct {
	Route    uint64
	deadline time.Time // travels as what is left of it; zero: none
	Meta     []byte
	Payload  []byte
	Wait     bool              // open returns when the peer has taken the stream
	From     *handlers.Context // of the handler of this node that opens it, nil: none
	Callee   *handlers.Handler // what is known here of the handler
	Told     bool              // somebody is told of the end, see OnEnd
	cost     int               // what it counts in the send queue, until it is written
}

// large reports whether messages have to wait until the payload is out. Behind a
// smaller one they may travel in the same batch.
func (o *Opening) large() bool { return o != nil && len(o.Payload) > wire.MaxPayload }

// OwnBody is from where on a message keeps a buffer of its own between the two
// locks of a stream, instead of being copied into the common one. Buffers that
// grow with large messages leave the pool's classes: 64 KiB messages cost six
// times their size in garbage then, and 1.1 times so (BenchmarkStreamDown).
const OwnBody = 2 << 10

// Send queues one message, and waits until the peer has room for it. A pooled
// payload is taken over, whatever comes of it; another is copied, or no longer
// used when send returns. Several goroutines may send: each message stays whole.
func (st *Stream) Send(payload []byte, pooled bool) error {
	if len(payload) <= OwnBody {
		return st.SendSmall(payload, pooled)
	}
	taken, err := st.sendBody(payload, pooled)
	if pooled && !taken {
		st.S.M.Buffers.Put(payload)
	}
	return err
}

// SendSmall is send for at most OwnBody bytes, which are copied.
func (st *Stream) SendSmall(payload []byte, pooled bool) (err error) {
	w, err := st.takeRoom(len(payload))
	if err == nil {
		st.makeRoomLocked(len(payload))
		st.putLocked(w, entryMessage, payload)
		st.sentLocked(w)
		w.Flush(st.Out.turns.Send())
	}
	if pooled {
		st.S.M.Buffers.Put(payload)
	}
	return err
}

// sendBody sends a larger message from its own buffer.
func (st *Stream) sendBody(payload []byte, pooled bool) (taken bool, err error) {
	w, err := st.takeRoom(len(payload))
	if err != nil {
		return false, err
	}
	if len(payload) <= wire.MaxPayload {
		if !pooled {
			payload = st.S.M.Buffers.CopyOf(payload)
		}
		st.Out.bodies.Push(payload)
		st.appendLocked(w, entryBody, nil)
		w.Queued[st.item.Class] += len(payload)
		st.sentLocked(w)
		w.Flush(st.Out.turns.Send())
		return true, nil
	}
	return false, st.sendLarge(w, bufs.Encoded{Flat: payload})
}

// SendLong sends a message that may be lent in part; the rest is pooled.
func (st *Stream) SendLong(msg bufs.Encoded) error {
	if msg.Lent == nil {
		return st.Send(msg.Flat, true)
	}
	defer st.S.M.Buffers.Put(msg.Flat)
	w, err := st.takeRoom(msg.Size())
	if err != nil {
		return err
	}
	return st.sendLarge(w, msg)
}

// sendLarge sends a message in chunks. It is called with the writer's lock held,
// and returns without it when nothing of msg is needed any more.
func (st *Stream) sendLarge(w *out.Writer, msg bufs.Encoded) error {
	x := large.NewTransfer(w, wire.TargetStream, st.Out.id, msg, st.item.Class, st.largeSentLocked)
	x.Ended = make(chan struct{})
	st.Out.large = x
	st.appendLocked(w, entryLarge, binary.AppendUvarint(nil, uint64(msg.Size())))
	st.sentLocked(w)
	w.Flush(false)
	<-x.Ended // at the end of the stream at the latest
	if x.Sent {
		return nil
	}
	return st.sendError()
}

func (st *Stream) largeSentLocked() {
	st.Out.large = nil
	st.Out.opened = true
	if len(st.Out.pend) > int(st.Out.at) && !st.item.Queued { // what came behind it
		st.S.Out.Lanes.Add(&st.item)
	}
	st.wakeSenderLocked()
}

// appendLocked queues an entry and the stream itself.
func (st *Stream) appendLocked(w *out.Writer, kind byte, data []byte) {
	st.makeRoomLocked(len(data))
	st.putLocked(w, kind, data)
}

// putLocked is appendLocked where makeRoomLocked was called: one after the other
// they need 64 bytes less of stack, see start.
func (st *Stream) putLocked(w *out.Writer, kind byte, data []byte) {
	before := len(st.Out.pend)
	st.Out.pend = appendEntry(st.Out.pend, kind, data)
	w.PushLocked(&st.item, len(st.Out.pend)-before)
}

// entryHead is the most that appendEntry puts before its data.
const entryHead = 1 + binary.MaxVarintLen64

// makeRoomLocked readies pend for one more entry of n bytes.
func (st *Stream) makeRoomLocked(n int) {
	n += entryHead
	if st.Out.pend == nil {
		st.Out.pend = st.S.M.Buffers.Get(n)
		return
	}
	if at := int(st.Out.at); at > 0 && at >= len(st.Out.pend)/2 {
		// What is written is dropped once it is the larger part, so that a
		// stream that never runs dry does not grow.
		st.Out.pend = st.Out.pend[:copy(st.Out.pend, st.Out.pend[at:])]
		st.Out.at = 0
	}
	st.Out.pend = bufs.GrowPooled(&st.S.M.Buffers, st.Out.pend, n)
}

// HandleCredit takes the peer's room for more messages.
func (t *Table) HandleCredit(c wire.CreditFrame) error {
	st := t.find(c.ID)
	if st == nil {
		return t.checkKnown(c.ID)
	}
	w := &t.s.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if c.Messages > wire.MaxCapacity || c.Bytes > handshake.MostRoom {
		return fmt.Errorf("%w: impossible credit", wire.ErrFrame)
	}
	st.Out.credits += int32(c.Messages) // fits: compared
	st.Out.window += int64(c.Bytes)     // fits: compared
	if st.Out.credits > 2*wire.MaxCapacity || st.Out.window > handshake.MostRoom {
		return fmt.Errorf("%w: impossible credit", wire.ErrFrame)
	}
	st.wakeSenderLocked()
	return nil
}

// HandleGrant lets the chunks of a large message go.
func (t *Table) HandleGrant(id uint64) {
	st := t.find(id)
	if st == nil {
		return
	}
	w := &t.s.Out
	w.Mu.Lock()
	if st.Out.large != nil && st.Out.large.Announced {
		st.Out.large.GrantLocked(w)
	}
	w.Flush(false)
}
