package streams

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/status"
)

// sealLocked lets nothing more be sent on a served stream. The stream ends with the
// reason when its handler returns, unless the handler returns an error of its own.
func (o *sender) sealLocked(why *status.Error) {
	o.err = why
	o.sendersLocked().gap = why
	o.wakeSenderLocked()
}

// breakOffLocked seals a client's stream. The reset is queued behind the open frame and
// all messages that were sent, written or not: so the handler runs, and sees that its
// input was cut. Called with the writer's lock held, returns without.
func (o *sender) breakOffLocked(w *out.Writer, why *status.Error) {
	o.sealLocked(why)
	if o.large != nil {
		o.large.DropLocked(w)
		o.large = nil
	}
	o.appendLocked(w, entryReset, []byte(why.Code))
	w.Flush(false)
}

// sealedLocked reports whether a message of this end could not be sent.
func (o *sender) sealedLocked() bool { return o.senders != nil && o.senders.gap != nil }

// result is how a served stream ends whose handler has returned err.
func (o *sender) result(err error) error {
	if err != nil {
		return err
	}
	w := &o.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if o.sealedLocked() {
		return o.senders.gap
	}
	return nil
}
