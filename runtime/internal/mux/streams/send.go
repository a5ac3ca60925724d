package streams

import (
	"encoding/binary"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/large"
	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// sender is the sending half of a stream, which is part of it and knows nothing of the
// other. Guarded by the writer's lock.
//
// A message is taken when the peer has room for it: one credit, and a window
// that is open. A window that is open by one byte takes a whole message, so it
// may fall below zero; it is open again when the peer has read enough. The peer
// applies the same rule, so both ends agree on what is too much.
type sender struct {
	S     *link.Link // static
	item  lanes.Item // its source is the stream, see whole
	tally *tally     // static; counts what either half has moved, nil: nobody is told of it

	id      uint64
	opening *Opening        // client: until the open frame and its payload are in a batch
	pend    []byte          // entries that wait to be written, from at on; pooled
	bodies  bufs.Bodies     // the messages of entryBody; pooled
	large   *large.Transfer // the message or payload that travels in chunks now
	window  int64           // bytes that the peer has room for, may be negative
	err     error           // set once nothing more may be sent: what send returns
	senders *senders        // nil until somebody waits, or a message could not be sent

	creditBytes    uint64 // credit for the peer that is not in a batch yet
	creditMessages uint32

	credits    int32 // messages that the peer has room for
	at         int32 // into pend
	creditor   bool  // queued to append it
	opened     bool  // server: always; client: a frame that lets the handler run is in a batch
	TakesInput bool  // static; the peer takes messages
	turns      Turns
}

// whole is the stream that a sender is part of, for what is more than sending. All but
// BreakOff are called with the writer's lock held.
type whole interface {
	number() uint64                   // gives the stream the next id, as its open frame is written
	afterOpen(b []byte) []byte        // appends what follows its open frame
	gone()                            // takes it out of the table
	BreakOff(why *status.Error) error // ends it: a message cannot be sent
}

// whole costs a look at a type: it is for what happens once in the life of a stream.
func (o *sender) whole() whole { return o.item.Src.(whole) }

// MaxSendQueue keeps what waits to be written, and a place in it, below what 31 bits
// count.
const MaxSendQueue = 1 << 30

// Opening is what the client's open frame says. A stream has it no longer than
// that takes: 88 bytes less for each one that is open.
type Opening struct {
	Route    uint64
	deadline time.Time // travels as what is left of it; zero: none
	Meta     []byte
	Want     *handlers.Wanted // who wants the metadata of the end, nil: nobody
	Payload  []byte
	credit   int32             // messages that this end holds unread
	Wait     bool              // open returns when the peer has taken the stream
	From     *handlers.Context // of the handler of this node that opens it, nil: none
	Callee   *handlers.Handler // what is known here of the handler
	Told     bool              // somebody is told of the end, see OnEnd
	Release  func()            // called when the context is not needed any more; nil: nothing
	Began    int64             // manager clock, when it was asked for
	Subroute string            // that it was asked for under
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
func (o *sender) Send(payload []byte, pooled bool) error {
	if len(payload) <= OwnBody {
		return o.SendSmall(payload, pooled)
	}
	taken, err := o.sendBody(payload, pooled)
	if pooled && !taken {
		o.S.M.Buffers.Put(payload)
	}
	return err
}

// SendSmall is send for at most OwnBody bytes, which are copied.
func (o *sender) SendSmall(payload []byte, pooled bool) (err error) {
	w, err := o.takeCredit(len(payload))
	if err == nil {
		o.growPendLocked(len(payload))
		o.putLocked(w, entryMessage, payload)
		o.sentLocked(w)
		w.Flush(o.turns.Send())
	}
	if pooled {
		o.S.M.Buffers.Put(payload)
	}
	return err
}

// sendBody sends a larger message from its own buffer.
func (o *sender) sendBody(payload []byte, pooled bool) (taken bool, err error) {
	w, err := o.takeCredit(len(payload))
	if err != nil {
		return false, err
	}
	if len(payload) <= wire.MaxPayload {
		if !pooled {
			payload = o.S.M.Buffers.CopyOf(payload) // A copy: Send returns before it is sent, and then the payload is its owner's again.
		}
		o.bodies.Push(payload)
		o.appendLocked(w, entryBody, nil)
		w.Queued[o.item.Class] += len(payload)
		o.sentLocked(w)
		w.Flush(o.turns.Send())
		return true, nil
	}
	return false, o.sendLarge(w, bufs.Encoded{Flat: payload})
}

// SendLong sends a message that may be lent in part; the rest is pooled.
func (o *sender) SendLong(msg bufs.Encoded) error {
	if msg.Lent == nil {
		return o.Send(msg.Flat, true)
	}
	defer o.S.M.Buffers.Put(msg.Flat)
	w, err := o.takeCredit(msg.Size())
	if err != nil {
		return err
	}
	return o.sendLarge(w, msg)
}

// sendLarge sends a message in chunks. It is called with the writer's lock held,
// and returns without it when nothing of msg is needed any more.
func (o *sender) sendLarge(w *out.Writer, msg bufs.Encoded) error {
	x := large.NewTransfer(w, wire.TargetStream, o.id, msg, o.item.Class, o.largeSentLocked)
	x.Ended = make(chan struct{})
	o.large = x
	o.appendLocked(w, entryLarge, binary.AppendUvarint(nil, uint64(msg.Size())))
	o.sentLocked(w)
	w.Flush(false)
	<-x.Ended // at the end of the stream at the latest
	if x.Sent {
		return nil
	}
	return o.sendError()
}

func (o *sender) largeSentLocked() {
	o.large = nil
	o.opened = true
	if len(o.pend) > int(o.at) && !o.item.Queued { // what came behind it
		o.S.Out.Lanes.Add(&o.item)
	}
	o.wakeSenderLocked()
}

// appendLocked queues an entry and the stream itself.
func (o *sender) appendLocked(w *out.Writer, kind byte, data []byte) {
	o.growPendLocked(len(data))
	o.putLocked(w, kind, data)
}

// putLocked is appendLocked where growPendLocked was called: one after the other
// they need 64 bytes less of stack, see start.
func (o *sender) putLocked(w *out.Writer, kind byte, data []byte) {
	before := len(o.pend)
	o.pend = appendEntry(o.pend, kind, data)
	w.PushLocked(&o.item, len(o.pend)-before)
}

// entryHead is the most that appendEntry puts before its data.
const entryHead = 1 + binary.MaxVarintLen64

// growPendLocked readies pend for one more entry of n bytes.
func (o *sender) growPendLocked(n int) {
	n += entryHead
	if o.pend == nil {
		o.pend = o.S.M.Buffers.Get(n)
		return
	}
	if at := int(o.at); at > 0 && at >= len(o.pend)/2 {
		// What is written is dropped once it is the larger part, so that a
		// stream that never runs dry does not grow.
		o.pend = o.pend[:copy(o.pend, o.pend[at:])]
		o.at = 0
	}
	o.pend = bufs.GrowPooled(&o.S.M.Buffers, o.pend, n)
}
