package calls

import (
	"context"
	"time"

	"github.com/gridrpc/gridc/runtime/internal/node"
	"github.com/gridrpc/gridc/runtime/internal/wire"
	"github.com/gridrpc/gridc/runtime/status"
)

// Limit sets the one deadline of a call, for its caller, on the wire and so for its
// handler: the earlier one of the context's and the handler's, or usual
// where there is neither.
func (o *Options) Limit(ctx context.Context, n *node.Node, usual time.Duration) *status.Error {
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		if left <= 0 {
			return status.WithOutcome(status.DeadlinePassed(), status.NotSent)
		}
		if o.Timeout == 0 || left < o.Timeout {
			o.Timeout = left
		}
	}
	if o.Timeout == 0 {
		o.Timeout = usual
	}
	o.Timeout = min(o.Timeout, wire.MaxTimeout) // what is longer overflows the clock
	o.Deadline = n.Clock.Now() + int64(o.Timeout)
	return nil
}
