package mux

import (
	"context"
	"runtime"
)

// AwaitEnd waits until the session has ended. It is for a session that the peer dialed,
// although this end is the one of the pair that dials.
func (s *Session) AwaitEnd(ctx context.Context) {
	select {
	case <-s.Ended:
		runtime.Gosched() // it is on its way out of the Connection
	case <-ctx.Done():
	}
}
