package streams

import (
	"github.com/gridrpc/gridc/runtime/internal/mux/out"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// BreakOff ends a stream because a message of this end cannot be sent: a stream with a
// gap must not look complete. If the sending side is closed already, the message leaves
// no gap and BreakOff ends nothing. BreakOff returns the error of every later send.
func (st *Stream) BreakOff(why *status.Error) error {
	w := &st.S.Out
	w.Mu.Lock()
	switch {
	case st.err != nil:
		defer w.Mu.Unlock()
		return st.err
	case !st.Client:
		defer w.Mu.Unlock()
		st.sealLocked(why)
		return why
	case st.opening.large():
		return st.giveUpLocked(w, why) // the handler cannot run any more
	}
	why = status.WithOutcome(why, status.MayHaveRun)
	id := st.id // 0 if nothing can have come yet
	st.breakOffLocked(w, why)
	st.In.abort(st, why)
	st.forgetLarge(id)
	st.detach()
	return why
}

// GiveUp ends a client's stream because this end wants no more of it.
func (st *Stream) GiveUp(err *status.Error) {
	w := &st.S.Out
	w.Mu.Lock()
	if st.sealedLocked() {
		w.Mu.Unlock() // broken off: its reset is on its way
		return
	}
	_ = st.giveUpLocked(w, err) // returns err
}

// giveUpLocked is GiveUp with the writer's lock held, and returns without it. It
// returns the error as the receiver gets it.
func (st *Stream) giveUpLocked(w *out.Writer, err *status.Error) error {
	outcome := status.NotSent
	if st.opened {
		outcome = status.MayHaveRun
	}
	err = status.WithOutcome(err, outcome)
	known := st.id != 0 && !w.Closed && (st.err == nil || st.err == errSendClosed)
	st.stopSendingLocked(w, err)
	if known {
		w.Ctl = wire.AppendReset(w.Ctl, wire.TargetStream, st.id, err.Code)
	}
	w.Flush(false)
	st.In.abort(st, err)
	st.table().remove(st)
	st.forgetLarge(st.id)
	st.detach()
	return err
}
