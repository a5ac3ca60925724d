package grid

// transfer sends one large message in chunks. The frame that announced it, with
// its size, has gone out; the chunks follow when the peer has granted room for
// the whole, each taking from the session's credit for chunks. It is guarded by
// the writer's lock. body is read until the last chunk is in a batch; it belongs to
// whoever sends it and does not count against the send queue.
type transfer struct {
	w         *writer
	target    target
	id        uint64
	item      outItem
	lane      class // classHigh, classNormal or classLow
	body      encoded
	off       int
	gone      bool
	announced bool   // the frame with its size is in a batch
	done      func() // runs under the writer's lock when the last chunk is in a batch

	// For a sender who waits, else nil: closed when the body is needed no more.
	ended chan struct{}
	sent  bool // the last chunk is in a batch; to be read after ended
}

func newTransfer(w *writer, t target, id uint64, body encoded, lane class, done func()) *transfer {
	x := &transfer{w: w, target: t, id: id, body: body, lane: lane, done: done}
	x.item.src = x
	x.item.class = lane.bulk(body.size(), body.size())
	return x
}

// grantLocked lets the chunks go. A second grant means nothing.
func (x *transfer) grantLocked(w *writer) {
	if !x.gone && x.off == 0 && !x.item.queued && !w.closed {
		w.lanes.add(&x.item)
	}
}

// dropLocked gives the message up, wherever it stands.
func (x *transfer) dropLocked(w *writer) {
	if x.item.queued {
		w.lanes.remove(&x.item)
	}
	x.endLocked()
}

// endLocked lets go of the body.
func (x *transfer) endLocked() {
	if x.ended != nil && !x.gone {
		close(x.ended)
	}
	x.gone, x.body = true, encoded{}
}

// pull implements source: one chunk a turn.
func (x *transfer) pull(b []byte) ([]byte, bool) {
	w := x.w
	size := x.body.size()
	n := min(chunkSize, size-x.off, int(min(w.bulk, chunkSize))) // fits: at most chunkSize
	b = appendChunk(b, x.target, x.id, x.body, x.off, x.off+n)
	x.off += n
	w.bulk -= int64(n)
	if x.off < size {
		w.lanes.move(&x.item, x.lane.bulk(size, size-x.off))
		return b, true
	}
	x.sent = true
	x.endLocked()
	x.done()
	return b, false
}
