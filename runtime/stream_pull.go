package grid

import (
	"encoding/binary"
	"time"
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

// pull implements source: the open frame first, then entries in order.
func (st *stream) pull(b []byte) ([]byte, bool) {
	w := &st.s.out
	if st.out.id == 0 {
		if st.out.opening == nil || w.peerLeaving {
			return b, false // given up, or about to be
		}
		b = st.pullOpen(b)
	}
	if st.out.opening != nil {
		return b, false // goes on when the payload is out, see largeSentLocked
	}
	limit := len(b) + streamTurn
	for int(st.out.at) < len(st.out.pend) && len(b) < limit && !st.blockedLocked() {
		before := st.out.at
		b = st.pullEntry(b)
		w.unqueuedLocked(&st.item, int(st.out.at-before))
	}
	if int(st.out.at) < len(st.out.pend) {
		return b, !st.blockedLocked()
	}
	st.s.m.buffers.put(st.out.pend)
	st.out.pend, st.out.at = nil, 0
	return b, false
}

// blockedLocked reports whether a large message is under way that later entries
// must not overtake.
func (st *stream) blockedLocked() bool { return st.out.large != nil && st.out.large.announced }

func (st *stream) pullOpen(b []byte) []byte {
	open := st.out.opening
	st.s.out.unqueuedLocked(&st.item, open.cost)
	open.cost = 0
	st.out.id = st.table().number(st)
	q := requestFrame{id: st.out.id, route: open.route, credit: uint64(st.outCap), meta: open.meta, payload: open.payload}
	if !open.deadline.IsZero() {
		q.timeout = max(time.Until(open.deadline), time.Microsecond)
	}
	if len(q.payload) <= maxPayload {
		st.out.opened, st.out.opening = true, nil
		st.wakeSenderLocked()
		return st.table().appendExpected(q.append(b, kindOpen), st)
	}
	st.out.large = newTransfer(&st.s.out, targetStream, st.out.id, encoded{flat: q.payload}, st.item.class, st.payloadSentLocked)
	st.out.large.announced = true
	q.large, q.size, q.payload = true, uint64(len(q.payload)), nil
	return st.table().appendExpected(q.append(b, kindOpen), st)
}

func (st *stream) payloadSentLocked() {
	st.out.opening = nil
	st.largeSentLocked()
}

func (st *stream) pullEntry(b []byte) []byte {
	e := st.out.pend[st.out.at:]
	size, n := binary.Uvarint(e[1:])
	end := 1 + n + int(size) // fits: appendEntry has written it
	data := e[1+n : end]
	st.out.at += int32(end)
	switch e[0] {
	case entryMessage:
		p := payloadFrame{id: st.out.id, payload: data}
		return p.append(b, kindMessage)
	case entryBody:
		body := st.out.bodies.pop()
		st.s.out.unqueuedLocked(&st.item, len(body))
		p := payloadFrame{id: st.out.id, payload: body}
		b = p.append(b, kindMessage)
		st.s.m.buffers.put(body)
		return b
	case entryLarge:
		if st.out.large == nil {
			return b // given up by endSending before it was announced
		}
		st.out.large.id, st.out.large.announced = st.out.id, true
		total, _ := binary.Uvarint(data)
		p := payloadFrame{id: st.out.id, large: true, size: total}
		return p.append(b, kindMessage)
	case entryReset:
		st.table().remove(st)
		return appendReset(b, targetStream, st.out.id, Code(data))
	default:
		h := binary.AppendUvarint(nil, st.out.id)
		if size == 0 {
			return appendFrame(b, kindEnd, append(h, 0), nil)
		}
		return appendFrame(b, kindEnd, append(h, 1), data)
	}
}
