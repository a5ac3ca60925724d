package grid

import "fmt"

// handleMessage puts a message into its stream's inbox.
func (t *streamTable) handleMessage(body []byte) error {
	p, err := parsePayload(body, kindMessage)
	if err != nil {
		return err
	}
	st := t.find(p.id)
	if st == nil {
		return t.checkKnown(p.id)
	}
	if err := st.in.charge(p.length()); err != nil {
		return err
	}
	switch {
	case t.s.parts.tooLarge(p.length()):
		return st.refuseMessage(TooLarge, fmt.Sprintf("a message of %d bytes, at most %d are taken", p.length(), t.s.limits.Message))
	case p.large:
		return st.announced(p.size)
	}
	return st.in.put(p.payload, nil)
}

// announced takes the announcement of a large message.
func (st *stream) announced(size uint64) error {
	t := st.table()
	if t.s.parts.isComing(targetStream, st.out.id) {
		return fmt.Errorf("%w: a second large message where one is under way", errFrame)
	}
	ready, err := t.unread.ask(st, int(size)) // fits: compared with Limits.Message
	if err != nil {
		return err
	}
	if err := t.letCome(ready); err != nil {
		return err
	}
	return t.s.out.checkOwed()
}

// letCome has large messages granted.
func (t *streamTable) letCome(ready []*parkedMessage) error {
	for _, e := range ready {
		if err := e.st.beginLarge(uint64(e.size)); err != nil {
			return err
		}
	}
	return nil
}

// beginLarge has a large message or payload put together, of a stream that may be
// given up by others at any moment.
func (st *stream) beginLarge(size uint64) error {
	parts, id := &st.s.parts, st.out.id
	if err := parts.register(assemblyKey{targetStream, id}, size, st.item.class); err != nil {
		return err
	}
	if st.in.isOver() {
		parts.forget(targetStream, id) // perhaps it was before there was something to forget
	}
	return nil
}

// forgetLarge drops what is to come for a stream that is over. It is the last thing
// that the end of a stream does, see beginLarge.
func (st *stream) forgetLarge(id uint64) {
	st.table().unread.forget(id)
	st.s.parts.forget(targetStream, id)
}

// deliverLarge puts a message that came in chunks into its inbox, or starts the
// handler if it is the payload of a new stream.
func (t *streamTable) deliverLarge(id uint64, buf []byte) error {
	st := t.find(id)
	switch {
	case st == nil:
		return nil
	case !st.client && !st.in.begun():
		st.start(buf)
		return nil
	}
	return st.in.put(nil, buf)
}

// refuseMessage ends a stream whose peer sends a message that cannot be taken. The
// handler may run, and what it returns will be told to nobody.
func (st *stream) refuseMessage(code Code, why string) error {
	e := &Error{Code: code, Outcome: MayHaveRun, Message: why}
	if st.client {
		st.giveUp(e)
		return nil
	}
	refusal := &wireError{outcome: MayHaveRun, code: code, message: why}
	id := st.out.id
	st.stopServing(endCanceled, e)
	return st.s.out.answer(func(b []byte) []byte { return appendEnd(b, id, refusal) })
}

// released lets others come in the place of large messages of so many bytes.
func (t *streamTable) released(n int) {
	if n > 0 {
		_ = t.letCome(t.unread.release(n)) // none of them can be under way already
	}
}
