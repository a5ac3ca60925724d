package streams

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/status"
)

// BreakOff ends a stream because a message of this end cannot be sent: without it
// there is a gap, and what has one must not look complete. Where the sending side
// is over already there is none. BreakOff returns what every later send does.
func (st *Stream) BreakOff(why *status.Error) error {
	w := &st.S.Out
	w.Mu.Lock()
	switch {
	case st.Out.err != nil:
		defer w.Mu.Unlock()
		return st.Out.err
	case !st.Client:
		defer w.Mu.Unlock()
		st.sealLocked(why)
		return why
	case st.Out.opening.large():
		return st.giveUpLocked(w, why) // the handler cannot run any more
	}
	why = status.WithOutcome(why, status.MayHaveRun)
	id := st.Out.id // 0 if nothing can have come yet
	st.breakOffLocked(w, why)
	st.In.abort(st, why)
	st.forgetLarge(id)
	st.detach()
	return why
}

// sealLocked lets nothing more be sent. A handler's stream ends with the reason when
// the handler returns, unless that has another.
func (st *Stream) sealLocked(why *status.Error) {
	st.Out.err = why
	st.sendersLocked().gap = why
	st.wakeSenderLocked()
}

// breakOffLocked seals a client's stream. Its reset goes behind the open frame and
// what was sent, however little of that is written yet: so the handler runs, and
// sees that its input was cut. Called with the writer's lock held, returns without.
func (st *Stream) breakOffLocked(w *out.Writer, why *status.Error) {
	st.sealLocked(why)
	if st.Out.large != nil {
		st.Out.large.DropLocked(w)
		st.Out.large = nil
	}
	st.appendLocked(w, entryReset, []byte(why.Code))
	w.Flush(false)
}

// sealedLocked reports whether a message of this end could not be sent.
func (st *Stream) sealedLocked() bool { return st.Out.senders != nil && st.Out.senders.gap != nil }

// result is how a served stream ends whose handler has returned err.
func (st *Stream) result(err error) error {
	if err != nil {
		return err
	}
	w := &st.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if st.sealedLocked() {
		return st.Out.senders.gap
	}
	return nil
}
