package out

import (
	"github.com/gridrpc/gridc/runtime/internal/lanes"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// QueueCost is what a message counts in the send queue. A large one counts as
// one chunk: its body stays with its owner until the peer has room for it.
func QueueCost(size int) int { return FrameCost + min(size, wire.MaxPayload) }

// FrameCost is what a frame counts besides its body, so that empty ones and
// errors have a price too.
const FrameCost = 64

// FullLocked reports whether a lane has used its third of the send queue. Each
// has its own, so that a full low lane keeps nobody else out.
func (w *Writer) FullLocked(c lanes.Class) bool { return w.Queued[c] >= w.limits.SendQueue/3 }

// FreedLocked returns nil if a lane is not full, else a channel that is closed when
// some lane may have budget again.
func (w *Writer) FreedLocked(c lanes.Class) <-chan struct{} {
	if !w.FullLocked(c) {
		return nil
	}
	if w.freed == nil {
		w.freed = make(chan struct{})
	}
	return w.freed
}

// AwaitBudgetLocked waits until a lane is not full, or the session is over. Only for
// goroutines of handlers that have returned: they have nothing else to heed.
func (w *Writer) AwaitBudgetLocked(c lanes.Class) {
	for !w.Closed {
		freed := w.FreedLocked(c)
		if freed == nil {
			return
		}
		w.Mu.Unlock()
		<-freed
		w.Mu.Lock()
	}
}

func (w *Writer) WakeLocked() {
	if w.freed != nil {
		close(w.freed)
		w.freed = nil
	}
}
