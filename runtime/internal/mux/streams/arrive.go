package streams

import (
	"fmt"

	"github.com/gridrpc/gridc/runtime/internal/mux/handlers"
	"github.com/gridrpc/gridc/runtime/internal/mux/large"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// HandleMessage puts a message into its stream's inbox.
func (t *Table) HandleMessage(body []byte) error {
	p, err := wire.ParsePayload(body, wire.KindMessage)
	if err != nil {
		return err
	}
	st := t.find(p.ID)
	if st == nil {
		return t.checkKnown(p.ID)
	}
	if err := st.In.charge(p.Length()); err != nil {
		return err
	}
	switch {
	case t.s.Parts.TooLarge(p.Length()):
		return st.refuseMessage(status.TooLarge, fmt.Sprintf("a message of %d bytes, at most %d are taken", p.Length(), t.s.Limits.Message))
	case p.Large:
		return st.announced(p.Size)
	}
	st.tally.in(len(p.Payload))
	return st.In.put(p.Payload, nil)
}

// announced takes the announcement of a large message.
func (st *Stream) announced(size uint64) error {
	t := st.table()
	if t.s.Parts.IsComing(wire.TargetStream, st.id) {
		return fmt.Errorf("%w: a second large message where one is under way", wire.ErrFrame)
	}
	ready, err := t.Unread.ask(st, st.id, int(size)) // fits: compared with Limits.Message
	if err != nil {
		return err
	}
	if err := t.letCome(ready); err != nil {
		return err
	}
	return t.s.Out.CheckAnswers()
}

// letCome has large messages granted.
func (t *Table) letCome(ready []*parkedMessage) error {
	for _, e := range ready {
		if err := e.to.beginLarge(uint64(e.size)); err != nil {
			return err
		}
	}
	return nil
}

// park and hold implement receiver with the stream's inbox.
func (st *Stream) park() (waited bool) { return st.In.park() }
func (st *Stream) hold(n int) bool     { return st.In.hold(n) }

// beginLarge has a large message or payload of the stream put together. Another goroutine
// may end the stream at any moment.
func (st *Stream) beginLarge(size uint64) error {
	parts, id := &st.S.Parts, st.id
	if err := parts.Register(large.AssemblyKey{Target: wire.TargetStream, ID: id}, size, st.item.Class); err != nil {
		return err
	}
	if st.In.isOver() {
		parts.Forget(wire.TargetStream, id) // the stream may have ended, and called Forget, before Register
	}
	return nil
}

// forgetLarge drops what is to come for a stream that is over. It is the last thing
// that the end of a stream does, see beginLarge.
func (st *Stream) forgetLarge(id uint64) {
	st.table().Unread.forget(id)
	st.S.Parts.Forget(wire.TargetStream, id)
}

// DeliverLarge puts a message that came in chunks into its inbox, or starts the
// handler if it is the payload of a new stream.
func (t *Table) DeliverLarge(id uint64, buf []byte) error {
	st := t.find(id)
	switch {
	case st == nil:
		return nil
	case !st.Client && !st.In.begun():
		st.start(buf)
		return nil
	}
	st.tally.in(len(buf))
	return st.In.put(nil, buf)
}

// refuseMessage ends a stream whose peer sends a message that cannot be taken. The
// handler may run, and what it returns will be told to nobody.
func (st *Stream) refuseMessage(code status.Code, why string) error {
	e := &status.Error{Code: code, Outcome: status.MayHaveRun, Message: why}
	if st.Client {
		st.GiveUp(e)
		return nil
	}
	refusal := &wire.Failure{Outcome: status.MayHaveRun, Code: code, Message: why}
	id := st.id
	st.stopServing(handlers.EndCanceled, e)
	return st.S.Out.Answer(func(b []byte) []byte { return wire.AppendEnd(b, id, refusal) })
}

// released gives n bytes of large messages back to the budget, and lets other large
// messages come.
func (t *Table) released(n int) {
	if n > 0 {
		_ = t.letCome(t.Unread.release(n)) // fails only for a message that is coming already, which none of these is
	}
}

// HandleCredit takes the peer's room for more messages.
func (t *Table) HandleCredit(c wire.CreditFrame) error {
	st := t.find(c.ID)
	if st == nil {
		return t.checkKnown(c.ID)
	}
	return st.addCredit(c)
}

// HandleGrant lets the chunks of a large message go.
func (t *Table) HandleGrant(id uint64) {
	if st := t.find(id); st != nil {
		st.granted()
	}
}
