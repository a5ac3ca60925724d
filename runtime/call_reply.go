package grid

import (
	"fmt"
)

// handleReply completes a call with its answer.
func (t *callTable) handleReply(body []byte) error {
	p, err := parsePayload(body, kindReply)
	if err != nil {
		return err
	}
	c, err := t.answered(p.id)
	if err != nil {
		return err
	}
	if p.large {
		return t.beginLarge(c, &p)
	}
	switch {
	case c == nil:
		return nil // given up: the answer comes too late
	case t.s.parts.tooLarge(p.length()):
		t.failLarge(p.id, p.length())
		return nil
	}
	if c.claim(p.id) {
		t.vacancy.answered(t)
		c.complete(t.s.m.buffers.copyOf(p.payload), nil)
	}
	return nil
}

// beginLarge takes the announcement of a large answer. One that comes too late is
// answered by a reset: the peer keeps it until it may send it or is told not to.
func (t *callTable) beginLarge(c *call, p *payloadFrame) error {
	if c == nil {
		return t.s.out.answer(func(b []byte) []byte { return appendReset(b, targetCall, p.id, Canceled) })
	}
	if err := t.s.parts.begin(targetReply, p.id, p.size, c.item.class); err != nil {
		return err
	}
	if t.find(p.id) == nil {
		t.s.parts.forget(targetReply, p.id) // given up meanwhile, perhaps before there was something to forget
	}
	return nil
}

// deliverLarge completes a call with an answer that came in chunks.
func (t *callTable) deliverLarge(id uint64, reply []byte) {
	if c := t.find(id); c != nil && c.claim(id) {
		c.complete(reply, nil)
	}
}

// failLarge ends a call whose answer is larger than this node takes.
func (t *callTable) failLarge(id, size uint64) {
	if c := t.find(id); c != nil && c.claim(id) {
		c.complete(nil, &Error{Code: TooLarge, Outcome: Ran, Message: fmt.Sprintf("the answer has %d bytes, at most %d are taken here", size, t.s.limits.Message)})
	}
}

// handleError completes a call with the peer's error.
func (t *callTable) handleError(body []byte) error {
	id, w, err := parseError(body)
	if err != nil {
		return err
	}
	c, err := t.answered(id)
	if err != nil {
		return err
	}
	if c != nil && c.claim(id) {
		c.complete(nil, w.received())
	}
	return nil
}

// answered finds the call that an answer is for, or nil if it was given up. Ids
// can be guessed: an answer to a request that never left breaks the protocol.
func (t *callTable) answered(id uint64) (*call, error) {
	c := t.find(id)
	if c != nil && c.asked.Load() != id {
		return nil, fmt.Errorf("%w: an answer to a call that was not made", errFrame)
	}
	return c, nil
}

// handleGrant lets the chunks of a large request go.
func (t *callTable) handleGrant(id uint64) {
	w := &t.s.out
	w.mu.Lock()
	if c := t.find(id); c != nil && c.id == id && c.large != nil {
		c.large.grantLocked(w)
	}
	w.flush(false)
}
