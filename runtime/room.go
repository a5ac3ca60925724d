package grid

// queueCost is what a message counts in the send queue. A large one counts as
// one chunk: its body stays with its owner until the peer has room for it.
func queueCost(size int) int { return frameCost + min(size, maxPayload) }

// cost is what the answer of a call counts.
func (sv *serving) cost() int {
	if sv.fail != nil {
		return frameCost + len(sv.fail.code) + len(sv.fail.message) + len(sv.fail.detail)
	}
	return queueCost(sv.answer().size())
}

// frameCost is what a frame counts besides its body, so that empty ones and
// errors have a price too.
const frameCost = 64

// fullLocked reports whether a lane has used its third of the send queue. Each
// has its own, so that a full low lane keeps nobody else out.
func (w *writer) fullLocked(c class) bool { return w.queued[c] >= w.limits.SendQueue/3 }

// roomLocked returns nil if a lane has room, else a channel that is closed when
// some lane may have.
func (w *writer) roomLocked(c class) <-chan struct{} {
	if !w.fullLocked(c) {
		return nil
	}
	if w.room == nil {
		w.room = make(chan struct{})
	}
	return w.room
}

// awaitRoomLocked waits until a lane has room, or the session is over. Only for
// goroutines of handlers that have returned: they have nothing else to heed.
func (w *writer) awaitRoomLocked(c class) {
	for !w.closed {
		room := w.roomLocked(c)
		if room == nil {
			return
		}
		w.mu.Unlock()
		<-room
		w.mu.Lock()
	}
}

func (w *writer) wakeLocked() {
	if w.room != nil {
		close(w.room)
		w.room = nil
	}
}
