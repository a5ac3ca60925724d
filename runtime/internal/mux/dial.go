package mux

import (
	"context"
	"runtime"
)

// AwaitEnd waits until the session has ended: the other end has dialed it, though
// it is this one that should, or was told to.
func (s *Session) AwaitEnd(ctx context.Context) {
	select {
	case <-s.Ended:
		runtime.Gosched() // it is on its way out of the Connection
	case <-ctx.Done():
	}
}
