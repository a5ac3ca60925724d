package streams

import (
	"encoding/binary"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/bufs"
	"github.com/gridrpc/gridc/runtime/internal/mux/large"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// pending entries: what a stream has ready to be written. The id is added when
// the entry is written, because a new stream gets it only then.
const (
	entryMessage = 0 // followed by a length and the message
	entryLarge   = 1 // followed by the size of the message that is in large
	entryBody    = 3 // the message is the first of bodies
	entryEnd     = 2 // followed by a length and the encoded failure; empty for OK
	entryTrailer = 5 // followed by a length and the encoded metadata
	entryReset   = 4 // followed by a length and the code; the last one of a client that broke off
)

func appendEntry(b []byte, kind byte, data []byte) []byte {
	b = append(b, kind)
	b = binary.AppendUvarint(b, uint64(len(data)))
	return append(b, data...)
}

// streamTurn is how many bytes a stream may write before the next one of its
// lane gets its turn.
const streamTurn = 16 << 10

// Pull implements source: the open frame first, then entries in order.
func (o *sender) Pull(b []byte) ([]byte, bool) {
	w := &o.S.Out
	if o.id == 0 {
		if o.opening == nil || w.PeerLeaving {
			return b, false // given up, or about to be
		}
		b = o.pullOpen(b)
	}
	if o.opening != nil {
		return b, false // goes on when the payload is out, see largeSentLocked
	}
	limit := len(b) + streamTurn
	for int(o.at) < len(o.pend) && len(b) < limit && !o.blockedLocked() {
		before := o.at
		b = o.pullEntry(b)
		w.UnqueuedLocked(&o.item, int(o.at-before))
	}
	if int(o.at) < len(o.pend) {
		return b, !o.blockedLocked()
	}
	o.S.M.Buffers.Put(o.pend)
	o.pend, o.at = nil, 0
	return b, false
}

// blockedLocked reports whether a large message is under way that later entries
// must not overtake.
func (o *sender) blockedLocked() bool { return o.large != nil && o.large.Announced }

func (o *sender) pullOpen(b []byte) []byte {
	open := o.opening
	o.S.Out.UnqueuedLocked(&o.item, open.cost)
	open.cost = 0
	o.id = o.whole().number()
	q := wire.RequestFrame{ID: o.id, Route: open.Route, Credit: uint64(open.credit), Meta: open.Meta, Payload: open.Payload}
	if !open.deadline.IsZero() {
		q.Timeout = max(time.Until(open.deadline), time.Microsecond)
	}
	if len(q.Payload) <= wire.MaxPayload {
		o.opened, o.opening = true, nil
		o.wakeSenderLocked()
		return o.whole().afterOpen(q.Append(b, wire.KindOpen))
	}
	o.large = large.NewTransfer(&o.S.Out, wire.TargetStream, o.id, bufs.Encoded{Flat: q.Payload}, o.item.Class, o.payloadSentLocked)
	o.large.Announced = true
	o.S.Out.AnnouncesLocked()
	q.Large, q.Size, q.Payload = true, uint64(len(q.Payload)), nil
	return o.whole().afterOpen(q.Append(b, wire.KindOpen))
}

func (o *sender) payloadSentLocked() {
	o.opening = nil
	o.largeSentLocked()
}

func (o *sender) pullEntry(b []byte) []byte {
	e := o.pend[o.at:]
	size, n := binary.Uvarint(e[1:])
	end := 1 + n + int(size) // fits: appendEntry has written it
	data := e[1+n : end]
	o.at += int32(end)
	switch e[0] {
	case entryMessage:
		p := wire.PayloadFrame{ID: o.id, Payload: data}
		return p.Append(b, wire.KindMessage)
	case entryBody:
		body := o.bodies.Pop()
		o.S.Out.UnqueuedLocked(&o.item, len(body))
		p := wire.PayloadFrame{ID: o.id, Payload: body}
		b = p.Append(b, wire.KindMessage)
		o.S.M.Buffers.Put(body)
		return b
	case entryLarge:
		if o.large == nil {
			return b // given up by endSending before it was announced
		}
		o.large.ID, o.large.Announced = o.id, true
		o.S.Out.AnnouncesLocked()
		total, _ := binary.Uvarint(data)
		p := wire.PayloadFrame{ID: o.id, Large: true, Size: total}
		return p.Append(b, wire.KindMessage)
	case entryTrailer:
		return wire.AppendTrailer(b, wire.TargetStream, o.id, data)
	case entryReset:
		o.whole().gone()
		return wire.AppendReset(b, wire.TargetStream, o.id, status.Code(data))
	default:
		h := binary.AppendUvarint(nil, o.id)
		if size == 0 {
			return wire.AppendFrame(b, wire.KindEnd, append(h, 0), nil)
		}
		return wire.AppendFrame(b, wire.KindEnd, append(h, 1), data)
	}
}
