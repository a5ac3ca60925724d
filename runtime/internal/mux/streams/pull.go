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
	entryLarge   = 1 // followed by the size of the message that is in out.large
	entryBody    = 3 // the message is the first of out.bodies
	entryEnd     = 2 // followed by a length and the encoded failure; empty for OK
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
func (st *Stream) Pull(b []byte) ([]byte, bool) {
	w := &st.S.Out
	if st.Out.id == 0 {
		if st.Out.opening == nil || w.PeerLeaving {
			return b, false // given up, or about to be
		}
		b = st.pullOpen(b)
	}
	if st.Out.opening != nil {
		return b, false // goes on when the payload is out, see largeSentLocked
	}
	limit := len(b) + streamTurn
	for int(st.Out.at) < len(st.Out.pend) && len(b) < limit && !st.blockedLocked() {
		before := st.Out.at
		b = st.pullEntry(b)
		w.UnqueuedLocked(&st.item, int(st.Out.at-before))
	}
	if int(st.Out.at) < len(st.Out.pend) {
		return b, !st.blockedLocked()
	}
	st.S.M.Buffers.Put(st.Out.pend)
	st.Out.pend, st.Out.at = nil, 0
	return b, false
}

// blockedLocked reports whether a large message is under way that later entries
// must not overtake.
func (st *Stream) blockedLocked() bool { return st.Out.large != nil && st.Out.large.Announced }

func (st *Stream) pullOpen(b []byte) []byte {
	open := st.Out.opening
	st.S.Out.UnqueuedLocked(&st.item, open.cost)
	open.cost = 0
	st.Out.id = st.table().number(st)
	q := wire.RequestFrame{ID: st.Out.id, Route: open.Route, Credit: uint64(st.outCap), Meta: open.Meta, Payload: open.Payload}
	if !open.deadline.IsZero() {
		q.Timeout = max(time.Until(open.deadline), time.Microsecond)
	}
	if len(q.Payload) <= wire.MaxPayload {
		st.Out.opened, st.Out.opening = true, nil
		st.wakeSenderLocked()
		return st.table().appendExpected(q.Append(b, wire.KindOpen), st)
	}
	st.Out.large = large.NewTransfer(&st.S.Out, wire.TargetStream, st.Out.id, bufs.Encoded{Flat: q.Payload}, st.item.Class, st.payloadSentLocked)
	st.Out.large.Announced = true
	q.Large, q.Size, q.Payload = true, uint64(len(q.Payload)), nil
	return st.table().appendExpected(q.Append(b, wire.KindOpen), st)
}

func (st *Stream) payloadSentLocked() {
	st.Out.opening = nil
	st.largeSentLocked()
}

func (st *Stream) pullEntry(b []byte) []byte {
	e := st.Out.pend[st.Out.at:]
	size, n := binary.Uvarint(e[1:])
	end := 1 + n + int(size) // fits: appendEntry has written it
	data := e[1+n : end]
	st.Out.at += int32(end)
	switch e[0] {
	case entryMessage:
		p := wire.PayloadFrame{ID: st.Out.id, Payload: data}
		return p.Append(b, wire.KindMessage)
	case entryBody:
		body := st.Out.bodies.Pop()
		st.S.Out.UnqueuedLocked(&st.item, len(body))
		p := wire.PayloadFrame{ID: st.Out.id, Payload: body}
		b = p.Append(b, wire.KindMessage)
		st.S.M.Buffers.Put(body)
		return b
	case entryLarge:
		if st.Out.large == nil {
			return b // given up by endSending before it was announced
		}
		st.Out.large.ID, st.Out.large.Announced = st.Out.id, true
		total, _ := binary.Uvarint(data)
		p := wire.PayloadFrame{ID: st.Out.id, Large: true, Size: total}
		return p.Append(b, wire.KindMessage)
	case entryReset:
		st.table().remove(st)
		return wire.AppendReset(b, wire.TargetStream, st.Out.id, status.Code(data))
	default:
		h := binary.AppendUvarint(nil, st.Out.id)
		if size == 0 {
			return wire.AppendFrame(b, wire.KindEnd, append(h, 0), nil)
		}
		return wire.AppendFrame(b, wire.KindEnd, append(h, 1), data)
	}
}
