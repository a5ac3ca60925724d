package streams

import (
	"sync/atomic"

	"github.com/gridrpc/gridc/runtime/internal/observers"
	"github.com/gridrpc/gridc/runtime/observe"
)

// tally is what is kept of a stream for observers, and for interceptors of the client. A
// nil *tally counts nothing.
type tally struct {
	sent, received          atomic.Uint64 // bytes of payloads
	messagesOut, messagesIn atomic.Uint64

	ended []func(error) // client only: called once its inbox has an end; guarded by that

	// Server only, owned by the handler's goroutine.
	told   observers.Told
	began  int64 // manager clock, when they were
	queued int64
	err    error // what the handler has returned
}

func (x *tally) out(size int) {
	if x != nil {
		x.messagesOut.Add(1)
		x.sent.Add(uint64(size))
	}
}

func (x *tally) in(size int) {
	if x != nil {
		x.messagesIn.Add(1)
		x.received.Add(uint64(size))
	}
}

func (x *tally) keep(err error) {
	if x != nil {
		x.err = err
	}
}

// fill sets the figures of an end.
func (x *tally) fill(end *observe.CallEnd) {
	end.BytesSent, end.BytesReceived = x.sent.Load(), x.received.Load()
	end.MessagesSent, end.MessagesReceived = x.messagesOut.Load(), x.messagesIn.Load()
}
