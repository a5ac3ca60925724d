package grid

// breakOff ends a stream because a message of this end cannot be sent: without it
// there is a gap, and what has one must not look complete. Where the sending side
// is over already there is none. breakOff returns what every later send does.
func (st *stream) breakOff(why *Error) error {
	w := &st.s.out
	w.mu.Lock()
	switch {
	case st.out.err != nil:
		defer w.mu.Unlock()
		return st.out.err
	case !st.client:
		defer w.mu.Unlock()
		st.sealLocked(why)
		return why
	case st.out.opening.large():
		return st.giveUpLocked(w, why) // the handler cannot run any more
	}
	why = withOutcome(why, MayHaveRun)
	id := st.out.id // 0 if nothing can have come yet
	st.breakOffLocked(w, why)
	st.in.abort(why)
	st.forgetLarge(id)
	st.detach()
	return why
}

// sealLocked lets nothing more be sent. A handler's stream ends with the reason when
// the handler returns, unless that has another.
func (st *stream) sealLocked(why *Error) {
	st.out.err = why
	st.sendersLocked().gap = why
	st.wakeSenderLocked()
}

// breakOffLocked seals a client's stream. Its reset goes behind the open frame and
// what was sent, however little of that is written yet: so the handler runs, and
// sees that its input was cut. Called with the writer's lock held, returns without.
func (st *stream) breakOffLocked(w *writer, why *Error) {
	st.sealLocked(why)
	if st.out.large != nil {
		st.out.large.dropLocked(w)
		st.out.large = nil
	}
	st.appendLocked(w, entryReset, []byte(why.Code))
	w.flush(false)
}

// sealedLocked reports whether a message of this end could not be sent.
func (st *stream) sealedLocked() bool { return st.out.senders != nil && st.out.senders.gap != nil }

// result is how a served stream ends whose handler has returned err.
func (st *stream) result(err error) error {
	if err != nil {
		return err
	}
	w := &st.s.out
	w.mu.Lock()
	defer w.mu.Unlock()
	if st.sealedLocked() {
		return st.out.senders.gap
	}
	return nil
}

// isCutOff reports whether the caller broke the stream off, because of a message: then
// the handler runs even if it did so before it could start. Who lost interest, or
// ran out of time, has no use for a late one.
func isCutOff(e *Error) bool {
	return e != nil && e.Remote && e.Code != Canceled && e.Code != DeadlineExceeded
}
