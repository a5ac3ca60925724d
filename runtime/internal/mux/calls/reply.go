package calls

import (
	"fmt"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// HandleReply completes a call with its answer.
func (t *Table) HandleReply(body []byte) error {
	p, err := wire.ParsePayload(body, wire.KindReply)
	if err != nil {
		return err
	}
	c, err := t.answered(p.ID)
	if err != nil {
		return err
	}
	if p.Large {
		return t.beginLarge(c, &p)
	}
	switch {
	case c == nil:
		return nil // given up: the answer comes too late
	case t.s.Parts.TooLarge(p.Length()):
		t.FailLarge(p.ID, p.Length())
		return nil
	}
	if c.Claim(p.ID) {
		t.LoneCaller.answered(t)
		c.answer(t.s.M.Buffers.CopyOf(p.Payload)) // A copy: out of the reader's buffer, see CopyOf.
	}
	return nil
}

// beginLarge takes the announcement of a large answer. To an answer that comes after its
// call was given up this end sends a reset: the peer would keep the answer until it is
// granted or reset.
func (t *Table) beginLarge(c *Call, p *wire.PayloadFrame) error {
	if c == nil {
		return t.s.Out.Answer(func(b []byte) []byte { return wire.AppendReset(b, wire.TargetCall, p.ID, status.Canceled) })
	}
	if err := t.s.Parts.Begin(wire.TargetReply, p.ID, p.Size, c.item.Class); err != nil {
		return err
	}
	if t.Find(p.ID) == nil {
		t.s.Parts.Forget(wire.TargetReply, p.ID) // given up meanwhile, perhaps before there was something to forget
	}
	return nil
}

// DeliverLarge completes a call with an answer that came in chunks.
func (t *Table) DeliverLarge(id uint64, reply []byte) {
	if c := t.Find(id); c != nil && c.Claim(id) {
		c.answer(reply)
	}
}

// FailLarge ends a call whose answer is larger than this node takes.
func (t *Table) FailLarge(id, size uint64) {
	if c := t.Find(id); c != nil && c.Claim(id) {
		c.complete(nil, &status.Error{Code: status.TooLarge, Outcome: status.Ran, Message: fmt.Sprintf("the answer has %d bytes, at most %d are taken here", size, t.s.Limits.Message)})
	}
}

// HandleError completes a call with the peer's error.
func (t *Table) HandleError(body []byte) error {
	id, w, err := wire.ParseError(body)
	if err != nil {
		return err
	}
	c, err := t.answered(id)
	if err != nil {
		return err
	}
	if c != nil && c.Claim(id) {
		c.complete(nil, w.Received())
	}
	return nil
}

// answered finds the call that an answer is for, or nil if it was given up. Ids
// can be guessed: an answer to a request that never left breaks the protocol.
func (t *Table) answered(id uint64) (*Call, error) {
	c := t.Find(id)
	if c != nil && c.asked.Load() != id {
		return nil, fmt.Errorf("%w: an answer to a call that was not made", wire.ErrFrame)
	}
	return c, nil
}

// HandleGrant lets the chunks of a large request go.
func (t *Table) HandleGrant(id uint64) {
	w := &t.s.Out
	w.Mu.Lock()
	if c := t.Find(id); c != nil && c.id == id && c.large != nil {
		c.large.GrantLocked(w)
	}
	w.Flush(false)
}

// HandleTrailer gives the metadata of an answer to who wants it. The answer comes behind it.
func (t *Table) HandleTrailer(id uint64, md map[string]string) {
	c := t.Find(id)
	if c == nil {
		return // given up
	}
	w := &t.s.Out
	w.Mu.Lock()
	var want *handlers.Wanted
	if c.id == id {
		want = c.want
	}
	w.Mu.Unlock()
	want.Deliver(md)
}
