package streams

import (
	"fmt"

	"github.com/gridrpc/gridc/runtime/internal/handshake"
	"github.com/gridrpc/gridc/runtime/internal/wire"
)

// addCredit adds the peer's credit for messages and bytes.
func (o *sender) addCredit(c wire.CreditFrame) error {
	w := &o.S.Out
	w.Mu.Lock()
	defer w.Mu.Unlock()
	if c.Messages > wire.MaxCapacity || c.Bytes > handshake.MaxWindow {
		return fmt.Errorf("%w: impossible credit", wire.ErrFrame)
	}
	o.credits += int32(c.Messages) // fits: compared
	o.window += int64(c.Bytes)     // fits: compared
	if o.credits > 2*wire.MaxCapacity || o.window > handshake.MaxWindow {
		return fmt.Errorf("%w: impossible credit", wire.ErrFrame)
	}
	o.wakeSenderLocked()
	return nil
}

// granted lets the chunks of a large message go.
func (o *sender) granted() {
	w := &o.S.Out
	w.Mu.Lock()
	if o.large != nil && o.large.Announced {
		o.large.GrantLocked(w)
	}
	w.Flush(false)
}

// queueCredit queues credit for the peer, merged with what is queued already.
func (o *sender) queueCredit(messages, bytes int) {
	w := &o.S.Out
	w.Mu.Lock()
	o.creditMessages += uint32(messages)
	o.creditBytes += uint64(bytes)
	if !o.creditor && !w.Closed && o.id != 0 {
		o.creditor = true
		w.Creditors = append(w.Creditors, o)
	}
	w.Flush(false)
}

// AppendCreditLocked appends the queued credit, unless the stream is over.
func (o *sender) AppendCreditLocked(b []byte) []byte {
	c := wire.CreditFrame{Target: wire.TargetStream, ID: o.id, Messages: uint64(o.creditMessages), Bytes: o.creditBytes}
	o.creditMessages, o.creditBytes, o.creditor = 0, 0, false
	return c.Append(b)
}
