package streams

import (
	"context"

	"github.com/gridrpc/gridc/runtime/internal/mux/link"
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/status"
)

// QueueOpen hands the open frame to the writer, waiting for room in its queue until
// the context ends, whose Done done is.
func (o *sender) QueueOpen(ctx context.Context, done <-chan struct{}) error {
	w := &o.S.Out
	w.Mu.Lock()
	for {
		freed := w.FreedLocked(o.item.Class)
		if freed == nil || w.Closed || w.PeerLeaving {
			break
		}
		w.Mu.Unlock()
		select {
		case <-freed:
		case <-done:
			return status.WithOutcome(status.ContextError(ctx), status.NotSent)
		}
		w.Mu.Lock()
	}
	if w.Closed {
		w.Mu.Unlock()
		return &status.Error{Code: status.Disconnected, Outcome: status.NotSent, Message: "the connection is gone"}
	}
	if w.PeerLeaving {
		w.Mu.Unlock()
		return link.ErrPeerLeaving
	}
	if err := o.err; err != nil { // given up as room came: what it queued now would stay counted
		w.Mu.Unlock()
		return err
	}
	open := o.opening
	open.cost = out.QueueCost(len(open.Payload))
	w.PushLocked(&o.item, open.cost)
	w.Flush(false)
	return nil
}
